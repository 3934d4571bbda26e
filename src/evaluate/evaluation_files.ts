/** The CSV files of an evaluation. */

import { formatRows } from "../results/csv_file.ts";
import {
  ESTIMATORS,
  type Evaluation,
  type EvaluationRequest,
} from "./evaluate_vae.ts";
import { UNIT_COLUMNS, unitRows } from "./units.ts";

/** Draws of z per datapoint where nobody asks for another number. */
export const EVALUATION_SAMPLES = 10;

/** Columns of the table of quantities. */
export const EVALUATION_COLUMNS = [
  "quantity",
  "value",
  "standard_error",
] as const;

/**
 * The name of an evaluation's files, such as `evaluation-k5000-n1000`: a
 * function of what was asked alone, the same on every machine and commit. It
 * has k, the rows unless they are all, the draws of z unless they are
 * {@linkcode EVALUATION_SAMPLES}, and the other estimators of ln p(x).
 */
export function evaluationName(
  { k, rows, samples, estimators }: EvaluationRequest,
): string {
  return [
    "evaluation",
    ...(estimators.includes("importance") ? [`k${k}`] : []),
    ...(rows === null ? [] : [`n${rows}`]),
    ...(samples === EVALUATION_SAMPLES ? [] : [`s${samples}`]),
    ...ESTIMATORS.filter((name) =>
      name !== "importance" && estimators.includes(name)
    ),
  ].join("-");
}

/** A file by its name. */
export interface TextFile {
  /** without a folder */
  readonly name: string;
  /** all of it */
  readonly text: string;
}

/**
 * `NAME.csv`, with a row for each quantity, and `NAME-units.csv`, with a row
 * for each latent dimension; see {@linkcode evaluationName}.
 */
export function evaluationFiles(evaluation: Evaluation): TextFile[] {
  const { request, quantities, units } = evaluation;
  const name = evaluationName(request);
  const rows = [...quantities].map(([quantity, { value, error }]) => ({
    quantity,
    value,
    standard_error: error,
  }));
  const options = { headers: true };
  return [
    {
      name: `${name}.csv`,
      text: formatRows(EVALUATION_COLUMNS, rows, options),
    },
    {
      name: `${name}-units.csv`,
      text: formatRows(UNIT_COLUMNS, unitRows(units), options),
    },
  ];
}
