/** The evaluation at the end of a run, and the CSV files of evaluations. */

import { createHash } from "node:crypto";
import { tf } from "../lazy_tfjs.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Backend } from "../engine/backend.ts";
import { openDrawEngine, REFERENCE } from "../engine/open_engine.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import type { Vae } from "../model/vae.ts";
import type { RunConfig } from "../train/config.ts";
import { ESTIMATORS, evaluateVae, hasWeights } from "./evaluate_vae.ts";
import type { Evaluation, EvaluationRequest } from "./evaluate_vae.ts";
import { formatRows } from "../results/csv_text.ts";
import { versions } from "../results/provenance.ts";
import { SavedRows, type SavedRowsOptions } from "./saved_rows.ts";
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
  /**
   * where the rows that are done are saved, in {@linkcode savedRowsName}, so
   * that a run that is killed goes on with them; absent: nowhere
   */
  readonly folder?: string | undefined;
}

/**
 * Evaluates a trained model on the test split as the run's config asks; null
 * where it asks for nothing.
 *
 * @throws the signal's reason, where the signal ends it early
 */
export async function evaluateRun(
  vae: Vae,
  data: Dataset,
  config: RunConfig,
  {
    signal,
    backend,
    engine = REFERENCE,
    threads = navigator.hardwareConcurrency,
    folder,
  }: EvaluateRunOptions = {},
): Promise<Evaluation | null> {
  const { finalEvaluation, seed } = config;
  if (finalEvaluation === null) return null;
  using draws = await openDrawEngine(engine, vae, threads);
  const request = requestOf(finalEvaluation);
  return await evaluateVae(vae, data.test, {
    ...request,
    seed,
    signal,
    check: backend?.check,
    engine: draws,
    saved: folder === undefined
      ? undefined
      : await openSavedRows(folder, vae, { config, request, engine }),
  });
}

/** The file of the rows that are done, until the evaluation is. */
export function savedRowsName(request: EvaluationRequest): string {
  return `${evaluationName(request)}.safetensors`;
}

/**
 * Opens the rows that an earlier process saved of an evaluation: with the same
 * config, parameters and request, on the same engine, backend and versions.
 */
export async function openSavedRows(
  folder: string,
  vae: Vae,
  { config, request, engine, ...options }: SavedRowsOptions & {
    readonly config: RunConfig;
    readonly request: EvaluationRequest;
    readonly engine: EngineDescription;
  },
): Promise<SavedRows> {
  const parameters = createHash("sha256");
  for (const { values } of await vae.values()) parameters.update(values);
  return await SavedRows.open(`${folder}/${savedRowsName(request)}`, {
    ...{ config, request, engine },
    parameters: parameters.digest("hex"),
    backend: engine.bits === "portable" ? null : tf.getBackend(),
    versions: versions(),
  }, options);
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
 * {@linkcode EVALUATION_SAMPLES}, and the estimators of log p(x), except
 * `importance` where only k tells that it is among them.
 */
export function evaluationName(
  { k, rows, samples, estimators }: EvaluationRequest,
): string {
  const isPlain = !estimators.includes("adapted");
  return [
    "evaluation",
    ...(estimators.some(hasWeights) ? [`k${k}`] : []),
    ...(rows === null ? [] : [`n${rows}`]),
    ...(samples === EVALUATION_SAMPLES ? [] : [`s${samples}`]),
    ...ESTIMATORS.filter((name) =>
      estimators.includes(name) && !(isPlain && name === "importance")
    ),
  ].join("-");
}

type FinalEvaluation = NonNullable<RunConfig["finalEvaluation"]>;

function requestOf(asked: FinalEvaluation): EvaluationRequest {
  const samples = EVALUATION_SAMPLES;
  return { ...asked, samples, estimators: ["importance"] };
}

/** The name of the files of the evaluation at the end of a run. */
export function finalEvaluationName(asked: FinalEvaluation): string {
  return evaluationName(requestOf(asked));
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
