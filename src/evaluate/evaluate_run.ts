/** The evaluation at the end of a run. */

import type { Dataset } from "../data/dataset.ts";
import type { Backend } from "../engine/backend.ts";
import {
  type EngineDescription,
  openDrawEngine,
} from "../engine/open_engine.ts";
import type { Vae } from "../model/vae.ts";
import type { RunConfig } from "../train/config.ts";
import { evaluateVae, type Evaluation } from "./evaluate_vae.ts";
import { EVALUATION_SAMPLES } from "./evaluation_files.ts";

/** What an evaluation may be told beside the config. */
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
