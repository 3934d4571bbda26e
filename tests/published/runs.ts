/** Finished runs as files, for what is compared with papers. */

import type { RunConfig } from "../../src/train/config.ts";
import { runJson } from "../results/run_json_example.ts";

/**
 * Writes runs with rows of eval.csv: step, ELBO, that of the minibatches; and
 * other columns, alike in all rows.
 */
export async function writeRuns(
  folder: string,
  runs: readonly {
    readonly config: RunConfig;
    readonly rows: readonly (readonly [number, number, number])[];
    readonly terms?: Readonly<Record<string, number>>;
  }[],
): Promise<void> {
  for (const [i, { config, rows, terms }] of runs.entries()) {
    const run = `${folder}/run${i}`;
    await Deno.mkdir(run);
    const json = runJson({ status: "finished", config: { ...config } });
    await Deno.writeTextFile(`${run}/run.json`, JSON.stringify(json));
    const lines = rows.map((
      [step, elbo, minibatch],
    ): Record<string, number> => ({
      ...{ step, samples_seen: step * config.batchSize },
      ...{ elbo, reconstruction: elbo, kl: 0, minibatch_elbo: minibatch },
      ...terms,
    }));
    await Deno.writeTextFile(
      `${run}/eval.csv`,
      [Object.keys(lines[0]!), ...lines.map(Object.values), ""].join("\n"),
    );
  }
}
