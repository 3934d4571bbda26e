import { assert, assertAlmostEquals, assertRejects } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { referenceDraws } from "../../src/engine/draw_engine.ts";
import { meanOverRows } from "../../src/evaluate/estimates.ts";
import {
  inferenceGaps,
  jointGradient,
} from "../../src/evaluate/inference_gaps.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import { exactLogLikelihood } from "../../src/model/linear_gaussian.ts";
import { exactPosterior } from "../../src/model/linear_gaussian.ts";
import { Vae } from "../../src/model/vae.ts";
import { largeParameters } from "../model/oracle.ts";
import { affineVae, examplesOf, meanOf } from "./models.ts";

/** Columns of W that are not orthogonal, and an encoder that is off. */
const MODEL = {
  weights: [[1, 0.8], [0.9, 1.2], [0.2, -0.3], [0.4, 0.4]],
  offset: [0.3, -0.2, 0.1, 0],
  noiseVariance: 0.5,
};

function oblique(): Vae {
  const { weights, offset, noiseVariance } = MODEL;
  return affineVae({ dataDim: 4, latentDim: 2, noiseVariance }, {
    "encoder/mean/weight": [0.3, 0.1, 0.1, 0.3, 0, 0, 0.1, 0.1],
    "encoder/log_variance/bias": [-1, -0.5],
    "decoder/output/weight": [0, 1].flatMap((j) =>
      weights.map((row) => row[j]!)
    ),
    "decoder/output/bias": offset,
  });
}

Deno.test("inferenceGaps() has the closed forms of a linear model", async () => {
  await openBackend("cpu");
  using vae = oblique();
  const examples = examplesOf(55);
  const engine = referenceDraws(vae);
  const { amortised, optimised } = await inferenceGaps(vae, examples, {
    ...{ seed: 1, samples: 10, steps: 200, stepSize: 0.05, k: 200, engine },
  });
  const x = examples.values as Float32Array;
  const exact = await exactElboTerms(vae, x);
  const found = meanOverRows(amortised.elbo);
  assert(Math.abs(found.value - exact.elbo) < 4 * found.error);
  assert(found.error < 0.05);

  // With q* the gap is 1/2 ln of the variances' product over the determinant.
  const logLikelihood = exactLogLikelihood(MODEL);
  const posterior = exactPosterior(MODEL);
  const rows = Array.from(
    { length: examples.count },
    (_, b) => x.subarray(4 * b, 4 * b + 4),
  );
  const best = rows.map((row) => {
    const [[a, b], [, c]] = posterior(row).covariance as [number[], number[]];
    return logLikelihood(row) -
      0.5 * Math.log(a! * c! / (a! * c! - b! ** 2));
  });
  const own = meanOverRows(optimised.elbo);
  assertAlmostEquals(own.value, meanOf(best), 4 * own.error + 0.003);
  assert(own.value - found.value > 0.1);
  for (const { importance } of [amortised, optimised]) {
    const { value, error } = meanOverRows(importance);
    assertAlmostEquals(value, exact.logLikelihood, 4 * error + 0.01);
  }
});

Deno.test("jointGradient() is the slope of ln p(x, z)", async () => {
  await openBackend("cpu");
  const spec = {
    ...{ dataDim: 4, latentDim: 2, hidden: [3] },
    ...{ activation: "tanh", posterior: "diagonal" } as const,
    likelihood: { family: "bernoulli" } as const,
    initialisation: "glorot" as const,
  };
  using vae = new Vae(spec, largeParameters(spec, 2));
  const examples = {
    ...{ count: 2, dim: 4 },
    values: Float32Array.of(1, 0, 1, 1, 0, 0, 1, 0),
  };
  const rows = { index: 0, first: 0, count: 2 };
  const gradient = await jointGradient(vae, examples, rows)(
    Float32Array.of(0.3, -0.2, 0.5, 1, -1, 0.1, 0.2, 0.7),
    2,
  );
  const engine = referenceDraws(vae);
  // ln p(x, z) at z of the first draw: ln p(x|z) - (ln q - ln p(z)) + ln q.
  const { mean, logVariance } = await engine.encode({
    x: examples.values,
    size: 2,
  });
  const logJoint = async (z: readonly number[]) => {
    const e = z.map((value, i) =>
      (value - mean[i]!) / Math.exp(logVariance[i]! / 2)
    );
    const { logLikelihood, logRatio } = await engine.rowTerms({
      ...{ x: examples.values, size: 2, samples: 1 },
      noise: Float32Array.from(e),
    });
    const logQ = (b: number) =>
      [0, 1].reduce(
        (sum, j) => sum - e[2 * b + j]! ** 2 / 2 - logVariance[2 * b + j]! / 2,
        0,
      );
    return [0, 1].reduce(
      (sum, b) => sum + logLikelihood[b]! - logRatio[b]! + logQ(b),
      0,
    );
  };
  const at = [0.3, -0.2, 0.5, 1];
  for (const i of [0, 1, 2, 3]) {
    const moved = (by: number) =>
      logJoint(at.map((value, j) => value + (i === j ? by : 0)));
    const slope = (await moved(0.01) - await moved(-0.01)) / 0.02;
    assertAlmostEquals(gradient[i]!, slope, 2e-3);
  }
});

Deno.test("inferenceGaps() refuses what is no diagonal Gaussian", async () => {
  await openBackend("cpu");
  const spec = {
    ...{ dataDim: 4, latentDim: 2, hidden: [] },
    ...{ activation: "tanh", posterior: "full" } as const,
    likelihood: { family: "bernoulli" } as const,
    initialisation: "glorot" as const,
  };
  using vae = new Vae(spec, largeParameters(spec, 2));
  const engine = referenceDraws(vae);
  const options = { seed: 1, samples: 2, steps: 1, stepSize: 0.1, k: 2 };
  await assertRejects(
    () => inferenceGaps(vae, examplesOf(2), { ...options, engine }),
    RangeError,
    "diagonal",
  );
});
