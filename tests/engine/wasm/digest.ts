/**
 * A program: trains small VAEs for 200 steps each on the wasm engine and
 * prints, for each by name, the SHA-256 of every term, evaluation and final
 * array; and that of an evaluation's numbers. Its arguments are the number of
 * threads, and `wide` or `narrow` for the tiles of products, by default those
 * that are faster.
 */

import { evaluateVae } from "../../../src/evaluate/evaluate_vae.ts";
import { examplesOf } from "../../evaluate/models.ts";
import { batchOf, type Training, trainingOf, vaeOf } from "../training.ts";
import { WasmEngine } from "../../../src/engine/wasm/wasm_engine.ts";
import type { Kernels } from "../../../src/engine/wasm/module.ts";
import { ALL_TRAININGS, allThreadsOf, wasmEngineOf } from "./trainings.ts";

const STEPS = 200;

/** The SHA-256 of one training, in hex. */
async function digestOf(
  training: Training,
  threads: number,
  kernels: Kernels,
): Promise<string> {
  const engine = await wasmEngineOf(training, threads, undefined, kernels);
  return await whileOpen(engine, async () => {
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
    return await sha256(
      new Blob([
        Float32Array.from(terms),
        Float64Array.from(sums),
        ...arrays.map(({ values }) => Float32Array.from(values)),
      ]),
    );
  });
}

/** Ends an engine and its model after use; Node.js 20 has no `using`. */
async function whileOpen<T>(
  engine: WasmEngine,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } finally {
    engine.vae[Symbol.dispose]();
    engine[Symbol.dispose]();
  }
}

/** Node.js 20 has no `toHex`. */
async function sha256(blob: Blob): Promise<string> {
  const bytes = await blob.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** The SHA-256 of an evaluation's every number, in hex. */
async function evaluationDigest(
  threads: number,
  kernels: Kernels,
): Promise<string> {
  const training = trainingOf({ spec: { latentDim: 5 } });
  const vae = vaeOf(training.spec);
  const engine = await WasmEngine.create(vae, training, threads, kernels);
  return await whileOpen(engine, async () => {
    await allThreadsOf(engine, threads);
    const { quantities, units } = await evaluateVae(vae, examplesOf(60, 12), {
      ...{ k: 100, rows: null, samples: 10, seed: 1, engine },
      estimators: ["importance", "adapted"],
    });
    return await sha256(new Blob([JSON.stringify([[...quantities], units])]));
  });
}

/**
 * The SHA-256 of every training, or of every n-th, and of an evaluation, in
 * hex, by name.
 */
export async function trainingDigests(
  threads: number,
  kernels: Kernels = {},
  every = 1,
): Promise<Record<string, string>> {
  const trainings = {
    "two hidden layers of odd sizes": trainingOf({
      spec: { dataDim: 50, latentDim: 5, hidden: [33, 17] },
      samples: 2,
      size: 21,
    }),
    ...ALL_TRAININGS,
  };
  const digests: Record<string, string> = {};
  for (const [i, [name, training]] of Object.entries(trainings).entries()) {
    if (i % every !== 0) continue;
    digests[name] = await digestOf(training, threads, kernels);
  }
  digests["an evaluation"] = await evaluationDigest(threads, kernels);
  return digests;
}

if (import.meta.main) {
  const [threads = "1", tiles] = Deno.args;
  const digests = await trainingDigests(
    Number(threads),
    tiles === undefined ? {} : { wide: tiles === "wide" },
  );
  console.log(JSON.stringify(digests, null, 2));
}
