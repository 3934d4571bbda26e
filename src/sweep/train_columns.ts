/** The columns of train.csv that depend on the config, and its rows. */

import { trainingColumns } from "../objective/spec.ts";
import type { Row } from "../results/csv_file.ts";
import type { RunConfig } from "../train/config.ts";
import type { TrainRow } from "../train/loop.ts";

/**
 * What train.csv has after its first columns: the objective, the schedules'
 * values, and what the objective adds.
 */
export function trainColumns(
  { objective, freeBits, capacity }: RunConfig,
): string[] {
  return [
    "objective",
    "beta",
    ...(freeBits === null ? [] : ["free_bits"]),
    ...(capacity === null ? [] : ["capacity"]),
    ...trainingColumns(objective),
  ];
}

/** A row of train.csv, by column. */
export function trainCells(row: TrainRow): Row {
  return {
    step: row.step,
    samples_seen: row.samplesSeen,
    elbo: row.elbo,
    reconstruction: row.reconstruction,
    kl: row.kl,
    learning_rate: row.learningRate,
    objective: row.objective,
    beta: row.beta,
    ...(row.freeBits === null ? {} : { free_bits: row.freeBits }),
    ...(row.capacity === null ? {} : { capacity: row.capacity }),
    ...row.more,
  };
}
