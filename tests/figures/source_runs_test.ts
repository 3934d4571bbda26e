import { assertEquals } from "@std/assert";
import { RunSources } from "../../src/figures/source_runs.ts";
import { commit, init, writeRun } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";

Deno.test("RunSources opens a run, an experiment, results, and what revisions have of them", () =>
  withFolder(async (folder) => {
    await init(folder);
    const results = `${folder}/results`;
    await writeRun(`${results}/toy`, "z2-seed1");
    await writeRun(`${results}/toy`, "z10-seed1");
    await commit(folder, "two runs");
    await Deno.remove(`${results}/toy/z10-seed1`, { recursive: true });
    await Deno.mkdir(`${results}/toy/z3-seed1.partial`);
    await writeRun(`${results}/toy`, "z4-seed1");
    await using sources = new RunSources(folder, "results");
    const open = async (name: string) =>
      (await sources.open(name)).map((
        { path, revision },
      ) => [path.replace(folder, ""), revision]);
    const there = ["z2-seed1", "z4-seed1"].map((name) => [
      `/results/toy/${name}`,
      "",
    ]);
    assertEquals(await open(results), there);
    assertEquals(await open(`${results}/toy/`), there);
    assertEquals(await open(`${results}/toy/z4-seed1`), [there[1]!]);
    const committed = ["z2-seed1", "z10-seed1"].map((name) => [
      `HEAD:results/toy/${name}`,
      "HEAD",
    ]);
    assertEquals(await open("HEAD"), committed);
    assertEquals(await open("HEAD:results/toy"), committed);
    assertEquals(await open("HEAD:results/toy/z10-seed1"), [committed[1]!]);
    const [run] = await sources.open("HEAD:results/toy/z10-seed1");
    const table = await run!.table("eval.csv");
    assertEquals([...table!.columns.get("step")!.numbers], [10, 20]);
    assertEquals(await run!.table("absent.csv"), null);

    await assertUserError(() => sources.open("HEAD:nowhere"), "has no run");
    await assertUserError(() => sources.open("nowhere"), "nowhere");
    await assertUserError(
      () => sources.open(`${results}/toy/z3-seed1.partial`),
      "has no run",
    );
    await Deno.writeTextFile(`${results}/toy/z4-seed1/run.json`, "{}");
    await assertUserError(
      () => sources.open(results),
      "z4-seed1/run.json is no record of a run",
    );
  }));
