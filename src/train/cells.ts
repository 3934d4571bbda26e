/** Rows of training and of evaluations, as the CSV files have them. */

import { spreadColumn } from "../model/likelihood/families.ts";
import type { LikelihoodSpec } from "../model/likelihood/families.ts";
import { trainingColumns } from "../objective/spec.ts";
import type { Row } from "../results/csv_text.ts";
import type { RunConfig } from "./config.ts";
import type { EvaluationRow, TrainRow } from "./loop.ts";

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

/** A row of eval.csv, by column. */
export function evaluationCells(
  row: EvaluationRow,
  likelihood: LikelihoodSpec,
): Row {
  return {
    step: row.step,
    samples_seen: row.samplesSeen,
    elbo: row.elbo,
    reconstruction: row.reconstruction,
    kl: row.kl,
    ...Object.fromEntries(
      row.klPerDimension.map((kl, i) => [`kl_${i + 1}`, kl]),
    ),
    ...(row.spread !== null && { [spreadColumn(likelihood)!]: row.spread }),
    ...row.more,
    ...row.validation && {
      validation_elbo: row.validation.elbo,
      validation_reconstruction: row.validation.reconstruction,
      validation_kl: row.validation.kl,
    },
  };
}
