import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import {
  likelihoodOf,
  optimalShared,
} from "../../../src/model/likelihood/on_tfjs.ts";
import type { LikelihoodSpec } from "../../../src/model/spec.ts";
import { testOnBackends } from "../../engine/backends.ts";
import { normalLogDensity } from "../pixels.ts";
import { OUTPUT, outputTensor, sums, xTensor } from "./toys.ts";

const SPEC: LikelihoodSpec = {
  family: "gaussian",
  variance: "learned",
  mean: "linear",
};

const gaussian = (mean: tf.Tensor, logVariance: tf.Tensor) =>
  likelihoodOf(SPEC, [mean], logVariance);

const gaussianPerPixel = (mean: tf.Tensor, logVariances: tf.Tensor) =>
  likelihoodOf({ ...SPEC, variance: "per-pixel" }, [mean, logVariances]);

const optimalLogVariance = (mean: tf.Tensor, x: tf.Tensor) =>
  optimalShared({ ...SPEC, variance: "optimal" }, mean, x);

Deno.test("gaussian() integrates to one over x", async () => {
  await openBackend("cpu");
  for (const logVariance of [-2, 0, 1.5]) {
    // The rectangle rule over 10 deviations each way, 40 points in each.
    const width = Math.exp(logVariance / 2) / 40;
    const x = Float32Array.from(
      { length: 801 },
      (_, i) => 0.3 + (i - 400) * width,
    );
    const logProb = await gaussian(
      tf.tensor([0.3], [1, 1, 1]),
      tf.scalar(logVariance),
    ).logProb(tf.tensor(x, [801, 1])).data();
    let total = 0;
    for (const value of logProb) total += Math.exp(value) * width;
    assertAlmostEquals(total, 1, 1e-5);
  }
});

testOnBackends("gaussianPerPixel() is finite at any log variance", async () => {
  const logVariances = [-80, -20, -1, 0, 1, 20, 80];
  for (const x of [0.5, 0.75]) {
    const input = tf.tensor(logVariances, [1, logVariances.length, 1]);
    const half = tf.fill(input.shape, 0.5);
    const pixels = tf.fill([logVariances.length, 1], x);
    const logProb = await gaussianPerPixel(half, input).logProb(pixels).data();
    const gradient = await tf.grad((input) =>
      tf.sum(gaussianPerPixel(half, input).logProb(pixels))
    )(input).data();
    logVariances.forEach((logVariance, i) => {
      const expected = normalLogDensity(x, 0.5, logVariance);
      // The exponential of 40 keeps five digits of its argument's seven.
      assertAlmostEquals(
        logProb[i]!,
        expected,
        1e-5 * (1 + Math.abs(expected)),
        `${logVariance}`,
      );
      const slope = 0.5 * ((x - 0.5) ** 2 / Math.exp(logVariance) - 1);
      assertAlmostEquals(
        gradient[i]!,
        slope,
        1e-5 * (1 + Math.abs(slope)),
        `${logVariance}`,
      );
    });
  }
});

testOnBackends(
  "optimalShared() of a Gaussian is the log of the mean squared error",
  async () => {
    const log = optimalLogVariance(outputTensor(), xTensor());
    assertEquals(log.shape, []);
    const squares = sums((x, mean) => (x - mean) ** 2, OUTPUT, []);
    const mse = squares.reduce((a, b) => a + b) / OUTPUT.length;
    assertAlmostEquals((await log.data())[0]!, Math.log(mse), 1e-6);
  },
);

Deno.test("optimalShared() maximises ln p(x|z)", async () => {
  await openBackend("cpu");
  const [best] = await optimalLogVariance(outputTensor(), xTensor()).data();
  const total = (logVariance: tf.Tensor) =>
    tf.sum(gaussian(outputTensor(), logVariance).logProb(xTensor()));
  const at = async (v: number) => (await total(tf.scalar(v)).data())[0]!;
  const top = await at(best!);
  for (const step of [-0.3, -0.05, 0.05, 0.3]) {
    // The curvature is half the number of pixels: 12 step^2 / 2 and more.
    assertLess(await at(best! + step), top - 4 * step ** 2);
  }
  const slope = async (v: number) =>
    (await tf.grad(total)(tf.scalar(v)).data())[0]!;
  assertAlmostEquals(await slope(best!), 0, 1e-4);
  assertGreater(await slope(best! - 0.1), 1);
  assertLess(await slope(best! + 0.1), -1);
});
