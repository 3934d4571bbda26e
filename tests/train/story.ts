/** Short trainings on toy data, and all that they tell. */

import { openBackend } from "../../src/engine/backend.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import {
  type EvaluationRow,
  type Report,
  train,
  type TrainOptions,
  type TrainRow,
} from "../../src/train/loop.ts";
import { toyData } from "./toys.ts";

/** What a run told, in order, and the error that ended it. */
export interface Story {
  readonly reports: Report[];
  readonly rows: TrainRow[];
  readonly evaluations: EvaluationRow[];
  readonly error: unknown;
}

/** Trains on the toy data with the cpu backend. */
export async function runOf(
  config: RunConfig,
  { onBatch, ...options }: TrainOptions & {
    onBatch?: (step: number) => void;
  } = {},
): Promise<Story> {
  await openBackend("cpu");
  using vae = createVae(config, toyData());
  using engine = new ReferenceEngine(vae, config);
  const batches = new class extends Batches {
    override training(step: number) {
      onBatch?.(step);
      return super.training(step);
    }
  }(toyData(), config);
  const reports: Report[] = [];
  let error: unknown;
  try {
    for await (const report of train(engine, batches, config, options)) {
      reports.push(report);
    }
  } catch (thrown) {
    error = thrown;
  }
  return {
    reports,
    rows: reports.flatMap((report) =>
      report.kind === "steps" ? report.rows : []
    ),
    evaluations: reports.flatMap((report) =>
      report.kind === "evaluation" ? [report.row] : []
    ),
    error,
  };
}

/** The integers from 1. */
export const upTo = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => i + 1);
