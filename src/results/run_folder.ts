/**
 * The folder of one run: train.csv, eval.csv, run.json, pictures, checkpoint.
 *
 * A run is written to `NAME.partial/` and takes its place when it is complete,
 * finished or failed. A run that was stopped or killed continues from the newest
 * checkpoint in its partial folder.
 */

import { beginWith, type ShorterRun } from "./beginning.ts";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../errors.ts";
import {
  entriesOf,
  makeNewFolder,
  removeIfThere,
  targetOf,
  writing,
} from "../files.ts";
import {
  type Checkpoint,
  checkpointSteps,
  type KeptBeside,
  type Origin,
  readCheckpoint,
  readCheckpointAt,
  readOrigin,
  removeCheckpoints,
  writeCheckpoint,
} from "./checkpoint.ts";
import { differenceOf, type FlagsOf } from "./config_difference.ts";
import { EVAL_COLUMNS, TRAIN_COLUMNS } from "./columns.ts";
import { CsvFile } from "./csv_file.ts";
import type { Row } from "./csv_text.ts";
import { readCsv, readRowsAfter, type TextRow } from "./csv_table.ts";
import { removeAbandoned, writeAtomically } from "./files.ts";
import type { LockedFile } from "./lock.ts";
import { hashOutputs, runJsonText, sorted } from "./outputs.ts";
import {
  type EndedRun,
  endOf,
  MADE_JSON,
  readMade,
  readRunJson,
  removedFlags,
  type RunJson,
} from "./run_json.ts";
import { otherPart, type SourceIdentity } from "./identity.ts";
import { keepStanding, PATCHES, type Standing } from "./standing_record.ts";
import {
  cleanUp,
  discardPartial,
  leave,
  lockRun,
  partialOf,
  replaceRun,
} from "./run_place.ts";

/** What {@linkcode checkFolder} may know beside the config. */
export interface CheckOptions {
  /** a finished run must be by this one; absent: by any */
  readonly source?: SourceIdentity | undefined;
  /** names what differs by its flag; absent: by its field */
  readonly flagsOf?: FlagsOf;
}

/**
 * Checks that a run may be written to the folder: it is free, or holds a run
 * with the same config that this version can train.
 *
 * @throws {UserError} it holds something else
 */
export async function checkFolder(
  folder: string,
  config: RunJson["config"],
  { source, flagsOf }: CheckOptions = {},
): Promise<void> {
  const existing = await readRunJson(folder);
  if (existing === null) {
    if (await isEmptyOrMissing(folder)) return;
    throw new UserError(
      `${folder} exists and is not a run; remove it or use another --out DIR`,
    );
  }
  const removed = removedFlags(existing.engine);
  if (removed !== null) {
    throw new UserError(
      `${folder} was trained with ${removed}, which this version lacks; ` +
        "remove it or use another --out DIR",
    );
  }
  const difference = differenceOf(existing.config, config, flagsOf);
  if (difference !== undefined) {
    throw new UserError(
      `${folder} holds a run ${difference}; remove it or use another --out DIR`,
    );
  }
  if (source) await checkSource(folder, existing, source);
}

/** @throws {UserError} the run is finished, by another source */
async function checkSource(
  folder: string,
  run: RunJson,
  source: SourceIdentity,
): Promise<void> {
  // Without a checkpoint, as from git, it is made again in any case.
  const steps = await checkpointSteps(folder);
  if (run.status !== "finished" || steps.length === 0) return;
  const part = otherPart(await readMade(folder, run), source);
  if (part === null) return;
  throw new UserError(
    `${folder} was trained by another ${part}; train it again with --fresh, ` +
      "or use another --out DIR",
  );
}

async function isEmptyOrMissing(folder: string): Promise<boolean> {
  const stat = await targetOf(folder);
  return stat === null ||
    stat.isDirectory && (await entriesOf(folder)).length === 0;
}

/**
 * Whether the folder holds the run, finished by the engine on the backend, with
 * the checkpoint of its model, and no other run was begun since. Results without
 * a checkpoint, such as those in git, are made again. What a process left that
 * died is put in order first: nobody opens a finished run's folder.
 */
export async function isFinished(
  path: string,
  { engine, backend }: { engine: RunJson["engine"]; backend: string },
): Promise<boolean> {
  await cleanUp(path);
  const run = await readRunJson(path);
  if (run?.status !== "finished") return false;
  const made = await readMade(path, run);
  return isDeepStrictEqual(made.engine, engine) &&
    made.backend.name === backend &&
    (await checkpointSteps(path)).includes(endOf(run).kept) &&
    (await checkpointSteps(partialOf(path))).length === 0;
}

/**
 * What the next process of a run that did not end must have in common with
 * the one before; null where the run would start from its beginning.
 *
 * @throws {UserError} its newest checkpoint is damaged
 */
export async function unfinishedOrigin(path: string): Promise<Origin | null> {
  return await readOrigin(partialOf(path));
}

/** A run that is being written. */
export class RunFolder {
  /** the checkpoint that the run continues from; null: the beginning */
  readonly resumed: Checkpoint | null;
  readonly #path: string;
  readonly #partial: string;
  readonly #origin: Origin;
  readonly #lock: LockedFile;
  readonly #train: CsvFile;
  #evaluation: CsvFile | null;

  private constructor(
    path: string,
    origin: Origin,
    lock: LockedFile,
    resumed: Checkpoint | null,
    files: { train: CsvFile; evaluation: CsvFile | null },
  ) {
    this.#path = path;
    this.#partial = partialOf(path);
    this.#origin = origin;
    this.#lock = lock;
    this.resumed = resumed;
    this.#train = files.train;
    this.#evaluation = files.evaluation;
  }

  /**
   * Starts a run, or continues one that did not end.
   *
   * @param path where the run will be
   * @param origin what the processes that write it must have in common
   * @param options.fresh whether to start over in any case
   * @param options.trainColumns what train.csv has after its first columns
   * @param options.shorter a run to go on from where this one has not begun
   * @throws {UserError} the folder cannot be written, another process writes
   *   it, or its checkpoint is damaged or of another config
   */
  static async open(
    path: string,
    origin: Origin,
    { fresh, trainColumns = [], shorter }: {
      fresh: boolean;
      trainColumns?: readonly string[];
      shorter?: ShorterRun | undefined;
    },
  ): Promise<RunFolder> {
    const partial = partialOf(path);
    const lock = await lockRun(path);
    try {
      if (fresh) await discardPartial(path);
      const checkpoint = await readCheckpoint(partial, origin) ??
        (shorter && await beginWith(shorter, partial, origin)) ?? null;
      if (checkpoint === null) {
        await makeNewFolder(partial);
        return new RunFolder(path, origin, lock, null, {
          train: await CsvFile.create(
            `${partial}/train.csv`,
            [...TRAIN_COLUMNS, ...trainColumns],
          ),
          evaluation: null,
        });
      }
      const { train, evaluation } = checkpoint.lengths;
      return new RunFolder(path, origin, lock, checkpoint, {
        train: await CsvFile.reopen(`${partial}/train.csv`, train!),
        evaluation: evaluation === undefined
          ? null
          : await CsvFile.reopen(`${partial}/eval.csv`, evaluation),
      });
    } catch (error) {
      await leave(path, lock);
      throw error;
    }
  }

  /** Where it is written until it is complete. */
  get partial(): string {
    return this.#partial;
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

  /** The rows of eval.csv, read back. */
  async evaluations(): Promise<TextRow[]> {
    return this.#evaluation === null
      ? []
      : await readCsv(`${this.#partial}/eval.csv`, EVAL_COLUMNS);
  }

  /** The rows of train.csv after a step, read back. */
  async stepsAfter(step: number): Promise<TextRow[]> {
    return await readRowsAfter(`${this.#partial}/train.csv`, step);
  }

  /**
   * The state after a step whose checkpoint is kept.
   *
   * @throws {UserError} it is missing or damaged
   */
  async stateAt(step: number): Promise<Checkpoint> {
    const remedy = "start over with --fresh";
    return await readCheckpointAt(this.#partial, step, remedy);
  }

  /**
   * Adds a checkpoint; the rows up to its step are on the disk before it.
   *
   * @param keptBeside what stays beside it, once it is there
   */
  async appendCheckpoint(
    { step, arrays }: Pick<Checkpoint, "step" | "arrays">,
    keptBeside?: KeptBeside,
  ): Promise<void> {
    const lengths = {
      train: await this.#train.sync(),
      ...(this.#evaluation === null
        ? {}
        : { evaluation: await this.#evaluation.sync() }),
    };
    const checkpoint = { step, arrays, lengths };
    await writeCheckpoint(this.#partial, checkpoint, this.#origin, keptBeside);
  }

  /** Adds a file, such as a picture. */
  async writeFile(name: string, content: string | Uint8Array): Promise<void> {
    await writeAtomically(`${this.#partial}/${name}`, content);
  }

  /** Removes a file of what is done now. */
  async removeFile(name: string): Promise<void> {
    await removeIfThere(`${this.#partial}/${name}`);
  }

  /**
   * Ends the run: one that is finished or failed takes its place, one that was
   * interrupted stays partial. The record has the hashes of all outputs.
   *
   * @returns files of the run before that are gone: they were of another one
   * @throws {UserError} the disk is full; what a checkpoint covers stays
   */
  async close(
    run: EndedRun,
    patches: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<readonly string[]> {
    this.#closeFiles();
    let dropped: readonly string[] = [];
    try {
      dropped = await this.#writeRecord(run, patches);
      if (run.status !== "interrupted") {
        const keptBeside = (step: number) => run.ended?.kept ?? step;
        await removeCheckpoints(this.#partial, 1, keptBeside);
        await writing(this.#path, () => removeAbandoned(this.#partial));
        await replaceRun(this.#path);
      }
    } catch (error) {
      await leave(this.#path, this.#lock);
      throw error;
    }
    await writing(this.#path, () => this.#lock.remove());
    return dropped;
  }

  async #writeRecord(
    run: EndedRun,
    patches: Readonly<Record<string, Uint8Array>>,
  ): Promise<readonly string[]> {
    const { timing, ...record } = run;
    const { engine, backend, git, toolkit, script } = record;
    const made = { engine, backend, git, toolkit, script, timing };
    await this.writeFile(MADE_JSON, runJsonText(made));
    // A process before this one may have had others.
    for (const name of PATCHES) {
      await removeIfThere(`${this.#partial}/${name}`);
    }
    const standing: Standing = run.status === "interrupted"
      ? { text: null, later: {}, dropped: [] }
      : await keepStanding(
        this.#path,
        this.#partial,
        run,
        await hashOutputs(this.#partial),
      );
    if (standing.text !== null) {
      await this.writeFile("run.json", standing.text);
      return [];
    }
    for (const [name, patch] of Object.entries(patches)) {
      await this.writeFile(name, patch);
    }
    const all = { ...await hashOutputs(this.#partial), ...standing.later };
    const outputs = sorted(Object.entries(all));
    await this.writeFile("run.json", runJsonText({ ...record, outputs }));
    return standing.dropped;
  }

  /** Stops writing after an error: what a checkpoint covers stays. */
  async abandon(): Promise<void> {
    this.#closeFiles();
    await leave(this.#path, this.#lock);
  }

  #closeFiles(): void {
    this.#train.close();
    this.#evaluation?.close();
  }
}
