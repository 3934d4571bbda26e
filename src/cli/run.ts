/** What the body of an experiment is given, and what it gives. */

import type { DatasetSource, TrainingData } from "../data/load.ts";
import type { Backend } from "../engine/backend.ts";
import type { Engine, EngineState } from "../engine/engine.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import type { Evaluation } from "../evaluate/evaluate_vae.ts";
import type { Vae } from "../model/vae.ts";
import type { Row } from "../results/csv_text.ts";
import type { Picture } from "../sweep/pictures.ts";
import type { RunConfig } from "../train/config.ts";
import type { Report } from "../train/loop.ts";
import type { Evaluated } from "../train/stopping.ts";

/** One run, as the body of an experiment gets it. */
export interface Run {
  /** of its folder */
  readonly name: string;
  /** what its numbers depend on */
  readonly config: RunConfig;
  /** where data sets come from */
  readonly source: DatasetSource;
  /** the tfjs backend, which computes what the engine does not */
  readonly backend: Backend;
  /** what trains the run, and evaluates it at its end */
  readonly engine: EngineDescription;
  /** threads of the wasm engine: the run's share of the cores */
  readonly threads: number;
  /** aborts when the user or the system wants the program to end */
  readonly signal: AbortSignal;
  /** steps between checkpoints */
  readonly checkpointEvery: number;
  /** the evaluations so far, of processes before this one, too */
  readonly evaluated: readonly Evaluated[];
  /** The state after one of them that is kept: `open` comes before. */
  stateAt(step: number): Promise<EngineState>;
  /** where it is written until it is complete; undefined before `open` */
  readonly folder: string | undefined;
  /** Opens the engine that trains the model, which outlives it. */
  openEngine(vae: Vae): Promise<Engine & Disposable>;
  /**
   * Opens the run's folder; nothing is written before. Where an earlier
   * process left a checkpoint, the engine continues from there.
   */
  open(data: TrainingData, engine: Engine): Promise<Results>;
}

/** The results of a run, while they are written. */
export interface Results {
  /**
   * Writes rows of train.csv, a row of eval.csv, or a checkpoint.
   *
   * @param extra more columns of an evaluation, after the others
   */
  record(report: Report, extra?: Row): Promise<void>;
  /**
   * mean of the ELBO over the minibatches since the last evaluation, each at
   * the parameters before its update; nats per datapoint
   */
  readonly minibatchElbo: number;
  /** Adds what `evaluateRun` found, as CSV files, to the run's folder. */
  addEvaluation(evaluation: Evaluation | null): Promise<void>;
  /** Adds pictures to the run's folder. */
  addPictures(pictures: readonly Picture[]): Promise<void>;
}
