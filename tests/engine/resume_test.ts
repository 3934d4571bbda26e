import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeSafetensors,
  encodeSafetensors,
} from "../../src/results/safetensors.ts";
import { testOnBackends } from "./backends.ts";
import {
  batchOf,
  engineOf,
  trained,
  type Training,
  trainingOf,
  TRAININGS,
} from "./training.ts";
import type { Backend } from "../../src/engine/backend.ts";

/** Trains half the steps, and the rest in a new engine from a file's bytes. */
async function trainedInTwo(training: Training, backend: Backend) {
  const { steps, settings } = training;
  const terms = [];
  let bytes: Uint8Array;
  {
    using engine = engineOf(training, backend);
    using _ = engine.vae;
    for (let step = 1; step <= steps / 2; step++) {
      engine.step(batchOf(training, step), settings);
    }
    terms.push(...await engine.readTerms());
    const { arrays } = await engine.save();
    bytes = await encodeSafetensors({ arrays, metadata: {} });
  }
  using engine = engineOf(training, backend);
  using vae = engine.vae;
  const { arrays } = await decodeSafetensors(bytes);
  engine.restore({ step: steps / 2, arrays });
  for (let step = engine.stepsDone + 1; step <= steps; step++) {
    engine.step(batchOf(training, step), settings);
  }
  terms.push(...await engine.readTerms());
  return { terms, parameters: await vae.values() };
}

testOnBackends(
  "ReferenceEngine.restore() goes on to the bit",
  async (backend) => {
    const trainings = {
      ...TRAININGS,
      "seven draws": trainingOf({ samples: 7 }),
    };
    for (const [name, all] of Object.entries(trainings)) {
      const training = { ...all, steps: 6 };
      const [whole, inTwo] = [
        await trained(training, backend),
        await trainedInTwo(training, backend),
      ];
      assertEquals(inTwo, whole, name);
    }
  },
);

testOnBackends(
  "ReferenceEngine.restore() refuses the state of another model",
  async (backend) => {
    using engine = engineOf(trainingOf(), backend);
    using _vae = engine.vae;
    for (
      const other of [
        trainingOf({ spec: { latentDim: 4 } }),
        trainingOf({ spec: { hidden: [8, 8] } }),
        trainingOf({ optimizer: { name: "sgd" } }),
      ]
    ) {
      using stranger = engineOf(other, backend);
      using _ = stranger.vae;
      const state = await stranger.save();
      assertThrows(() => engine.restore(state), RangeError, "instead of");
    }
  },
);
