/**
 * A run that trains nothing, for the tests of faults: what is written, and
 * when, is as in a real one.
 *
 *     deno run --allow-read --allow-write small_run.ts OUT [--fresh]
 */

import { fileURLToPath } from "node:url";
import { UserError } from "../../src/errors.ts";
import {
  checkFolder,
  isFinished,
  RunFolder,
} from "../../src/results/run_folder.ts";
import { cleanUp } from "../../src/results/run_place.ts";
import {
  type EndedRun,
  readRunJson,
  RUN_JSON_VERSION,
} from "../../src/results/run_json.ts";

import { endedRun, source } from "../results/run_json_example.ts";

const STEPS = 3;

/** What it says of itself is what a committed run says. */
const EXAMPLE = fileURLToPath(
  new URL("../../results/latent-sweep/glyphs-z2-L1-seed1", import.meta.url),
);

async function write(
  path: string,
  json: EndedRun,
  fresh: boolean,
): Promise<void> {
  const run = await RunFolder.open(path, { config: json.config }, { fresh });
  try {
    for (let step = (run.resumed?.step ?? 0) + 1; step <= STEPS; step++) {
      const terms = { elbo: -1 / step, reconstruction: 1 / step, kl: 2 / step };
      const row = { step, samples_seen: 10 * step, ...terms };
      await run.appendSteps([{ ...row, learning_rate: 1 }]);
      if (step !== 2) await run.appendEvaluation(row);
      const arrays = [{ name: "a", shape: [1], values: Float32Array.of(step) }];
      await run.appendCheckpoint({ step, arrays });
    }
    await run.writeFile("data.png", new Uint8Array(3000).fill(7));
  } catch (error) {
    await run.abandon();
    throw error;
  }
  await run.close({ ...json, version: RUN_JSON_VERSION });
}

try {
  const [out, fresh] = Deno.args;
  const path = `${out}/small/run`;
  const known = (await readRunJson(EXAMPLE))!;
  const config = { ...known.config, steps: STEPS };
  const json = { ...known, config, ...source(), timing: endedRun().timing };
  const { engine, backend: { name: backend } } = json;
  await cleanUp(path);
  await checkFolder(path, json.config);
  if (fresh || !await isFinished(path, { engine, backend })) {
    await write(path, json, fresh === "--fresh");
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  Deno.exitCode = 2;
}
