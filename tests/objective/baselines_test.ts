import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertNotEquals,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { loadDataset } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { hmcTransition } from "../../src/inference/hmc.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import { standardNormalLogProb } from "../../src/model/normal.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import { MCEM, type ObjectiveSpec } from "../../src/objective/spec.ts";
import { stream } from "../../src/random/stream.ts";
import { Batches } from "../../src/train/batches.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { train } from "../../src/train/loop.ts";
import { testOnRealData } from "../data/helpers.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "../model/derivatives.ts";
import {
  type Arrays,
  arraysOf,
  decodeRow,
  encodeRow,
  largeParameters,
  normalLogDensity,
  rowOf,
} from "../model/oracle.ts";
import { configOf } from "../train/toys.ts";
import { logWeightsOf } from "./oracle.ts";

const SPEC: VaeSpec = {
  dataDim: 4,
  latentDim: 2,
  hidden: [3],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  initialisation: "glorot",
};

const [COUNT, DRAWS] = [3, 2];
const { dataDim, latentDim } = SPEC;

const BATCH = {
  x: Float32Array.from(stream(1, "data").uniforms(COUNT * dataDim)),
  noise: stream(1, "noise").normals(DRAWS * COUNT * latentDim),
  size: COUNT,
  samples: DRAWS,
  dream: {
    prior: stream(1, "dream", 1, 0).normals(COUNT * latentDim),
    pixels: Float32Array.from(
      stream(1, "dream", 1, 1).uniforms(COUNT * dataDim),
    ),
  },
  chain: {
    transitions: 1,
    momentum: stream(1, "chain", 1, 0).normals(DRAWS * COUNT * latentDim),
    uniforms: Float32Array.from(
      stream(1, "chain", 1, 1).uniforms(DRAWS * COUNT),
    ),
  },
};

function engineOf(objective: ObjectiveSpec): ReferenceEngine {
  const vae = new Vae(SPEC, largeParameters(SPEC, 4));
  return new ReferenceEngine(vae, { objective, optimizer: OPTIMIZERS.sgd });
}

/** The mean of ln q(z|x) over rows of x and z. */
function meanLogPosterior(
  arrays: Arrays,
  x: ArrayLike<number>,
  z: ArrayLike<number>,
): number {
  const count = z.length / latentDim;
  const rows = x.length / dataDim;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const q = encodeRow(SPEC, arrays, rowOf(x, i % rows, dataDim));
    rowOf(z, i, latentDim).forEach((value, j) =>
      sum += normalLogDensity(value, q.mean[j]!, q.logVariance[j]!)
    );
  }
  return sum / count;
}

/** The mean of ln p(x|z) at draws from q(z|x), by the decoder's arrays. */
function meanReconstruction(q: Arrays, decoder: Arrays): number {
  const parameters = { path: q, density: q, decoder };
  const draws = logWeightsOf(SPEC, parameters, BATCH.x, BATCH.noise).flat();
  return draws.reduce((sum, { logLikelihood }) => sum + logLikelihood, 0) /
    draws.length;
}

testOnBackends(
  "wake-sleep's gradients are those of its two phases",
  async () => {
    using engine = engineOf({ name: "wake-sleep" });
    using vae = engine.vae;
    const { terms, gradients } = engine.gradients(BATCH, UNWEIGHTED);
    const fixed = arraysOf(await vae.values());

    const dreamtX = Array.from(
      { length: COUNT },
      (_, row) =>
        decodeRow(SPEC, fixed, rowOf(BATCH.dream.prior, row, latentDim))
          .map((p, i) => BATCH.dream.pixels[row * dataDim + i]! < p ? 1 : 0),
    )
      .flat();
    assert(new Set(dreamtX).size === 2, "a dream without contrast");

    const wake = (decoder: Arrays) => meanReconstruction(fixed, decoder);
    const sleep = (encoder: Arrays) =>
      meanLogPosterior(encoder, dreamtX, BATCH.dream.prior);
    const [reconstruction, , objective, column] = await terms.data();
    assertAlmostEquals(reconstruction!, wake(fixed), 1e-5);
    assertAlmostEquals(column!, sleep(fixed), 1e-5);
    assertAlmostEquals(objective!, wake(fixed) + sleep(fixed), 1e-5);

    for (const [name, gradient] of Object.entries(gradients)) {
      const phase = name.startsWith("decoder/") ? wake : sleep;
      assertGradient(
        await gradient.data(),
        gradientOf(
          (array) => -phase(new Map([...fixed, [name, array]])),
          fixed.get(name)!,
        ),
        2e-5,
        name,
      );
    }
    tf.dispose([terms, gradients]);
  },
);

/** Where the chains of the batch end: their own step, apart from the engine. */
async function chainEnds(vae: Vae): Promise<Float32Array> {
  const { x, noise, chain } = BATCH;
  const pixels = tf.tensor(x, [COUNT, dataDim]);
  const shape: [number, number, number] = [DRAWS, COUNT, latentDim];
  const start = vae.encode(pixels).sample(tf.tensor(noise, shape));
  const { z } = hmcTransition(
    (z) =>
      tf.add(
        vae.decode(z).logProb(pixels),
        tf.sum(standardNormalLogProb(z), -1),
      ),
    start,
    { stepSize: tf.scalar(0.1), leapfrogSteps: MCEM.leapfrogSteps },
    {
      momentum: tf.tensor(chain.momentum, shape),
      uniforms: tf.tensor(chain.uniforms, [DRAWS, COUNT]),
    },
  );
  return await z.data() as Float32Array;
}

testOnBackends(
  "mcem's gradients are those of its two networks at the chains' ends",
  async () => {
    using engine = engineOf(MCEM);
    using vae = engine.vae;
    const fixed = arraysOf(await vae.values());
    const ends = await chainEnds(vae);
    const { terms, gradients } = engine.gradients(BATCH, UNWEIGHTED);

    const decode = (decoder: Arrays) => {
      const sum = Array.from({ length: DRAWS * COUNT }, (_, i) => {
        const pixels = rowOf(BATCH.x, i % COUNT, dataDim);
        const means = decodeRow(SPEC, decoder, rowOf(ends, i, latentDim));
        return pixels.reduce(
          (sum, pixel, j) =>
            sum + pixel * Math.log(means[j]!) +
            (1 - pixel) * Math.log(1 - means[j]!),
          0,
        );
      }).reduce((a, b) => a + b);
      return sum / (DRAWS * COUNT);
    };
    const encode = (encoder: Arrays) =>
      meanLogPosterior(encoder, BATCH.x, ends);

    const [reconstruction, , objective, atEnd, logPosterior, acceptance] =
      await terms.data();
    assertAlmostEquals(reconstruction!, meanReconstruction(fixed, fixed), 1e-5);
    assertAlmostEquals(atEnd!, decode(fixed), 1e-5);
    assertAlmostEquals(logPosterior!, encode(fixed), 1e-4);
    assertAlmostEquals(objective!, atEnd! + logPosterior!, 1e-5);
    assert(acceptance! > 0 && acceptance! <= 1);
    for (const [name, gradient] of Object.entries(gradients)) {
      const part = name.startsWith("decoder/") ? decode : encode;
      assertGradient(
        await gradient.data(),
        gradientOf(
          (array) => -part(new Map([...fixed, [name, array]])),
          fixed.get(name)!,
        ),
        2e-5,
        name,
      );
    }
    tf.dispose([terms, gradients]);
  },
);

Deno.test("mcem makes its updates with one draw, and its state goes on exactly", async () => {
  await openBackend("cpu");
  const step = { learningRate: 0.1, ...UNWEIGHTED };
  using whole = engineOf({ ...MCEM, updates: 3 });
  using _whole = whole.vae;
  whole.step(BATCH, step);
  assertEquals([whole.stepsDone, whole.optimizer.step], [1, 3]);
  const state = await whole.save();
  whole.step(BATCH, step);
  const terms = (await whole.readTerms()).at(-1);

  const stepSize = state.arrays.find(({ name }) =>
    name === "objective/hmc_step_size"
  )!;
  assertNotEquals(stepSize.values[0], Math.fround(0.1));
  using resumed = engineOf({ ...MCEM, updates: 3 });
  using _resumed = resumed.vae;
  resumed.restore(state);
  assertEquals(resumed.stepsDone, 1);
  resumed.step(BATCH, step);
  assertEquals((await resumed.readTerms())[0], terms);
  assertEquals((await resumed.save()).arrays, (await whole.save()).arrays);
});

/** Test ELBO before the first step and after the last. */
async function improvement(
  objective: ObjectiveSpec,
  source: { dataDir: string },
): Promise<[number, number]> {
  await openBackend("wasm");
  const config = configOf({
    dataset: "mnist",
    binarize: "static",
    trainSize: 1000,
    testSize: 200,
    latentDim: 3,
    hidden: [50],
    outputBias: "data-mean",
    objective,
    optimizer: OPTIMIZERS.adam,
    learningRate: 0.003,
    batchSize: 50,
    steps: 60,
    evalEvery: 60,
    evalSamples: 5,
    seed: 1,
  });
  const data = await loadDataset(config, source);
  const batches = new Batches(data, config);
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config);
  const elbos: number[] = [];
  const record = async () => {
    const { reconstruction, kl } = await engine.evaluate(batches.test());
    elbos.push(
      (reconstruction - kl.reduce((sum, value) => sum + value, 0)) /
        batches.testCount,
    );
  };
  await record();
  for await (const _ of train(engine, batches, config));
  await record();
  return elbos as [number, number];
}

const MNIST_FILES = [
  "mnist/train-images-idx3-ubyte.gz",
  "mnist/t10k-images-idx3-ubyte.gz",
];

/** In 60 steps, and at least so many nats. */
const GAINS: [ObjectiveSpec, number][] = [
  [{ name: "wake-sleep" }, 7],
  [MCEM, 20],
];

for (const [objective, gain] of GAINS) {
  testOnRealData(
    `${objective.name} improves the bound on MNIST`,
    MNIST_FILES,
    async (source) => {
      const [before, after] = await improvement(objective, source);
      // The start is the data's mean: 205 nats.
      assert(before < -200 && before > -215, `${before}`);
      assertGreater(after, before + gain);
    },
  );
}
