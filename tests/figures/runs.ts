/** Runs with a few rows, to draw. */

import type { SourceRun } from "../../src/figures/source_runs.ts";
import { parseTable } from "../../src/results/csv_table.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { configOf } from "../train/toys.ts";

/** ELBO, reconstruction and KL of an evaluation. */
export type Terms = readonly [elbo: number, reconstruction: number, kl: number];

/** A run with the evaluations after 100, 200, ... samples. */
export function runOf(
  config: Partial<RunConfig>,
  evaluations: readonly Terms[],
  { status = "finished", train = [], ...rest }:
    & Partial<SourceRun>
    & { readonly train?: readonly number[] } = {},
): SourceRun {
  const { seed, latentDim, ...whole } = configOf(config);
  const name = rest.name ?? `z${latentDim}-seed${seed}`;
  const files: Record<string, string> = {
    "eval.csv": "step,samples_seen,elbo,reconstruction,kl\n" +
      evaluations.map((terms, i) => `${i + 1},${100 * (i + 1)},${terms}\n`)
        .join(""),
    "train.csv": "step,samples_seen,elbo\n" +
      train.map((elbo, i) => `${i + 1},${100 * (i + 1)},${elbo}\n`).join(""),
    "evaluation-k100-n500.csv": "quantity,value\nnll,7\n",
  };
  const read = (file: string) =>
    file in files ? new TextEncoder().encode(files[file]) : null;
  const run = {
    ...{ name, path: `folder/${name}`, experiment: "toy", revision: "" },
    status,
    config: {
      ...{ ...whole, latentDim, seed },
      finalEvaluation: { k: 100, rows: 500 },
    },
  };
  return {
    ...run,
    record: run,
    file: (file) => Promise.resolve(read(file)),
    table(file) {
      const bytes = read(file);
      return Promise.resolve(bytes && parseTable(bytes, file));
    },
    ...rest,
  };
}
