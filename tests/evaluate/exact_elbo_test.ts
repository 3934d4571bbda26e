import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import { linearDecoder } from "../../src/evaluate/linear_terms.ts";
import type { FullGaussian } from "../../src/model/full_gaussian.ts";
import {
  exactPosterior,
  meanExactLogLikelihood,
} from "../../src/model/linear_gaussian.ts";
import {
  type PosteriorFamily,
  POSTERIORS,
  type VaeSpec,
} from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { largeParameters } from "../model/oracle.ts";

const SPEC: VaeSpec = {
  dataDim: 5,
  latentDim: 2,
  hidden: [],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "gaussian", variance: "learned", mean: "linear" },
  initialisation: "glorot",
};

Deno.test("exactElboTerms() sum to ln p(x) = ELBO + KL(q || p(z|x))", async () => {
  await openBackend("cpu");
  const x = stream(1, "data").normals(5 * 7).map((value) => 2 * value);
  for (const posterior of POSTERIORS) {
    for (const seed of [1, 2, 3, 4]) {
      const spec = { ...SPEC, posterior };
      using vae = new Vae(spec, largeParameters(spec, seed));
      const terms = await exactElboTerms(vae, x);
      const { elbo, posteriorKl, logLikelihood, reconstruction, kl } = terms;
      const name = `${posterior}, seed ${seed}`;
      // Float64 all the way: 1e-9 of the largest term.
      const scale = Math.abs(reconstruction) + kl + posteriorKl;
      assertAlmostEquals(elbo + posteriorKl, logLikelihood, 1e-9, name);
      assertAlmostEquals(elbo, reconstruction - kl, 1e-12 * scale, name);
      assertLess(elbo, logLikelihood, name);
      assertGreater(posteriorKl, 0.01, name);
      assertGreater(kl, 0, name);
      assertAlmostEquals(
        logLikelihood,
        meanExactLogLikelihood(await linearDecoder(vae), x),
        1e-12 * scale,
        name,
      );
    }
  }
});

Deno.test("exactElboTerms() average over rows", async () => {
  await openBackend("cpu");
  using vae = new Vae(SPEC, largeParameters(SPEC, 5));
  const x = stream(2, "data").normals(5 * 3);
  const all = await exactElboTerms(vae, x);
  let elbo = 0;
  for (let row = 0; row < 3; row++) {
    const one = await exactElboTerms(vae, x.slice(5 * row, 5 * row + 5));
    elbo += one.elbo / 3;
  }
  assertAlmostEquals(all.elbo, elbo, 1e-6 * Math.abs(elbo));
});

/** Orthogonal columns of W: the posterior's covariance is diagonal. */
const ORTHOGONAL = [[1, 2], [2, -1], [0.5, 0], [0, 1.5], [0, 0]];
const OBLIQUE = [[1, 2], [2, 1], [0.5, 0], [0, 1.5], [0, 0]];

/** The exact terms of a VAE whose encoder has the mean of p(z|x). */
async function termsAtExactMean(
  posteriorFamily: PosteriorFamily,
  weights: readonly (readonly number[])[],
  factorOf: (covariance: FullGaussian["covariance"]) => number[][],
) {
  const offset = [0.1, -0.2, 0.3, 0, 0.5];
  const noiseVariance = 0.5;
  const model = { weights, offset, noiseVariance };
  const posterior = exactPosterior(model);
  const { mean: bias, covariance } = posterior([0, 0, 0, 0, 0]);
  const factor = factorOf(covariance);
  // The mean is affine in x: its columns are differences.
  const gain = offset.map((_, i) =>
    posterior(offset.map((_, k) => i === k ? 1 : 0)).mean
      .map((m, j) => m - bias[j]!)
  );
  const values: Record<string, number[]> = {
    "encoder/mean/weight": gain.flat(),
    "encoder/mean/bias": [...bias],
    "encoder/log_variance/weight": Array(10).fill(0),
    "encoder/log_variance/bias": [0, 1].map((j) =>
      2 * Math.log(factor[j]![j]!)
    ),
    "encoder/off_diagonal/weight": Array(5).fill(0),
    "encoder/off_diagonal/bias": [factor[1]![0]!],
    "decoder/output/weight": [0, 1].flatMap((j) =>
      weights.map((row) => row[j]!)
    ),
    "decoder/output/bias": offset,
    "decoder/log_variance": [Math.log(noiseVariance)],
  };
  const spec = { ...SPEC, posterior: posteriorFamily };
  using vae = new Vae(
    spec,
    largeParameters(spec, 0).map(({ name, shape }) => ({
      name,
      shape,
      values: Float32Array.from(values[name]!),
    })),
  );
  return await exactElboTerms(vae, stream(3, "data").normals(5 * 4));
}

/** The diagonal factor of the variances of single dimensions. */
const marginal = (covariance: FullGaussian["covariance"]) =>
  covariance.map((row, j) =>
    row.map((value, k) => j === k ? Math.sqrt(value) : 0)
  );

/** The factor L of L L'. */
const cholesky = ([first, second]: FullGaussian["covariance"]) => {
  const top = Math.sqrt(first![0]!);
  const below = second![0]! / top;
  return [[top, 0], [below, Math.sqrt(second![1]! - below ** 2)]];
};

Deno.test("exactElboTerms() have no gap at the exact posterior", async () => {
  await openBackend("cpu");
  for (
    const terms of [
      await termsAtExactMean("diagonal", ORTHOGONAL, marginal),
      await termsAtExactMean("full", ORTHOGONAL, cholesky),
      await termsAtExactMean("full", OBLIQUE, cholesky),
    ]
  ) {
    // Parameters are float32, and the gap is of second order in their errors.
    assertAlmostEquals(terms.posteriorKl, 0, 1e-10);
    assertAlmostEquals(terms.elbo, terms.logLikelihood, 1e-9);
  }
  // Where dimensions are correlated given x, a diagonal cannot close it.
  const { posteriorKl } = await termsAtExactMean("diagonal", OBLIQUE, marginal);
  assertGreater(posteriorKl, 0.1);
});

Deno.test("linearDecoder() is x = W z + mu with W[i][j] = weight[j][i]", async () => {
  await openBackend("cpu");
  const parameters = largeParameters(SPEC, 6);
  using vae = new Vae(SPEC, parameters);
  const { weights, offset, noiseVariance } = await linearDecoder(vae);
  const valuesOf = (name: string) =>
    parameters.find((parameter) => parameter.name === name)!.values;
  const weight = valuesOf("decoder/output/weight");
  assertEquals(
    weights.map((row) => [...row]),
    [0, 1, 2, 3, 4].map((i) => [weight[i]!, weight[5 + i]!]),
  );
  assertEquals([...offset], [...valuesOf("decoder/output/bias")]);
  assertAlmostEquals(
    noiseVariance,
    Math.exp(valuesOf("decoder/log_variance")[0]!),
    1e-7 * noiseVariance,
  );
});

Deno.test("exactElboTerms() refuse a decoder that is not linear and Gaussian", async () => {
  await openBackend("cpu");
  const gaussian = { family: "gaussian", variance: 1, mean: "linear" } as const;
  const others: VaeSpec[] = [
    { ...SPEC, hidden: [3] },
    { ...SPEC, likelihood: { family: "bernoulli" } },
    { ...SPEC, likelihood: { ...gaussian, mean: "sigmoid" } },
    { ...SPEC, likelihood: { ...gaussian, variance: "per-pixel" } },
  ];
  for (const spec of others) {
    using vae = new Vae(spec, largeParameters(spec, 0));
    await assertRejects(
      () => exactElboTerms(vae, new Float32Array(5)),
      RangeError,
      "the decoder is not linear and Gaussian",
    );
  }
  const two = { ...SPEC, upper: { latentDim: 1, hidden: [] } };
  using vae = new Vae(two, largeParameters(two, 0));
  await assertRejects(
    () => exactElboTerms(vae, new Float32Array(5)),
    RangeError,
    "the prior of z1 is not N(0, I)",
  );
});
