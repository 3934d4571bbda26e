/** A longer run, begun with the steps of a finished one. */

import {
  type Checkpoint,
  type Origin,
  readCheckpoint,
  readCheckpointAt,
  writeCheckpoint,
} from "./checkpoint.ts";
import { makeNewFolder, OpenFile, readBytes } from "../files.ts";

const LF = 0x0a;

/** A finished run that has the first steps of another. */
export interface ShorterRun {
  /** its folder */
  readonly folder: string;
  /** what its checkpoint must be of */
  readonly origin: Origin;
  /** whether the longer run, too, evaluates after the last of these steps */
  readonly isEvaluated: boolean;
  /** the step whose state the longer run keeps beside the last; null: none */
  readonly kept: number | null;
}

/**
 * Makes the partial folder of a run as if it had been stopped where the shorter
 * one ended: its rows, and its state as a checkpoint of the longer one.
 *
 * @param origin of the longer run
 * @returns the checkpoint; null: the shorter run has none
 * @throws {UserError} its checkpoint is damaged or of another origin, or rows
 *   are missing
 */
export async function beginWith(
  { folder, origin: of, isEvaluated, kept: keptStep }: ShorterRun,
  partial: string,
  origin: Origin,
): Promise<Checkpoint | null> {
  const checkpoint = await readCheckpoint(folder, of);
  if (checkpoint === null) return null;
  const { train = 0, evaluation = 0 } = checkpoint.lengths;
  const steps = (await readBytes(`${folder}/train.csv`)).subarray(0, train);
  const evaluations = (await readBytes(`${folder}/eval.csv`))
    .subarray(0, evaluation);
  const kept = isEvaluated
    ? evaluations
    // The last step of a run is always evaluated, here without its turn.
    : evaluations.subarray(0, evaluations.lastIndexOf(LF, -2) + 1);
  await makeNewFolder(partial);
  await write(`${partial}/train.csv`, steps);
  await write(`${partial}/eval.csv`, kept);
  const lengths = { train: steps.length, evaluation: kept.length };
  if (keptStep !== null && keptStep < checkpoint.step) {
    const remedy = "start over with --fresh";
    const best = await readCheckpointAt(folder, keptStep, remedy);
    await writeCheckpoint(partial, best, origin);
  }
  const begun = { ...checkpoint, lengths };
  await writeCheckpoint(partial, begun, origin);
  return begun;
}

/** Writes a file that survives a power cut. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  const file = await OpenFile.toWrite(path, { create: true, truncate: true });
  try {
    await file.write(bytes);
    await file.sync();
  } finally {
    file.close();
  }
}
