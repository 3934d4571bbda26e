import { assertEquals, assertThrows } from "@std/assert";
import { openBackend } from "../../../src/engine/backend.ts";
import {
  bytesNeeded,
  evaluationSize,
  type TrainingSize,
} from "../../../src/engine/wasm/programs.ts";
import { UserError } from "../../../src/errors.ts";
import { OPTIMIZERS } from "../../../src/model/optimizers.ts";
import { batchOf, type Training, trainingOf } from "../training.ts";
import { wasmEngineOf } from "./trainings.ts";

const PAGE = 65536;

await openBackend("cpu");

/** What the config of such a training says. */
function sizeOf(training: Training, evalSamples: number): TrainingSize {
  const { size: batchSize, samples } = training;
  return { ...training, batchSize, samples, evalSamples };
}

const spec = { dataDim: 90, latentDim: 4, hidden: [50] };
const TRAININGS: Record<string, [Training, number]> = {
  "a step is larger": [trainingOf({ spec, size: 700, samples: 9 }), 1],
  "an evaluation is larger": [trainingOf({ spec, size: 3, samples: 1 }), 60],
  "parameters without moments": [
    trainingOf({ spec, size: 200, samples: 4, optimizer: OPTIMIZERS.sgd }),
    3,
  ],
};

Deno.test("bytesNeeded() are what a step and an evaluation take", async () => {
  for (const [label, [training, evalSamples]] of Object.entries(TRAININGS)) {
    using engine = await wasmEngineOf(training);
    using _vae = engine.vae;
    engine.step(batchOf(training, 1), training.settings);
    await engine.evaluate([
      batchOf({
        ...training,
        size: evaluationSize(evalSamples),
        samples: evalSamples,
      }, 1),
    ]);
    const needed = bytesNeeded(training.spec, sizeOf(training, evalSamples));
    const pages = Math.ceil(needed / PAGE);
    assertEquals(engine.memoryBytes, pages * PAGE, label);
  }
});

Deno.test("bytesNeeded() refuses what 32-bit addresses do not reach", () => {
  for (
    const [changes, evalSamples] of [
      [{ spec: { ...spec, hidden: [40000] }, size: 4000, samples: 4 }, 1],
      [{ spec: { ...spec, hidden: [12000, 12000] } }, 1],
      [{ spec }, 9e6],
    ] as const
  ) {
    const training = trainingOf({ ...changes, optimizer: OPTIMIZERS.adam });
    assertThrows(
      () => bytesNeeded(training.spec, sizeOf(training, evalSamples)),
      UserError,
      "4 GiB",
    );
  }
});
