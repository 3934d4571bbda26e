import {
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  hmcLogLikelihood,
  MOST_FITTED_DIMS,
} from "../../src/inference/hmc_log_likelihood.ts";
import { logStandardNormal } from "../../src/inference/joint_density.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertCalibrated, assertWithinErrors, read } from "./agreement.ts";
import {
  bernoulliDensity,
  linearGaussianDensity,
  twoLayerDensity,
  twoModesDensity,
} from "./densities.ts";

const SMALL = { seed: 1, chains: 8, burnIn: 10, samples: 5 };

testOnBackends("hmcLogLikelihood() is ln p(x) on every backend", async () => {
  const density = linearGaussianDensity(2, 5);
  const estimate = hmcLogLikelihood(density, {
    seed: 1,
    burnIn: 40,
    samples: 10,
  });
  await assertWithinErrors(estimate, density.exact, 0.1);
});

Deno.test("hmcLogLikelihood() is ln p(x) of the linear Gaussian model", async () => {
  await openBackend("wasm");
  for (const d of [1, 2, 4]) {
    const density = linearGaussianDensity(d, 5);
    const estimate = hmcLogLikelihood(density, { seed: 1 });
    await assertWithinErrors(estimate, density.exact, 0.05, `d ${d}`);
  }
});

Deno.test("hmcLogLikelihood() is ln p(x) of a decoder that is not linear", async () => {
  await openBackend("wasm");
  const density = bernoulliDensity(5);
  using _ = density.vae;
  const estimate = hmcLogLikelihood(density, { seed: 1, samples: 50 });
  await assertWithinErrors(estimate, density.exact, 0.1);
});

Deno.test("hmcLogLikelihood() is ln p(x) of a model with two layers", async () => {
  await openBackend("wasm");
  const density = twoLayerDensity(5);
  const estimate = hmcLogLikelihood(density, { seed: 1 });
  await assertWithinErrors(estimate, density.exact, 0.05);
});

Deno.test("hmcLogLikelihood() reports the spread of its estimates", async () => {
  await openBackend("wasm");
  const density = linearGaussianDensity(2, 200);
  await assertCalibrated(
    hmcLogLikelihood(density, { seed: 2, burnIn: 50 }),
    density.exact,
  );
});

Deno.test("hmcLogLikelihood() has the acceptance that is asked for", async () => {
  await openBackend("wasm");
  const density = linearGaussianDensity(2, 5);
  for (const [targetAcceptance, tolerance] of [[0.9, 0.03], [0.7, 0.1]]) {
    const options = { seed: 1, targetAcceptance: targetAcceptance! };
    const { acceptance } = await read(hmcLogLikelihood(density, options));
    for (const reached of acceptance) {
      assertAlmostEquals(reached, targetAcceptance!, tolerance!);
    }
  }
});

Deno.test("hmcLogLikelihood() misses the mass of a mode that no chain found", async () => {
  await openBackend("wasm");
  const density = twoModesDensity(125);
  const { logLikelihood: [found], standardError: [error] } = await read(
    hmcLogLikelihood(density, { seed: 1, start: tf.ones([32, 1, 1]) }),
  );
  assertAlmostEquals(found!, density.exact[0]! - Math.LN2, 0.1);
  assertLess(error!, 0.1);
});

Deno.test("hmcLogLikelihood() gives the same bytes for the same seed", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 3);
  const once = await read(hmcLogLikelihood(density, SMALL));
  assertEquals(await read(hmcLogLikelihood(density, SMALL)), once);
  const other = await read(hmcLogLikelihood(density, { ...SMALL, seed: 2 }));
  once.logLikelihood.forEach((value, b) =>
    assertNotEquals(value, other.logLikelihood[b])
  );
});

Deno.test("hmcLogLikelihood() gives the same bytes in chunks", async () => {
  await openBackend("cpu");
  const whole = await read(
    hmcLogLikelihood(linearGaussianDensity(2, 3), SMALL),
  );
  const rest = await read(
    hmcLogLikelihood(linearGaussianDensity(2, 2, 1), { ...SMALL, firstRow: 1 }),
  );
  assertEquals(rest.logLikelihood, whole.logLikelihood.slice(1));
  assertEquals(rest.standardError, whole.standardError.slice(1));
  assertEquals(rest.acceptance, whole.acceptance.slice(1));
});

Deno.test("hmcLogLikelihood() starts where it is told", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 2);
  const estimateFrom = async (start: tf.Tensor) =>
    await read(hmcLogLikelihood(density, { ...SMALL, start }));
  const values = stream(1, "data").normals(32);
  const start = tf.tensor(values, [8, 2, 2]);
  const moved = tf.add(start, 1);
  assertNotEquals(await estimateFrom(start), await estimateFrom(moved));
  assertEquals([...await start.data()], [...values]); // still the caller's
});

Deno.test("hmcLogLikelihood() leaves its result behind alone", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 3);
  const before = tf.memory().numTensors;
  const estimate = hmcLogLikelihood(density, SMALL);
  assertEquals(tf.memory().numTensors, before + 3);
  tf.dispose(estimate);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("hmcLogLikelihood() by default fits no more than MOST_FITTED_DIMS", async () => {
  await openBackend("cpu");
  const latentDim = MOST_FITTED_DIMS + 1;
  const density = {
    ...{ count: 1, latentDim },
    logPrior: logStandardNormal,
    logLikelihood: (z: tf.Tensor) => tf.zeros(z.shape.slice(0, -1)),
  };
  assertThrows(
    () => hmcLogLikelihood(density, { seed: 1, burnIn: 0 }),
    RangeError,
    `${latentDim} samples do not fit a Gaussian in ${latentDim} dimensions`,
  );
});

Deno.test("hmcLogLikelihood() refuses too few chains and samples", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 3);
  const refused = (message: string, options: object) =>
    assertThrows(
      () => hmcLogLikelihood(density, { ...SMALL, ...options }),
      RangeError,
      message,
    );
  refused("chains is not an integer of at least 4: 2", { chains: 2 });
  refused("chains is odd: 5", { chains: 5 });
  refused("burnIn is not an integer of at least 0: -1", { burnIn: -1 });
  refused("samples is not an integer of at least 1: 0", { samples: 0 });
  refused("start is [8,3] instead of [8,3,2]", { start: tf.zeros([8, 3]) });
  refused("2 samples do not fit a Gaussian in 2 dimensions", {
    chains: 4,
    samples: 1,
  });
});
