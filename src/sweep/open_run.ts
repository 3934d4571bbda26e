/** A run whose results are being written. */

import type { TrainingData } from "../data/load.ts";
import type { Backend } from "../engine/backend.ts";
import { countParameters } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { PURPOSES } from "../random/stream.ts";
import type { Row } from "../results/csv_file.ts";
import { RunFolder } from "../results/run_folder.ts";
import { RUN_JSON_VERSION, type RunJson } from "../results/run_json.ts";
import type { Report, TrainRow } from "../train/loop.ts";
import type { Picture } from "./pictures.ts";
import type { PlannedRun } from "./runs.ts";

/** What a run is opened with. */
export interface OpenRunOptions {
  /** where its folder will be */
  readonly path: string;
  readonly plan: PlannedRun;
  readonly experiment: string;
  readonly backend: Backend;
  readonly versions: RunJson["versions"];
  readonly git: RunJson["git"];
  readonly data: TrainingData;
  readonly vae: Vae;
  /** told the newest training row */
  readonly onRow: (row: TrainRow) => void;
}

/** Writes the reports of the training loop to a run's folder. */
export class OpenRun {
  /** the newest training row; undefined before the first */
  lastRow: TrainRow | undefined;
  readonly #folder: RunFolder;
  readonly #options: OpenRunOptions;
  readonly #started = new Date();
  readonly #clock = performance.now();
  #trainingEnd = this.#clock;

  private constructor(folder: RunFolder, options: OpenRunOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Starts a run. @throws {UserError} its folder cannot be written */
  static async create(options: OpenRunOptions): Promise<OpenRun> {
    return new OpenRun(await RunFolder.create(options.path), options);
  }

  /**
   * Writes rows of train.csv, or a row of eval.csv.
   *
   * @param extra more columns of an evaluation, after the others
   */
  async record(report: Report, extra: Row = {}): Promise<void> {
    if (report.kind === "steps") {
      await this.#folder.appendSteps(report.rows.map((row) => ({
        step: row.step,
        samples_seen: row.samplesSeen,
        elbo: row.elbo,
        reconstruction: row.reconstruction,
        kl: row.kl,
        learning_rate: row.learningRate,
      })));
      this.lastRow = report.rows.at(-1) ?? this.lastRow;
      if (this.lastRow !== undefined) this.#options.onRow(this.lastRow);
    } else {
      const { row } = report;
      await this.#folder.appendEvaluation({
        step: row.step,
        samples_seen: row.samplesSeen,
        elbo: row.elbo,
        reconstruction: row.reconstruction,
        kl: row.kl,
        ...Object.fromEntries(
          row.klPerDimension.map((kl, i) => [`kl_${i + 1}`, kl]),
        ),
        ...(row.decoderVariance === null
          ? {}
          : { decoder_variance: row.decoderVariance }),
        ...extra,
      });
    }
    this.#trainingEnd = performance.now();
  }

  /** Adds pictures to the folder. */
  async addPictures(pictures: readonly Picture[]): Promise<void> {
    for (const { name, png } of pictures) {
      await this.#folder.writeFile(name, png);
    }
  }

  /**
   * Ends the run.
   *
   * @returns whether it took its place: see {@linkcode RunFolder.close}
   */
  async close(
    status: RunJson["status"],
    error: string | null = null,
  ): Promise<boolean> {
    const { plan, experiment, backend, data, vae } = this.#options;
    const { name, config } = plan;
    const steps = this.lastRow?.step ?? 0;
    const training = this.#trainingEnd - this.#clock;
    return await this.#folder.close({
      version: RUN_JSON_VERSION,
      experiment,
      run: name,
      status,
      error,
      config: { ...config },
      streams: {
        generator: "philox4x32-10",
        seed: config.seed,
        purposes: { ...PURPOSES },
      },
      data: {
        sha256: data.sha256,
        train: data.train.count,
        test: data.test.count,
        dim: data.dim,
      },
      parameters: countParameters(vae.spec),
      backend: { name: backend.name, adapter: backend.adapter },
      versions: this.#options.versions,
      git: this.#options.git,
      timing: {
        started: this.#started.toISOString(),
        seconds: (performance.now() - this.#clock) / 1000,
        millisecondsPerStep: steps === 0 ? 0 : training / steps,
      },
    });
  }

  /** Gives the run up: nothing of it stays. */
  async discard(): Promise<void> {
    await this.#folder.discard();
  }
}
