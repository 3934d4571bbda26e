/**
 * One seed, one result, to the last bit.
 *
 * A weight's gradient is a product of inner size K = B L. From K = 2000, with
 * more than 128 elements and few tiles, tfjs takes a program that splits K and
 * adds floats atomically, in any order (MatMulSplitKProgram): B = 100 and
 * L = 25 are there.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import { testOnBackends, testOnWebGpu } from "./backends.ts";
import {
  DECODERS,
  trained,
  type Training,
  trainingOf,
  TRAININGS,
} from "./training.ts";

/** The decoder's first weight, [10, 20], has 200 elements: K = 2500. */
const SPLIT_K = trainingOf({
  spec: { latentDim: 10, hidden: [20] },
  size: 100,
  samples: 25,
  steps: 8,
});

/** Beside TRAININGS, of which resume_test.ts compares two trainings, too. */
const OTHERS = {
  ...DECODERS,
  "full covariance, stl": trainingOf({
    spec: { posterior: "full", hidden: [] },
    objective: { name: "elbo-sampled", gradient: "stl" },
    optimizer: OPTIMIZERS.sgd,
    steps: 5,
  }),
  "two layers of full covariances, dreg": trainingOf({
    spec: { posterior: "full", upper: { latentDim: 2, hidden: [6] } },
    objective: { name: "iwae", k: 3, gradient: "dreg" },
    samples: 2,
    optimizer: OPTIMIZERS.sgd,
    steps: 5,
  }),
};

testOnBackends(
  "ReferenceEngine trains twice to the same bytes",
  async (backend) => {
    for (const [name, training] of Object.entries(OTHERS)) {
      const first = await trained(training, backend);
      assertEquals(first.terms.length, training.steps);
      assertEquals(await trained(training, backend), first, name);
    }
  },
);

testOnBackends(
  "ReferenceEngine trains twice to the same bytes at K = 2500",
  async (backend) => {
    const first = await trained(SPLIT_K, backend);
    assertEquals(first.terms.length, SPLIT_K.steps);
    assertEquals(await trained(SPLIT_K, backend), first);
  },
);

/** What tfjs's WebGPU backend is asked to run. */
interface Program {
  readonly constructor: { readonly name: string };
  /** the program adds floats atomically */
  readonly atomic?: boolean;
}

/** A backend whose `runWebGPUProgram` can be listened to. */
interface Runner {
  runWebGPUProgram(program: Program, ...others: unknown[]): unknown;
}

/** All programs of one training step. */
async function programsOf(
  training: Training,
  check: () => void,
): Promise<Program[]> {
  const runner = tf.backend() as unknown as Runner;
  const original = runner.runWebGPUProgram;
  const programs: Program[] = [];
  runner.runWebGPUProgram = function (program, ...others) {
    programs.push(program);
    return original.call(this, program, ...others);
  };
  try {
    await trained({ ...training, steps: 1 }, { check });
  } finally {
    runner.runWebGPUProgram = original;
  }
  return programs;
}

const atomicOnes = (programs: readonly Program[]) =>
  programs.filter(({ atomic }) => atomic)
    .map(({ constructor: { name } }) => name);

testOnWebGpu(
  "openBackend() lets no program add floats atomically",
  async ({ check }) => {
    for (
      const training of [
        SPLIT_K,
        ...Object.values({ ...TRAININGS, ...OTHERS }),
      ]
    ) {
      const programs = await programsOf(training, check);
      assertGreater(programs.length, 50);
      assertEquals(atomicOnes(programs), []);
    }
  },
);

testOnWebGpu(
  "openBackend() keeps tfjs from the split-K program",
  async ({ check }) => {
    // tfjs's own choice, without which the test above would show nothing.
    const flag = "WEBGPU_MATMUL_PROGRAM_TYPE";
    const ours = tf.env().get(flag);
    tf.env().set(flag, -1);
    try {
      const atomic = atomicOnes(await programsOf(SPLIT_K, check));
      assert(atomic.includes("MatMulSplitKProgram"), `${atomic}`);
    } finally {
      tf.env().set(flag, ours ?? -1);
    }
  },
);
