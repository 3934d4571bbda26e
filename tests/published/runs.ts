/** Finished runs as files, for what is compared with papers. */

import { EVAL_COLUMNS } from "../../src/results/run_folder.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { runJson } from "../results/run_json_example.ts";

/** Writes runs with rows of eval.csv: step, ELBO, that of the minibatches. */
export async function writeRuns(
  folder: string,
  runs: readonly {
    readonly config: RunConfig;
    readonly rows: readonly (readonly [number, number, number])[];
  }[],
): Promise<void> {
  for (const [i, { config, rows }] of runs.entries()) {
    const run = `${folder}/run${i}`;
    await Deno.mkdir(run);
    const json = runJson({ status: "finished", config: { ...config } });
    await Deno.writeTextFile(`${run}/run.json`, JSON.stringify(json));
    const lines = rows.map(([step, elbo, minibatch]) =>
      [step, step * config.batchSize, elbo, elbo, 0, minibatch].join()
    );
    await Deno.writeTextFile(
      `${run}/eval.csv`,
      [[...EVAL_COLUMNS, "minibatch_elbo"].join(), ...lines, ""].join("\n"),
    );
  }
}
