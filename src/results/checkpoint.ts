/** Checkpoints of a run: `checkpoint-STEP.safetensors` in its folder. */

import { UserError } from "../errors.ts";
import { writeAtomically } from "./files.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedArray,
  SafetensorsError,
} from "./safetensors.ts";

/** Everything that the steps after `step` depend on. */
export interface Checkpoint {
  /** optimiser updates done */
  readonly step: number;
  /** parameters and the optimiser's arrays */
  readonly arrays: readonly NamedArray[];
}

/** How many are kept: the newest, and the one before while it is written. */
const KEPT = 2;

const FILE = /^checkpoint-(\d+)\.safetensors$/;

/** The steps of the checkpoints in a folder, rising; none without a folder. */
export async function checkpointSteps(folder: string): Promise<number[]> {
  const steps: number[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const [, step] = FILE.exec(name) ?? [];
      if (step !== undefined) steps.push(Number(step));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return steps.sort((a, b) => a - b);
}

function pathOf(folder: string, step: number): string {
  return `${folder}/checkpoint-${step}.safetensors`;
}

/**
 * Puts a checkpoint in place whole, then removes those before the last two.
 *
 * @param config what the run's numbers depend on; a reader compares it
 * @throws {UserError} the disk is full or read-only
 */
export async function writeCheckpoint(
  folder: string,
  { step, arrays }: Checkpoint,
  config: unknown,
): Promise<void> {
  const metadata = { step: String(step), config: JSON.stringify(config) };
  await writeAtomically(
    pathOf(folder, step),
    await encodeSafetensors({ arrays, metadata }),
  );
  await removeCheckpoints(folder, KEPT);
}

/** Removes all checkpoints but the newest. */
export async function removeCheckpoints(
  folder: string,
  kept: number,
): Promise<void> {
  const steps = await checkpointSteps(folder);
  for (const step of steps.slice(0, Math.max(0, steps.length - kept))) {
    await Deno.remove(pathOf(folder, step));
  }
}

/**
 * The newest checkpoint of a folder, or null where there is none.
 *
 * @throws {UserError} it is damaged, or of a run with another config
 */
export async function readCheckpoint(
  folder: string,
  config: unknown,
): Promise<Checkpoint | null> {
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) return null;
  const path = pathOf(folder, step);
  try {
    const { arrays, metadata } = await decodeSafetensors(
      await Deno.readFile(path),
    );
    if (metadata["config"] !== JSON.stringify(config)) {
      throw new UserError(
        `${path} belongs to a run with another config; start over with ` +
          "--fresh or use another --out DIR",
      );
    }
    return { step, arrays };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new UserError(
      `${path}: ${error.message}; remove it to go on from the checkpoint ` +
        "before, or start over with --fresh",
    );
  }
}
