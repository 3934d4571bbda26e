import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeCheckpoint } from "../../../src/results/checkpoint.ts";
import { LiveRuns } from "../../../src/web/watch/live.ts";
import { writeRun } from "../../compare/results.ts";
import { withFolder } from "../../data/helpers.ts";

/** The runs of a record, as words: what each is, its step of how many. */
function said(runs: LiveRuns): string[] {
  return runs.report().runs.map(({ name, status, progress, test }) =>
    [
      ...[name, status],
      progress === null ? "" : `${progress.step}/${progress.steps}`,
      test?.steps.length ?? 0,
    ].join(" ")
  );
}

Deno.test("LiveRuns sees runs come, grow, end, and be made anew", () =>
  withFolder(async (folder) => {
    const out = `${folder}/out`;
    const runs = new LiveRuns(`${out}/`);
    assertEquals([await runs.look(), said(runs)], [false, []]);

    await writeRun(`${out}/toy`, "a", { steps: 20 });
    await writeRun(`${out}/toy`, "b.partial", { steps: 30, seed: 2 });
    await Deno.remove(`${out}/toy/b.partial/run.json`);
    await Deno.mkdir(`${out}/toy/.hidden`);
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), ["b running 30/null 3", "a finished  2"]);
    assertEquals(await runs.look(), false);

    const train = `${out}/toy/b.partial/train.csv`;
    await Deno.writeTextFile(train, "31,3100,-1,-1,0,0.1\n32,32", {
      append: true,
    });
    assertEquals(await runs.look(), true);
    assertEquals(said(runs)[0], "b running 31/null 3");
    const config = { steps: 50, latentDim: 2, seed: 2 };
    await writeCheckpoint(`${out}/toy/b.partial`, {
      ...{ step: 30, lengths: {} },
      arrays: [{ name: "w", shape: [1], values: Float32Array.of(1) }],
    }, { config });
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), ["a finished  2", "b running 31/50 3"]);
    const [a, b] = runs.report().runs;
    assertEquals([a!.seed, b!.seed], ["1", "2"]);

    await Deno.remove(`${out}/toy/b.partial`, { recursive: true });
    await writeRun(`${out}/toy`, "b", { steps: 50, seed: 2 });
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), ["a finished  2", "b finished  5"]);

    // --fresh: a folder beside the run, whose place it will take.
    await writeRun(`${out}/toy`, "a.partial", { steps: 10 });
    await Deno.remove(`${out}/toy/a.partial/run.json`);
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), ["a running 10/20 1", "b finished  5"]);
    await Deno.rename(`${out}/toy/a`, `${out}/toy/a.old.partial`);
    await Deno.remove(`${out}/toy/a.partial`, { recursive: true });
    await writeRun(`${out}/toy`, "a", { steps: 20 });
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), ["a finished  2", "b finished  5"]);

    const one = new LiveRuns(`${out}/toy`);
    await one.look();
    assertEquals(said(one), said(runs));
    await Deno.remove(out, { recursive: true });
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), []);
  }));

Deno.test("LiveRuns names what is damaged once that is sure, and what failed", () =>
  withFolder(async (folder) => {
    await writeRun(`${folder}/toy`, "a");
    await writeRun(`${folder}/toy`, "failed", {
      record: { status: "failed", error: "NaN" },
    });
    const runs = new LiveRuns(folder);
    const left = () =>
      runs.report().leftOut.map(({ path, why }) =>
        `${path.slice(folder.length)}: ${why}`
      ).join();
    await runs.look();
    await runs.look();
    assertEquals(left(), "/toy/failed: it failed: NaN");
    await Deno.writeTextFile(`${folder}/toy/a/eval.csv`, "step\n1,2\n");
    assertEquals(await runs.look(), false);
    assertEquals(said(runs), ["a finished  2"]);
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), []);
    assertStringIncludes(left(), "as many fields");
    await writeRun(`${folder}/toy`, "a", { steps: 40 });
    assertEquals(await runs.look(), true);
    assertEquals(said(runs), ["a finished  4"]);
  }));

Deno.test("LiveRuns averages no runs of which nothing is known yet", () =>
  withFolder(async (folder) => {
    for (const name of ["a", "b"]) {
      await writeRun(folder, `${name}.partial`);
      await Deno.remove(`${folder}/${name}.partial/run.json`);
    }
    const runs = new LiveRuns(folder);
    await runs.look();
    const [a, b] = runs.report().runs;
    assertEquals(a!.group === b!.group, false);
  }));
