/** The evaluation at the end of a run, and the CSV files of evaluations. */

import type { Dataset } from "../data/dataset.ts";
import type { Backend } from "../engine/backend.ts";
import { openDrawEngine } from "../engine/open_engine.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import type { Vae } from "../model/vae.ts";
import type { RunConfig } from "../train/config.ts";
import { ESTIMATORS, evaluateVae, hasWeights } from "./evaluate_vae.ts";
import type { Evaluation, EvaluationRequest } from "./evaluate_vae.ts";
import { formatRows } from "../results/csv_file.ts";
import { UNIT_COLUMNS, unitRows } from "./units.ts";

/** Options of an evaluation beside the config. */
export interface EvaluateRunOptions {
  /** ends it early */
  readonly signal?: AbortSignal;
  /** the tfjs backend, which is asked whether it has failed */
  readonly backend?: Pick<Backend, "check">;
  /** what computes at the draws of z: that of the run; else the reference */
  readonly engine?: EngineDescription;
  /** of the wasm engine, by default one for each core */
  readonly threads?: number;
}

const REFERENCE: EngineDescription = { name: "reference", bits: "backend" };

/**
 * Evaluates a trained model on the test split as the run's config asks; null
 * where it asks for nothing.
 *
 * @throws the signal's reason, where the signal ends it early
 */
export async function evaluateRun(
  vae: Vae,
  data: Dataset,
  { finalEvaluation, seed }: RunConfig,
  {
    signal,
    backend,
    engine = REFERENCE,
    threads = navigator.hardwareConcurrency,
  }: EvaluateRunOptions = {},
): Promise<Evaluation | null> {
  if (finalEvaluation === null) return null;
  using draws = await openDrawEngine(engine, vae, threads);
  return await evaluateVae(vae, data.test, {
    ...finalEvaluation,
    samples: EVALUATION_SAMPLES,
    estimators: ["importance"],
    seed,
    signal,
    check: backend?.check,
    engine: draws,
  });
}

/** The default number of draws of z per datapoint. */
export const EVALUATION_SAMPLES = 10;

const EVALUATION_COLUMNS = [
  "quantity",
  "value",
  "standard_error",
] as const;

/**
 * The name of an evaluation's files, such as `evaluation-k5000-n1000`: a
 * function of what was asked alone, the same on every machine and commit. It
 * has k, the rows unless they are all, the draws of z unless they are
 * {@linkcode EVALUATION_SAMPLES}, and the other estimators of log p(x).
 */
export function evaluationName(
  { k, rows, samples, estimators }: EvaluationRequest,
): string {
  return [
    "evaluation",
    ...(estimators.some(hasWeights) ? [`k${k}`] : []),
    ...(rows === null ? [] : [`n${rows}`]),
    ...(samples === EVALUATION_SAMPLES ? [] : [`s${samples}`]),
    ...ESTIMATORS.filter((name) =>
      name !== "importance" && estimators.includes(name)
    ),
  ].join("-");
}

export interface TextFile {
  readonly name: string;
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
