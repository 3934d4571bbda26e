/** Small runs in folders, for tests. */

import { RunFolder } from "../../src/results/run_folder.ts";
import {
  type EndedRun,
  readMade,
  readRunJson,
  type RunJson,
} from "../../src/results/run_json.ts";
import { endedRun } from "./run_json_example.ts";

export const STEP = {
  step: 1,
  samples_seen: 10,
  elbo: -3,
  reconstruction: -2,
  kl: 1,
  learning_rate: 0.001,
};

export const CONFIG = { steps: 2 };

/** What makes the runs of `runJson`. */
export const BY = {
  engine: { name: "reference", bits: "backend" },
  backend: "wasm",
} as const;

export const open = (path: string, fresh = false) =>
  RunFolder.open(path, CONFIG, { fresh });

export const arrays = [{ name: "a", shape: [], values: Float32Array.of(1) }];

/** Writes a run of one step, and ends it. */
export async function write(
  path: string,
  status: RunJson["status"],
  seconds = 1,
): Promise<void> {
  const run = await open(path);
  await run.appendSteps([STEP]);
  await run.close(
    endedRun({ status, timing: { ...endedRun().timing, seconds } }),
  );
}

export async function secondsOf(path: string): Promise<number | undefined> {
  const run = await readRunJson(path);
  return run === null ? undefined : (await readMade(path, run)).timing?.seconds;
}

/** Writes a run, with these bytes of data.png, over the one that is there. */
export async function repeat(
  path: string,
  picture: string,
  changes: Partial<EndedRun> = {},
): Promise<void> {
  const run = await open(path, true);
  await run.appendSteps([STEP]);
  await run.appendCheckpoint({ step: 1, arrays });
  await run.writeFile("data.png", picture);
  const patches = changes.git?.dirty
    ? { "source.patch": Uint8Array.of(1) }
    : {};
  await run.close(endedRun(changes), patches);
}

/** What a later commit has. */
export const LATER = {
  git: { commit: "9".repeat(40), dirty: false, patchSha256: null },
  toolkit: { version: "0.1.0", sha256: "8".repeat(64) },
  command: "another",
  timing: { ...endedRun().timing, seconds: 99 },
} as const;
