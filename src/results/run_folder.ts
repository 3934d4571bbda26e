/**
 * The folder of one run: train.csv, eval.csv, run.json, pictures.
 *
 * A run is written to `NAME.partial/` beside its place and moved there when it
 * ends, so that a killed run or a full disk leaves an older result untouched.
 */

import { UserError } from "../errors.ts";
import { CsvFile, type Row } from "./csv_file.ts";
import { writeAtomically, writing } from "./files.ts";
import { readRunJson, type RunJson } from "./run_json.ts";

/** Columns of train.csv, one row per step; per datapoint, in nats. */
export const TRAIN_COLUMNS = [
  "step",
  "samples_seen",
  "elbo",
  "reconstruction",
  "kl",
  "learning_rate",
] as const;

/** First columns of eval.csv; `kl_1` and on, one per latent dimension, follow. */
export const EVAL_COLUMNS = [
  "step",
  "samples_seen",
  "elbo",
  "reconstruction",
  "kl",
] as const;

/**
 * Checks that a run may be written to the folder: it is free, or holds a run
 * with the same config.
 *
 * @throws {UserError} it holds something else
 */
export async function checkFolder(
  folder: string,
  config: RunJson["config"],
): Promise<void> {
  const existing = await readRunJson(folder);
  if (existing === null) {
    if (await isEmptyOrMissing(folder)) return;
    throw new UserError(
      `${folder} exists and is no run; remove it or use another --out DIR`,
    );
  }
  const keys = new Set([
    ...Object.keys(config),
    ...Object.keys(existing.config),
  ]);
  for (const key of keys) {
    const [there, here] = [existing.config[key], config[key]].map((value) =>
      JSON.stringify(value)
    );
    if (there === here) continue;
    throw new UserError(
      `${folder} holds a run with another config (${key} is ${there}, ` +
        `asked is ${here}); remove it or use another --out DIR`,
    );
  }
}

async function isEmptyOrMissing(folder: string): Promise<boolean> {
  try {
    for await (const _ of Deno.readDir(folder)) return false;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** A run that is being written. */
export class RunFolder {
  /** where the run will be */
  readonly path: string;
  readonly #partial: string;
  readonly #train: CsvFile;
  #evaluation: CsvFile | null = null;

  private constructor(path: string, partial: string, train: CsvFile) {
    this.path = path;
    this.#partial = partial;
    this.#train = train;
  }

  /** Starts a run. @throws {UserError} the folder cannot be written */
  static async create(path: string): Promise<RunFolder> {
    const partial = `${path}.partial`;
    await writing(partial, async () => {
      await Deno.remove(partial, { recursive: true }).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      await Deno.mkdir(partial, { recursive: true });
    });
    try {
      const train = await CsvFile.create(`${partial}/train.csv`, TRAIN_COLUMNS);
      return new RunFolder(path, partial, train);
    } catch (error) {
      await Deno.remove(partial, { recursive: true });
      throw error;
    }
  }

  /** Appends rows to train.csv. */
  async appendSteps(rows: readonly Row[]): Promise<void> {
    await this.#train.append(rows);
  }

  /** Appends a row to eval.csv; the first row names the columns. */
  async appendEvaluation(row: Row): Promise<void> {
    this.#evaluation ??= await CsvFile.create(
      `${this.#partial}/eval.csv`,
      Object.keys(row),
    );
    await this.#evaluation.append([row]);
  }

  /** Adds a file, such as a picture. */
  async writeFile(name: string, content: string | Uint8Array): Promise<void> {
    await writeAtomically(`${this.#partial}/${name}`, content);
  }

  /**
   * Ends the run and moves it to its place. An interrupted run does not
   * replace one that is finished.
   *
   * @returns whether it was moved
   */
  async close(runJson: RunJson): Promise<boolean> {
    this.#closeFiles();
    try {
      return await this.#settle(runJson);
    } catch (error) {
      await this.#remove();
      throw error;
    }
  }

  async #settle(runJson: RunJson): Promise<boolean> {
    await this.writeFile("run.json", JSON.stringify(runJson, null, 2) + "\n");
    const existing = await readRunJson(this.path);
    if (runJson.status === "interrupted" && existing?.status === "finished") {
      await this.#remove();
      return false;
    }
    await writing(this.path, async () => {
      // A folder cannot replace one that is not empty in a single rename.
      await Deno.remove(this.path, { recursive: true }).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      await Deno.rename(this.#partial, this.path);
    });
    return true;
  }

  /** Gives the run up: nothing of it stays. */
  async discard(): Promise<void> {
    this.#closeFiles();
    await this.#remove();
  }

  #closeFiles(): void {
    this.#train.close();
    this.#evaluation?.close();
  }

  async #remove(): Promise<void> {
    await Deno.remove(this.#partial, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
