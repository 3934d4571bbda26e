/** Small trees of results, made as commands make them. */

import { RunFolder } from "../../src/results/run_folder.ts";
import { endedRun } from "../results/run_json_example.ts";

/** A run with a picture and a checkpoint, whose train.csv has one row. */
export async function writeRun(path: string): Promise<void> {
  const run = await RunFolder.open(path, {}, { fresh: false });
  const terms = { elbo: -3, reconstruction: -2, kl: 1 };
  const row = { step: 1, samples_seen: 10, ...terms };
  await run.appendSteps([{ ...row, learning_rate: 0.001 }]);
  await run.appendEvaluation({ ...row, kl_1: 1 });
  const arrays = [{ name: "a", shape: [1], values: Float32Array.of(1) }];
  await run.appendCheckpoint({ step: 1, arrays });
  await run.writeFile("data.png", Uint8Array.from({ length: 99 }, (_, i) => i));
  await run.close(endedRun());
}

/** The name of a run of more than 1e6 samples, whose rows git does not keep. */
export const LONG = "mnist-z2-L1-n1e7-seed1";

/** Two experiments with three runs, a summary and a figure. */
export async function writeTree(root: string): Promise<void> {
  await writeRun(`${root}/one/glyphs-z2-L1-seed1`);
  await writeRun(`${root}/one/glyphs-z5-L1-seed1`);
  await writeRun(`${root}/two/${LONG}`);
  await Deno.writeTextFile(`${root}/one/summary.csv`, "run\nglyphs\n");
  await Deno.writeTextFile(`${root}/one/glyphs-terms.svg`, "<svg/>\n");
  await Deno.writeTextFile(`${root}/README.md`, "no output\n");
}

/** Changes one bit of a file. */
export async function flip(path: string, at?: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at ?? Math.floor(bytes.length / 2)]! ^= 1;
  await Deno.writeFile(path, bytes);
}
