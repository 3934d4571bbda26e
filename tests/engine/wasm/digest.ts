/**
 * A program: trains small VAEs for 200 steps each on the wasm engine and
 * prints the SHA-256 of every term, evaluation and final array. Its argument
 * is the number of threads.
 */

import { openBackend } from "../../../src/engine/backend.ts";
import { batchOf, trainingOf } from "../training.ts";
import { ALL_TRAININGS, allThreadsOf, wasmEngineOf } from "./trainings.ts";

const STEPS = 200;

/** The SHA-256, in hex. */
export async function trainingDigest(threads: number): Promise<string> {
  await openBackend("cpu");
  const trainings = [
    trainingOf({
      spec: { dataDim: 50, latentDim: 5, hidden: [33, 17] },
      samples: 2,
      size: 21,
    }),
    ...Object.values(ALL_TRAININGS),
  ];
  const parts: BlobPart[] = [];
  for (const training of trainings) {
    using engine = await wasmEngineOf(training, threads);
    using _vae = engine.vae;
    await allThreadsOf(engine, threads);
    for (let step = 1; step <= STEPS; step++) {
      engine.step(batchOf(training, step), training.settings);
    }
    const terms = (await engine.readTerms()).flatMap((
      { reconstruction, kl, objective, more },
    ) => [reconstruction, kl, objective, ...Object.values(more)]);
    const { reconstruction, kl, more } = await engine.evaluate([
      batchOf(training, STEPS + 1),
    ]);
    const sums = [reconstruction, ...kl, ...Object.values(more)];
    const { arrays } = await engine.save();
    parts.push(
      Float32Array.from(terms),
      Float64Array.from(sums),
      ...arrays.map(({ values }) => Float32Array.from(values)),
    );
  }
  const bytes = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

if (import.meta.main) {
  console.log(await trainingDigest(Number(Deno.args[0] ?? 1)));
}
