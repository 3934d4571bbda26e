import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../src/engine/backend.ts";
import {
  bernoulli,
  gaussian,
  optimalLogVariance,
} from "../../src/model/likelihood.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { normalLogDensity } from "./oracle.ts";

/** L, B and D of the tensors below, and their values. */
const [DRAWS, COUNT, PIXELS] = [2, 3, 4];
const OUTPUT = stream(1, "data").normals(DRAWS * COUNT * PIXELS);
const X = Float32Array.from(stream(2, "data").uniforms(COUNT * PIXELS));
const outputTensor = () => tf.tensor(OUTPUT, [DRAWS, COUNT, PIXELS]);
const xTensor = () => tf.tensor(X, [COUNT, PIXELS]);

/** sum over D of f(output, x), for each of L times B. */
function sums(
  output: ArrayLike<number>,
  f: (output: number, x: number) => number,
): number[] {
  return Array.from({ length: DRAWS * COUNT }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < PIXELS; j++) {
      sum += f(output[i * PIXELS + j]!, X[i % COUNT * PIXELS + j]!);
    }
    return sum;
  });
}

/** Different weights for the L x B values, so that none can take another's. */
const WEIGHTS = Float32Array.from([0.5, -1, 2, 1.5, 0.25, -0.75]);
const weighted = (values: readonly number[]) =>
  values.reduce((sum, value, i) => sum + WEIGHTS[i]! * value, 0);
const weightedTensor = (values: tf.Tensor) =>
  tf.sum(tf.mul(values, tf.tensor(WEIGHTS, [DRAWS, COUNT])));

/** x ln p + (1 - x) ln (1 - p) with p = sigmoid(logit), for any logit. */
const bernoulliLogProb = (logit: number, x: number) =>
  x * logit - Math.max(logit, 0) - Math.log1p(Math.exp(-Math.abs(logit)));

testOnBackends(
  "bernoulli() sums ln p(x|z) over pixels, [L, B]",
  async () => {
    const logProb = bernoulli(outputTensor()).logProb(xTensor());
    assertEquals(logProb.shape, [DRAWS, COUNT]);
    const expected = sums(
      OUTPUT,
      (logit, x) => {
        const p = 1 / (1 + Math.exp(-logit));
        return x * Math.log(p) + (1 - x) * Math.log(1 - p);
      },
    );
    (await logProb.data()).forEach((value, i) =>
      assertAlmostEquals(value, expected[i]!, 2e-6)
    );
    const mean = bernoulli(outputTensor()).mean();
    assertEquals(mean.shape, [DRAWS, COUNT, PIXELS]);
    (await mean.data()).forEach((value, i) =>
      assertAlmostEquals(value, 1 / (1 + Math.exp(-OUTPUT[i]!)), 1e-6)
    );
  },
);

testOnBackends("bernoulli() is finite at any logit", async () => {
  const logits = [-1e4, -80, -20, -10, -1e-3, 0, 1e-3, 10, 20, 80, 1e4];
  for (const x of [0, 0.25, 1]) {
    const input = tf.tensor(logits, [1, logits.length, 1]);
    const pixels = tf.fill([logits.length, 1], x);
    const logProb = await bernoulli(input).logProb(pixels).data();
    const gradient = await tf.grad((input) =>
      tf.sum(bernoulli(input).logProb(pixels))
    )(input).data();
    logits.forEach((logit, i) => {
      const expected = bernoulliLogProb(logit, x);
      assertAlmostEquals(
        logProb[i]!,
        expected,
        1e-6 * (1 + Math.abs(expected)),
        `logit ${logit}, x ${x}`,
      );
      const slope = x - 1 / (1 + Math.exp(-logit));
      assertAlmostEquals(gradient[i]!, slope, 1e-6, `logit ${logit}, x ${x}`);
    });
  }
});

Deno.test("bernoulli() is a distribution over {0, 1}^4", async () => {
  await openBackend("cpu");
  const logits = tf.tensor([-2, 0.3, 1.5, 4], [1, 1, 4]);
  const all = Array.from(
    { length: 16 },
    (_, n) => [n & 1, n >> 1 & 1, n >> 2 & 1, n >> 3 & 1],
  );
  const logProb = await bernoulli(logits).logProb(tf.tensor(all)).data();
  assertEquals(logProb.length, 16);
  let total = 0;
  for (const value of logProb) total += Math.exp(value);
  assertAlmostEquals(total, 1, 1e-6);
});

testOnBackends("gaussian() has every term of ln p(x|z), [L, B]", async () => {
  for (const logVariance of [0, -1.2, 0.7]) {
    const likelihood = gaussian(outputTensor(), tf.scalar(logVariance));
    const logProb = likelihood.logProb(xTensor());
    assertEquals(logProb.shape, [DRAWS, COUNT]);
    const expected = sums(
      OUTPUT,
      (mean, x) => normalLogDensity(x, mean, logVariance),
    );
    (await logProb.data()).forEach((value, i) =>
      assertAlmostEquals(value, expected[i]!, 1e-6 * Math.abs(expected[i]!))
    );
    assertEquals(await likelihood.mean().data(), OUTPUT);
  }
});

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

testOnBackends("bernoulli() has the gradient of ln p(x|z)", async () => {
  const x = xTensor();
  const before = tf.grad((output) =>
    weightedTensor(bernoulli(output).logProb(x))
  )(outputTensor());
  const expected = gradientOf(
    (output) => weighted(sums(output, bernoulliLogProb)),
    OUTPUT,
  );
  assertGradient(await before.data(), expected, 1e-6);
  // x may also be made, and be freed, inside the differentiated function.
  const inside = tf.grad((output) =>
    weightedTensor(bernoulli(output).logProb(xTensor()))
  )(outputTensor());
  assertGradient(await inside.data(), expected, 1e-6);
});

testOnBackends("gaussian() has the gradient of ln p(x|z)", async () => {
  const logVariance = -0.8;
  const [byMean, byLogVariance] = tf.grads((mean, logVariance) =>
    weightedTensor(gaussian(mean, logVariance).logProb(xTensor()))
  )([outputTensor(), tf.scalar(logVariance)]) as [tf.Tensor, tf.Tensor];
  const logProb = (output: ArrayLike<number>, v: number) =>
    weighted(sums(output, (mean, x) => normalLogDensity(x, mean, v)));
  assertEquals(byLogVariance.shape, []);
  assertGradient(
    await byMean.data(),
    gradientOf((mean) => logProb(mean, logVariance), OUTPUT),
    1e-6,
  );
  assertGradient(
    await byLogVariance.data(),
    gradientOf(([v]) => logProb(OUTPUT, v!), [logVariance]),
    1e-5,
  );
});

testOnBackends(
  "optimalLogVariance() is the log of the mean squared error",
  async () => {
    const log = optimalLogVariance(outputTensor(), xTensor());
    assertEquals(log.shape, []);
    const squares = sums(OUTPUT, (mean, x) => (x - mean) ** 2);
    const mse = squares.reduce((a, b) => a + b) / (DRAWS * COUNT * PIXELS);
    assertAlmostEquals((await log.data())[0]!, Math.log(mse), 1e-6);
  },
);

Deno.test("optimalLogVariance() maximises ln p(x|z)", async () => {
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
