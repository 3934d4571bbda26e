/** Checkpoints of a run: `checkpoint-STEP.safetensors` in its folder. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import {
  entriesOf,
  OpenFile,
  readBytes,
  removeIfThere,
  unless,
} from "../files.ts";
import { leftByGit } from "./left_by_git.ts";
import { writeAtomically } from "./files.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedArray,
  type Safetensors,
  SafetensorsError,
  safetensorsHeader,
} from "./safetensors.ts";

/** Everything that the steps after `step` depend on. */
export interface Checkpoint {
  /** optimiser updates done */
  readonly step: number;
  /** parameters and the optimiser's arrays */
  readonly arrays: readonly NamedArray[];
  /** bytes of each CSV file up to the step */
  readonly lengths: Readonly<Record<string, number>>;
}

/**
 * What a run must share with a checkpoint to continue from it: JSON by
 * name, such as the config, the backend and the hash of the source.
 */
export type Origin = Readonly<Record<string, unknown>>;

const ORIGIN = z.record(z.string(), z.json());

/** How many are kept: the newest, and the one before while it is written. */
const KEPT = 2;

/** The most bytes of one: what an array of bytes can hold. */
const MOST_BYTES = 2 ** 33;

const FILE = /^checkpoint-(\d+)\.safetensors$/;

/** Whether a file is called as a checkpoint is. */
export function isCheckpoint(name: string): boolean {
  return FILE.test(name);
}

/** The steps of the checkpoints in a folder, rising; none without a folder. */
export async function checkpointSteps(folder: string): Promise<number[]> {
  const entries = await unless(["ENOENT"], entriesOf(folder)) ?? [];
  const steps = entries.flatMap(({ name }) => {
    const [, step] = FILE.exec(name) ?? [];
    return step === undefined ? [] : [Number(step)];
  });
  return steps.sort((a, b) => a - b);
}

function pathOf(folder: string, step: number): string {
  return `${folder}/checkpoint-${step}.safetensors`;
}

/** The step that is kept beside a newest checkpoint, which may be its own. */
export type KeptBeside = (step: number) => number;

const NOTHING: KeptBeside = (step) => step;

/**
 * Puts a checkpoint in place whole, then removes those before the last two but
 * for what is kept beside them.
 *
 * @param origin a reader must have the same
 * @throws {UserError} the disk is full or read-only
 */
export async function writeCheckpoint(
  folder: string,
  { step, arrays, lengths }: Checkpoint,
  origin: Origin,
  keptBeside = NOTHING,
): Promise<void> {
  const metadata = {
    step: String(step),
    lengths: JSON.stringify(lengths),
    origin: JSON.stringify(origin),
  };
  await writeAtomically(
    pathOf(folder, step),
    await encodeSafetensors({ arrays, metadata }),
  );
  await removeCheckpoints(folder, KEPT, keptBeside);
}

/** Removes all checkpoints but the newest `kept`, and what is kept beside. */
export async function removeCheckpoints(
  folder: string,
  kept: number,
  keptBeside = NOTHING,
): Promise<void> {
  const steps = await checkpointSteps(folder);
  const newest = steps.slice(Math.max(0, steps.length - kept));
  const stay = new Set([...newest, ...newest.map(keptBeside)]);
  for (const step of steps) {
    if (!stay.has(step)) await removeIfThere(pathOf(folder, step));
  }
}

/**
 * The newest checkpoint of a folder, or null where there is none.
 *
 * @throws {UserError} it is damaged, or its origin is another
 */
export async function readCheckpoint(
  folder: string,
  origin: Origin,
): Promise<Checkpoint | null> {
  const newest = await decodeNewest(folder);
  if (newest === null) return null;
  checkOrigin(newest.path, originOf(newest), origin);
  return checkpointOf(newest.step, newest);
}

/**
 * The checkpoint of a step.
 *
 * @param remedy for a damaged one, or none
 * @throws {UserError} there is none, or it is damaged
 */
export async function readCheckpointAt(
  folder: string,
  step: number,
  remedy: string,
): Promise<Checkpoint> {
  const path = pathOf(folder, step);
  if (!(await checkpointSteps(folder)).includes(step)) {
    throw new UserError(`${path} is missing; ${remedy}`);
  }
  return checkpointOf(step, await decode(path, remedy));
}

function checkpointOf(
  step: number,
  { arrays, metadata }: Safetensors,
): Checkpoint {
  return { step, arrays, lengths: JSON.parse(metadata["lengths"]!) };
}

/**
 * What a run must have in common with the newest checkpoint of a folder; null
 * where there is none.
 *
 * @throws {UserError} it is damaged
 */
export async function readOrigin(folder: string): Promise<Origin | null> {
  const newest = await decodeNewest(folder);
  return newest === null ? null : originOf(newest);
}

/** The most bytes of a header that is glanced at. */
const MOST_OF_HEADER = 2 ** 20;

/**
 * {@linkcode readOrigin} from the header alone, which no hash has checked, for
 * those who look on while the run is written; null also where it is gone, or
 * damaged.
 */
export async function glanceAtOrigin(folder: string): Promise<Origin | null> {
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) return null;
  const opened = OpenFile.toRead(pathOf(folder, step));
  using file = await unless(["ENOENT"], opened);
  if (file === null) return null;
  const start = await file.readAt(0, MOST_OF_HEADER);
  try {
    const header = HEADER.parse(safetensorsHeader(start).header);
    return ORIGIN.parse(JSON.parse(header.__metadata__.origin));
  } catch {
    return null;
  }
}

/** What of a header is glanced at. */
const HEADER = z.object({ __metadata__: z.object({ origin: z.string() }) });

function originOf({ metadata }: Safetensors): Origin {
  return ORIGIN.parse(JSON.parse(metadata["origin"]!));
}

async function decodeNewest(
  folder: string,
): Promise<Safetensors & { path: string; step: number } | null> {
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) return null;
  const path = pathOf(folder, step);
  const remedy =
    "remove it to continue from the checkpoint before, or start over " +
    "with --fresh";
  return { path, step, ...await decode(path, remedy) };
}

/**
 * The arrays of the state that is a run's model; null where the folder has no
 * checkpoint of it.
 *
 * @param step the one that is kept, see `endOf`
 * @throws {UserError} it is damaged
 */
export async function readFinalArrays(
  folder: string,
  step: number,
): Promise<readonly NamedArray[] | null> {
  if (!(await checkpointSteps(folder)).includes(step)) return null;
  const remedy = "make the run again with --fresh";
  return (await decode(pathOf(folder, step), remedy)).arrays;
}

async function decode(path: string, remedy: string): Promise<Safetensors> {
  const bytes = await readBytes(path, { most: MOST_BYTES });
  try {
    return await decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    const start = new TextDecoder().decode(bytes.subarray(0, 100));
    throw new UserError(
      `${path}: ${leftByGit(start) ?? error.message}; ${remedy}`,
    );
  }
}

/** The first part of an origin that another has otherwise; null: none. */
export function otherKey(there: Origin, here: Origin): string | null {
  return Object.keys(here).find((key) =>
    JSON.stringify(there[key]) !== JSON.stringify(here[key])
  ) ?? null;
}

/**
 * One run has one origin: its steps are not made by two. A checkpoint may name
 * more than the run depends on, as those of earlier versions do.
 */
function checkOrigin(path: string, there: Origin, here: Origin): void {
  const key = otherKey(there, here);
  if (key !== null) {
    const [was, is] = [there[key], here[key]].map((value) =>
      JSON.stringify(value)
    );
    const values = `${was}, now ${is}`;
    throw new UserError(
      `${path} was made with another ${key}` +
        `${
          values.length > 200 ? "" : ` (${values})`
        }; continue with that one, ` +
        "start over with --fresh, or use another --out DIR",
    );
  }
}
