import { assertEquals, assertGreater } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { testOnBackends } from "./backends.ts";
import { batchOf, engineOf, TRAININGS } from "./training.ts";

/** What tfjs holds; on WebGPU also the bytes of buffers, pool included. */
function held(): Record<string, unknown> {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { numBytesInGPU, numBytesAllocatedInGPU } = tf
    .memory() as unknown as Record<string, number | undefined>;
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    numBytesInGPU,
    numBytesAllocatedInGPU,
  };
}

/** Trainings that have all kinds of programs, which take long to compile. */
const ON_WEBGPU = [
  "bernoulli, isotropic, sampled KL, relu, Adagrad",
  "gaussian of optimal variance, isotropic, Adagrad",
  "full covariance, SGD",
  "conditional, a convolution, two layers, SGD",
];

testOnBackends(
  "ReferenceEngine holds no more after ten steps than after four",
  async (backend) => {
    for (const [name, training] of Object.entries(TRAININGS)) {
      // What steps leave of their own is seen on any backend.
      if (backend.name === "webgpu" && !ON_WEBGPU.includes(name)) continue;
      const before = tf.memory().numTensors;
      const engine = engineOf(training, backend);
      const parameters = engine.vae.parameters.size;
      /** Two steps and a read; the evaluation has a smaller last batch. */
      const round = async (first: number) => {
        for (let step = first; step < first + 2; step++) {
          engine.step(batchOf(training, step), training.settings);
        }
        await engine.readTerms();
        await engine.evaluate([
          batchOf(training, 1),
          batchOf({ ...training, size: 4 }, 2),
        ]);
      };
      await round(1);
      await round(3);
      const warm = held();
      assertGreater(tf.memory().numTensors, before + parameters - 1);
      for (let first = 5; first <= 9; first += 2) {
        await round(first);
        assertEquals(held(), warm, `${name}, step ${first}`);
      }
      // Unread terms: one tensor a step, freed with the engine.
      engine.step(batchOf(training, 40), training.settings);
      assertEquals(tf.memory().numTensors, Number(warm["numTensors"]) + 1);
      engine[Symbol.dispose]();
      assertEquals(tf.memory().numTensors, before + parameters, name);
      engine.vae.dispose();
      assertEquals(tf.memory().numTensors, before, name);
    }
  },
);
