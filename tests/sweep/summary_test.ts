import { assertEquals } from "@std/assert";
import { RunFolder } from "../../src/results/run_folder.ts";
import type { RunJson } from "../../src/results/run_json.ts";
import { readEvaluations } from "../../src/sweep/finished_run.ts";
import { runName } from "../../src/sweep/runs.ts";
import { completeRuns, writeSummary } from "../../src/sweep/summary.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { runJson } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

const HEADER =
  "run,status,dataset,posterior,objective,latent_dim,samples,seed,step," +
  "samples_seen,test_elbo,test_reconstruction,test_kl";

/** Writes a run with evaluations at these steps. */
async function write(
  folder: string,
  changes: Partial<RunConfig>,
  steps: readonly number[],
  status: RunJson["status"] = "finished",
): Promise<void> {
  const config = configOf(changes);
  const name = runName(config);
  const run = await RunFolder.open(`${folder}/${name}`, { config }, {
    fresh: false,
  });
  for (const step of steps) {
    await run.appendEvaluation({
      step,
      samples_seen: 10 * step,
      elbo: -step - 0.1,
      reconstruction: -step,
      kl: 0.1,
      kl_1: 0.1,
    });
  }
  await run.close(runJson({ run: name, status, config: { ...config } }));
}

Deno.test("writeSummary() has a row for each run, by number, with its last evaluation", async () => {
  await withFolder(async (folder) => {
    const named = { dataset: "glyphs", samples: 1, seed: 1 } as const;
    await write(folder, { ...named, latentDim: 10 }, [2, 4]);
    await write(folder, { ...named, latentDim: 9 }, [3], "interrupted");
    await write(folder, { ...named, latentDim: 2, seed: 11 }, [], "failed");
    await write(folder, { ...named, latentDim: 2, seed: 2 }, [5], "failed");
    // What is no run, or not yet, as is the interrupted one.
    await Deno.mkdir(`${folder}/glyphs-z1-L1-seed1.partial`);
    await Deno.mkdir(`${folder}/notes`);
    await Deno.writeTextFile(`${folder}/glyphs-terms.svg`, "<svg/>");

    await writeSummary(folder);
    const text = await Deno.readTextFile(`${folder}/summary.csv`);
    assertEquals(text.split("\n"), [
      HEADER,
      "glyphs-z2-L1-seed2,failed,glyphs,diagonal,elbo,2,1,2,5,50,-5.1,-5,0.1",
      "glyphs-z2-L1-seed11,failed,glyphs,diagonal,elbo,2,1,11,,,,,",
      "glyphs-z10-L1-seed1,finished,glyphs,diagonal,elbo,10,1,1,4,40,-4.1,-4,0.1",
      "",
    ]);

    // Again, with a run more: nothing is lost, and nothing twice.
    await write(folder, { ...named, latentDim: 3 }, [1]);
    await writeSummary(folder);
    const again = await Deno.readTextFile(`${folder}/summary.csv`);
    const rows = text.split("\n");
    rows.splice(
      3,
      0,
      "glyphs-z3-L1-seed1,finished,glyphs,diagonal,elbo,3,1,1,1,10,-1.1,-1,0.1",
    );
    assertEquals(again.split("\n"), rows);
  });
});

Deno.test("writeSummary() refuses a run of a config that it does not know, and keeps the old one", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/summary.csv`, "old");
    const path = `${folder}/glyphs-z2-L1-seed1`;
    const run = await RunFolder.open(path, {}, { fresh: false });
    const config = { ...configOf(), latentDim: "two" };
    await run.close(runJson({ config }));
    await assertUserError(
      () => writeSummary(folder),
      ...[`${path}/run.json`, "latentDim", "--out"],
    );
    assertEquals(await Deno.readTextFile(`${folder}/summary.csv`), "old");
    assertEquals((await filesBelow(folder)).at(-1), "summary.csv");
  });
});

Deno.test("completeRuns() leaves out runs that are not there, or partial", async () => {
  await withFolder(async (folder) => {
    await write(folder, { seed: 3 }, [1], "failed");
    await write(folder, { seed: 2 }, [1], "interrupted");
    await write(folder, { seed: 1 }, [1]);
    const runs = [1, 2, 3, 4].map((seed) => {
      const config = configOf({ seed });
      return { name: runName(config), config };
    });
    assertEquals(await completeRuns(folder, runs), [runs[0]!, runs[2]!]);
  });
});

Deno.test("readEvaluations() has no row where a run failed before its first", async () => {
  await withFolder(async (folder) => {
    assertEquals(await readEvaluations(folder), []);
    const header = "step,samples_seen,elbo,reconstruction,kl\n";
    const path = `${folder}/eval.csv`;
    await Deno.writeTextFile(path, `${header}4,40,NaN,-1,Infinity\n`);
    assertEquals(await readEvaluations(folder), [
      {
        ...{ step: "4", samples_seen: "40", elbo: "NaN" },
        ...{ reconstruction: "-1", kl: "Infinity" },
      },
    ]);
    await Deno.writeTextFile(path, `${header}4,40,-2,x,1\n`);
    await assertUserError(
      () => readEvaluations(folder),
      path,
      "reconstruction",
    );
    await Deno.writeTextFile(path, "step,elbo\n4,-1.5\n");
    await assertUserError(() => readEvaluations(folder), path, "samples_seen");
  });
});
