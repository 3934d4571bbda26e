import { assertEquals } from "@std/assert";
import { RunFolder } from "../../src/results/run_folder.ts";
import type { RunJson } from "../../src/results/run_json.ts";
import { readEvaluations } from "../../src/sweep/finished_run.ts";
import { runName } from "../../src/sweep/runs.ts";
import {
  deriveFromRuns,
  ofSetups,
  type StoredRun,
  storedRuns,
} from "../../src/sweep/stored_runs.ts";
import { writeSummary } from "../../src/sweep/summary.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { endedRun } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

const HEADER =
  "run,status,dataset,posterior,objective,latent_dim,samples,seed,final_k," +
  "final_rows,step,samples_seen,test_elbo,test_reconstruction,test_kl,nll," +
  "active_units,ess,pareto_k,unreliable_share";

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
  await run.close(endedRun({ run: name, status, config: { ...config } }));
}

Deno.test("writeSummary() has a row for each run, by number, with its last evaluation", async () => {
  await withFolder(async (folder) => {
    const named = { dataset: "glyphs", samples: 1, seed: 1 } as const;
    const finalEvaluation = { k: 100, rows: 500 };
    await write(folder, { ...named, latentDim: 10, finalEvaluation }, [2, 4]);
    await write(folder, { ...named, latentDim: 9 }, [3], "interrupted");
    await write(folder, { ...named, latentDim: 2, seed: 11 }, [], "failed");
    await write(folder, { ...named, latentDim: 2, seed: 2 }, [5], "failed");
    // What is no run, or not yet, as is the interrupted one.
    await Deno.mkdir(`${folder}/glyphs-z1-L1-seed1.partial`);
    await Deno.mkdir(`${folder}/notes`);
    await Deno.writeTextFile(`${folder}/glyphs-terms.svg`, "<svg/>");

    await Deno.writeTextFile(
      `${folder}/glyphs-z10-L1-seed1/evaluation-k100-n500.csv`,
      "quantity,value,standard_error\nnll,90.5,0.1\ness,12.5,NaN\n" +
        "active_units,7,NaN\npareto_k,0.25,NaN\nunreliable_share,0,NaN\n",
    );

    await writeSummary(folder, await storedRuns(folder));
    const text = await Deno.readTextFile(`${folder}/summary.csv`);
    assertEquals(text.split("\n"), [
      HEADER,
      "glyphs-z2-L1-seed2,failed,glyphs,diagonal,elbo,2,1,2,0,,5,50,-5.1,-5,0.1,,,,,",
      "glyphs-z2-L1-seed11,failed,glyphs,diagonal,elbo,2,1,11,0,,,,,,,,,,,",
      "glyphs-z10-L1-seed1,finished,glyphs,diagonal,elbo,10,1,1,100,500,4,40,-4.1,-4,0.1,90.5,7,12.5,0.25,0",
      "",
    ]);

    // Again, with a run more: nothing is lost, and nothing twice.
    await write(folder, { ...named, latentDim: 3 }, [1]);
    await writeSummary(folder, await storedRuns(folder));
    const again = await Deno.readTextFile(`${folder}/summary.csv`);
    const rows = text.split("\n");
    rows.splice(
      3,
      0,
      "glyphs-z3-L1-seed1,finished,glyphs,diagonal,elbo,3,1,1,0,,1,10,-1.1,-1,0.1,,,,,",
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
    await run.close(endedRun({ config }));
    await assertUserError(
      async () => writeSummary(folder, await storedRuns(folder)),
      ...[`${path}/run.json`, "latentDim", "--out"],
    );
    assertEquals(await Deno.readTextFile(`${folder}/summary.csv`), "old");
    assertEquals((await filesBelow(folder)).at(-1), "summary.csv");
  });
});

const namesOf = (runs: readonly StoredRun[]) => runs.map(({ name }) => name);

Deno.test("storedRuns() has runs that took their place, and links to them", async () => {
  await withFolder(async (folder) => {
    await write(folder, { seed: 3 }, [1], "failed");
    await write(folder, { seed: 2 }, [1], "interrupted");
    await write(folder, { seed: 10 }, [1]);
    const [failed, , finished] = [3, 2, 10].map((seed) =>
      runName(configOf({ seed }))
    );
    await Deno.mkdir(`${folder}/elsewhere/run`, { recursive: true });
    await Deno.rename(`${folder}/${finished}`, `${folder}/elsewhere/run`);
    await Deno.symlink("elsewhere/run", `${folder}/${finished}`);
    await Deno.symlink("nowhere", `${folder}/dangling`);
    await Deno.symlink(finished!, `${folder}/a.partial`);
    assertEquals(namesOf(await storedRuns(folder)), [failed, finished]);
    assertEquals(await storedRuns(`${folder}/none`), []);
  });
});

Deno.test("ofSetups() has the runs of planned set-ups, in the order of a sweep", async () => {
  await withFolder(async (folder) => {
    const steps = configOf().steps + 1;
    const changes = [
      ...[{ latentDim: 10 }, { latentDim: 9, seed: 2 }, { latentDim: 9 }],
      ...[{ latentDim: 9, samples: 3 }, { latentDim: 2, steps }],
      { latentDim: 4, objective: { name: "wake-sleep" } as const },
    ];
    for (const change of changes) await write(folder, change, [1]);
    const planned = { name: "any", config: configOf({ seed: 77 }) };
    const found = ofSetups(await storedRuns(folder), [planned]);
    const expected = [2, 1, 3, 0].map((i) => runName(configOf(changes[i])));
    assertEquals(namesOf(found), expected);
  });
});

Deno.test("deriveFromRuns() derives again where a run came meanwhile, and ends", async () => {
  await withFolder(async (folder) => {
    const seen: number[] = [];
    await deriveFromRuns(folder, async ({ length }) => {
      seen.push(length);
      if (length < 2) await write(folder, { seed: length + 1 }, [1]);
    });
    assertEquals(seen, [0, 1, 2]);
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
    for (const steps of ["4,4", "2,4,3", "-1,2", "NaN,2", "1.5"]) {
      const rows = steps.split(",").map((step) => `${step},40,-2,-1,1\n`);
      await Deno.writeTextFile(path, header + rows.join(""));
      await assertUserError(() => readEvaluations(folder), path, "step");
    }
    await Deno.writeTextFile(path, "step,elbo\n4,-1.5\n");
    await assertUserError(() => readEvaluations(folder), path, "samples_seen");
  });
});
