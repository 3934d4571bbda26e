/** A run whose results are being written. */

import { relative, sep } from "node:path";
import { observedCounts } from "../data/dataset.ts";
import type { EngineState } from "../engine/engine.ts";
import { v8Flags } from "../engine/wasm/wide.ts";
import { UserError } from "../errors.ts";
import type { Evaluation } from "../evaluate/evaluate_vae.ts";
import { evaluationFiles, savedRowsName } from "../evaluate/evaluate_run.ts";
import { countParameters } from "../model/spec.ts";
import { PURPOSES } from "../random/stream.ts";
import type { TextRow } from "../results/csv_table.ts";
import type { Row } from "../results/csv_text.ts";
import { RunFolder } from "../results/run_folder.ts";
import { RUN_JSON_VERSION, type RunJson } from "../results/run_json.ts";
import type { Report, Terms, TrainRow } from "../train/loop.ts";
import { type Evaluated, isRuled, keptAt, RunEnd } from "../train/stopping.ts";
import { evaluatedOf } from "./finished_run.ts";
import type { Picture } from "./pictures.ts";
import {
  checkShorter,
  type OpenRunOptions,
  originOf,
  requireRunsData,
  startOf,
} from "./run_options.ts";
import type { Shorter } from "./shorter_runs.ts";
import { evaluationCells, trainCells, trainColumns } from "../train/cells.ts";
import { ownPartsOf } from "../train/parts.ts";

/** Writes the reports of the training loop to a run's folder. */
export class OpenRun {
  /** the newest training row of this process; undefined before the first */
  lastRow: TrainRow | undefined;
  readonly #folder: RunFolder;
  readonly #options: OpenRunOptions;
  readonly #started = new Date();
  readonly #clock = performance.now();
  #trainingEnd = this.#clock;
  /** steps of the engine as training left it, whatever state is the model */
  #stepsDone: number;
  #savedStep: number;
  #isEvaluated = false;
  readonly #end: RunEnd;
  readonly #evaluated: Evaluated[] = [];
  /** what evaluations said of test data, by step, also of earlier processes */
  readonly #testTerms = new Map<number, Terms>();
  /** of the ELBOs of the minibatches since the last evaluation */
  readonly #sinceEvaluation = { sum: 0, count: 0 };

  /** the shorter run that it goes on from, or why not; null: there is none */
  readonly shorter: Pick<Shorter, "name" | "why"> | null;

  private constructor(
    folder: RunFolder,
    options: OpenRunOptions,
    shorter: Pick<Shorter, "name" | "why"> | null,
  ) {
    this.#folder = folder;
    this.#options = options;
    this.shorter = shorter;
    this.#savedStep = folder.resumed?.step ?? 0;
    this.#stepsDone = this.#savedStep;
    this.#end = new RunEnd(options.plan.config);
  }

  /**
   * Starts a run, or puts the engine where its checkpoint left it.
   *
   * @throws {UserError} the folder cannot be written, another process writes
   *   it, or its checkpoint does not fit
   */
  static async create(options: OpenRunOptions): Promise<OpenRun> {
    const { path, plan, fresh, engine } = options;
    requireRunsData(options);
    const shorter = fresh ? null : await checkShorter(options);
    const folder = await RunFolder.open(path, originOf(options), {
      fresh,
      trainColumns: trainColumns(plan.config),
      ...shorter?.why === null && { shorter: startOf(options, shorter) },
    });
    try {
      if (folder.resumed !== null) engine.restore(folder.resumed);
    } catch (error) {
      await folder.abandon();
      if (!(error instanceof RangeError)) throw error;
      throw new UserError(
        `the checkpoint of ${path} does not fit this version: ` +
          `${error.message}; start over with --fresh`,
      );
    }
    const run = new OpenRun(folder, options, shorter);
    if (folder.resumed !== null) {
      const rows = await folder.evaluations();
      for (const row of evaluatedOf(rows, plan.config)) run.#evaluate(row);
      for (const row of rows) run.#testTerms.set(...testTermsOf(row));
      for (const { elbo } of await folder.stepsAfter(run.#end.step)) {
        run.#count(Math.fround(Number(elbo)));
      }
    }
    return run;
  }

  #evaluate(one: Evaluated): void {
    this.#evaluated.push(one);
    this.#end.add(one);
  }

  /** The evaluations so far, of processes before this one, too. */
  get evaluated(): readonly Evaluated[] {
    return this.#evaluated;
  }

  /**
   * The state after a step whose checkpoint is kept.
   *
   * @throws {UserError} it is missing or damaged
   */
  async stateAt(step: number): Promise<EngineState> {
    return await this.#folder.stateAt(step);
  }

  /**
   * Mean of the ELBO over the minibatches since the last evaluation, each at
   * the parameters before its update; NaN of none.
   */
  get minibatchElbo(): number {
    const { sum, count } = this.#sinceEvaluation;
    return sum / count;
  }

  #count(elbo: number): void {
    this.#sinceEvaluation.sum += elbo;
    this.#sinceEvaluation.count += 1;
  }

  /** The folder where it is written until it is complete. */
  get folder(): string {
    return this.#folder.partial;
  }

  /** The step that the run continues from; 0: its beginning. */
  get resumedFrom(): number {
    return this.#folder.resumed?.step ?? 0;
  }

  /** Whether the state after the last step is on the disk. */
  get isFinished(): boolean {
    return this.#end.isReached && this.#savedStep === this.#end.step;
  }

  /** Where training ended, and the step whose state is the model. */
  get ended(): { readonly step: number; readonly kept: number } {
    const { step, kept } = this.#end;
    return { step, kept };
  }

  /**
   * What was found of test data for the model, or last; undefined: nothing was.
   */
  get testTerms(): Terms | undefined {
    const { step, kept } = this.#end;
    return this.#testTerms.get(this.isFinished ? kept : step);
  }

  /**
   * Writes rows of train.csv, a row of eval.csv, or a checkpoint.
   *
   * @param extra more columns of an evaluation, after the others
   */
  async record(report: Report, extra: Row = {}): Promise<void> {
    if (report.kind === "steps") {
      await this.#folder.appendSteps(report.rows.map(trainCells));
      for (const { elbo } of report.rows) this.#count(elbo);
      this.lastRow = report.rows.at(-1) ?? this.lastRow;
      if (this.lastRow !== undefined) this.#options.onRow(this.lastRow);
    } else if (report.kind === "checkpoint") {
      const { config } = this.#options.plan;
      await this.#folder.appendCheckpoint(
        report.state,
        (step) => keptAt(config, this.#evaluated, step),
      );
      this.#savedStep = report.state.step;
    } else {
      const { row } = report;
      const { likelihood } = this.#options.plan.config;
      await this.#folder.appendEvaluation({
        ...evaluationCells(row, likelihood),
        ...extra,
      });
      const { elbo } = row.validation ?? row;
      this.#evaluate({ step: row.step, elbo });
      this.#testTerms.set(row.step, row);
      Object.assign(this.#sinceEvaluation, { sum: 0, count: 0 });
    }
    this.#stepsDone = this.#options.engine.stepsDone;
    this.#trainingEnd = performance.now();
  }

  /** Adds the evaluation after the last step; none where it is null. */
  async addEvaluation(evaluation: Evaluation | null): Promise<void> {
    if (evaluation === null) return;
    for (const { name, text } of evaluationFiles(evaluation)) {
      await this.#folder.writeFile(name, text);
    }
    await this.#folder.removeFile(savedRowsName(evaluation.request));
    this.#isEvaluated = true;
  }

  /** Adds pictures to the folder. */
  async addPictures(pictures: readonly Picture[]): Promise<void> {
    for (const { name, png } of pictures) {
      await this.#folder.writeFile(name, png);
    }
  }

  /**
   * Ends the run: see {@linkcode RunFolder.close}.
   *
   * @returns files of the run before that are gone: they were of another one
   * @throws {Error} it is finished and lacks an evaluation that its config
   *   asks for
   */
  async close(
    status: RunJson["status"],
    error: string | null = null,
  ): Promise<readonly string[]> {
    const { plan, facts, source, script, data, engine } = this.#options;
    const { name, config } = plan;
    const { resumedFrom } = this;
    const isOwed = config.finalEvaluation !== null && !this.#isEvaluated;
    if (status === "finished" && isOwed) {
      throw new Error("the body added no evaluation");
    }
    const parts = ownPartsOf(config);
    const steps = this.#stepsDone - resumedFrom;
    const training = this.#trainingEnd - this.#clock;
    return await this.#folder.close({
      version: RUN_JSON_VERSION,
      experiment: facts.experiment,
      run: name,
      status,
      error,
      config: { ...config },
      command: facts.command,
      streams: {
        generator: "philox4x32-10",
        seed: config.seed,
        purposes: { ...PURPOSES },
      },
      ...status === "finished" && isRuled(config) && { ended: this.ended },
      data: {
        sha256: data.sha256,
        train: data.train.count,
        test: data.test.count,
        ...data.validation && { validation: data.validation.count },
        dim: data.dim,
        ...config.own && { name: config.own.name },
        ...data.train.masked && {
          observed: {
            train: observedCounts(data.train),
            test: observedCounts(data.test),
          },
        },
        ...this.#options.files && {
          files: [...this.#options.files.names],
          path: this.#fromFolder(this.#options.files.path),
        },
        ...data.units && {
          units: {
            offset: [...data.units.offset],
            factor: [...data.units.factor],
          },
        },
      },
      ...parts.length > 0 && { parts },
      parameters: countParameters(engine.vae.spec),
      engine: facts.engine,
      backend: facts.backend,
      versions: facts.versions,
      git: source.git,
      toolkit: source.toolkit,
      script: {
        ...source.script,
        ...script !== undefined && { path: this.#fromFolder(script) },
      },
      lockSha256: facts.lockSha256,
      timing: {
        started: this.#started.toISOString(),
        resumedFrom,
        seconds: (performance.now() - this.#clock) / 1000,
        millisecondsPerStep: steps === 0 ? 0 : training / steps,
        v8Flags: v8Flags(),
      },
    }, source.patches);
  }

  /** A path from the run's folder, which stays true where both are moved. */
  #fromFolder(path: string): string {
    return relative(this.#options.path, path).replaceAll(sep, "/");
  }

  /** Stops writing after an error: see {@linkcode RunFolder.abandon}. */
  async abandon(): Promise<void> {
    await this.#folder.abandon();
  }
}

/** The step and the terms of a row of eval.csv. */
function testTermsOf(row: TextRow): [step: number, terms: Terms] {
  const at = (column: keyof Terms) => Math.fround(Number(row[column]));
  const terms = {
    elbo: at("elbo"),
    reconstruction: at("reconstruction"),
    kl: at("kl"),
  };
  return [Number(row["step"]), terms];
}
