/**
 * Two layers that are linear and Gaussian, of which ln p(x) is exact:
 *
 *     z2 ~ N(0, I),  z1 = A z2 + a + s1 e1,  x = W z1 + b + s e
 *
 * p(z1|x) and p(z2|z1) are Gaussians with means affine in x and z1 and full
 * covariances that depend on neither: linear encoders with full posteriors can
 * equal them.
 */

import { assert, assertAlmostEquals, assertLess } from "@std/assert";
import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { logDensity } from "../../src/model/full_gaussian.ts";
import { parameterShapes, type VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { logMeanExp } from "../objective/oracle.ts";
import { average } from "../random/statistics.ts";

const SPEC: VaeSpec = {
  dataDim: 3,
  latentDim: 2,
  hidden: [],
  activation: "tanh",
  posterior: "full",
  upper: { latentDim: 2, hidden: [] },
  likelihood: { family: "gaussian", variance: 0.4, mean: "linear" },
  initialisation: "glorot",
};

const A = new Matrix([[1.2, -0.5], [0.4, 0.9]]);
const OFFSET1 = Matrix.columnVector([0.3, -0.6]);
const VARIANCE1 = [0.5, 0.8];
const W = new Matrix([[1, 0.5], [-0.3, 1.2], [0.8, 0.4]]);
const OFFSET = Matrix.columnVector([0.2, -0.5, 1]);
const VARIANCE = 0.4;

const X = [[0.2, -0.5, 1], [2, 0, -1], [-1.5, 2, 3]];

/** N(gain y + offset, covariance) of what came first, given y. */
interface Conditional {
  readonly gain: Matrix;
  readonly offset: Matrix;
  readonly covariance: Matrix;
}

/** The Gaussian of z given y = M z + m + noise, z ~ N(mean, covariance). */
function conditionalOn(
  prior: { readonly mean: Matrix; readonly covariance: Matrix },
  m: Matrix,
  offset: Matrix,
  noise: readonly number[],
): Conditional {
  const precision = inverse(prior.covariance);
  const weighted = m.transpose()
    .mmul(Matrix.diag(noise.map((variance) => 1 / variance)));
  const covariance = inverse(Matrix.add(precision, weighted.mmul(m)));
  const gain = covariance.mmul(weighted);
  return {
    gain,
    offset: Matrix.sub(
      covariance.mmul(precision).mmul(prior.mean),
      gain.mmul(offset),
    ),
    covariance: Matrix.add(covariance, covariance.transpose()).mul(0.5),
  };
}

const MARGINAL1 = {
  mean: OFFSET1,
  covariance: Matrix.add(A.mmul(A.transpose()), Matrix.diag(VARIANCE1)),
};
const GIVEN_X = conditionalOn(MARGINAL1, W, OFFSET, [
  VARIANCE,
  VARIANCE,
  VARIANCE,
]);
const GIVEN_Z1 = conditionalOn(
  { mean: Matrix.zeros(2, 1), covariance: Matrix.eye(2) },
  A,
  OFFSET1,
  VARIANCE1,
);

/** ln p(x) = ln N(x; W a + b, W (A A' + diag s1^2) W' + s^2 I). */
const logLikelihood = logDensity({
  mean: Matrix.add(W.mmul(OFFSET1), OFFSET).to1DArray(),
  covariance: Matrix.add(
    W.mmul(MARGINAL1.covariance).mmul(W.transpose()),
    Matrix.eye(3).mul(VARIANCE),
  ).to2DArray().map((row, i, rows) =>
    row.map((value, j) => (value + rows[j]![i]!) / 2)
  ),
});

/** The heads of an encoder that equals the conditional. */
function headsOf(side: string, { gain, offset, covariance }: Conditional) {
  const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix;
  return {
    [`${side}/mean/weight`]: gain.transpose().to1DArray(),
    [`${side}/mean/bias`]: offset.to1DArray(),
    [`${side}/log_variance/bias`]: [0, 1].map((j) =>
      2 * Math.log(factor.get(j, j))
    ),
    [`${side}/off_diagonal/bias`]: [factor.get(1, 0)],
  };
}

/** The model with an encoder that equals p(z1, z2|x); what is absent is 0. */
const EXACT: Readonly<Record<string, number[]>> = {
  ...headsOf("encoder", GIVEN_X),
  ...headsOf("encoder/upper", GIVEN_Z1),
  "decoder/upper/mean/weight": A.transpose().to1DArray(),
  "decoder/upper/mean/bias": OFFSET1.to1DArray(),
  "decoder/upper/log_variance/bias": VARIANCE1.map(Math.log),
  "decoder/output/weight": W.transpose().to1DArray(),
  "decoder/output/bias": OFFSET.to1DArray(),
  "decoder/log_variance": [Math.log(VARIANCE)],
};

/** A VAE of the values, by name; parameters that have none are zero. */
function vaeOf(
  spec: VaeSpec,
  values: Readonly<Record<string, readonly number[]>>,
): Vae {
  return new Vae(
    spec,
    parameterShapes(spec).map(({ name, shape }) => ({
      name,
      shape,
      values: values[name] === undefined
        ? new Float32Array(shape.reduce((a, b) => a * b, 1))
        : Float32Array.from(values[name]),
    })),
  );
}

/** ln p(x, z) / q(z|x) of draws, [draws][datapoint]. */
async function logWeights(
  vae: Vae,
  noise: Float32Array,
  draws: number,
): Promise<number[][]> {
  return await tf.tidy(() => {
    const x = tf.tensor(X.flat(), [3, 3]);
    const { z, logRatio } = vae.infer(x, tf.tensor(noise, [draws, 3, 4]));
    return tf.sub(vae.logLikelihood(x, z), tf.sum(logRatio(), -1));
  }).array() as number[][];
}

Deno.test("two linear layers with the exact posterior have p(x) as every weight", async () => {
  await openBackend("cpu");
  using vae = vaeOf(SPEC, EXACT);
  const draws = 50;
  const noise = stream(1, "noise").normals(draws * 3 * 4);
  for (const row of await logWeights(vae, noise, draws)) {
    row.forEach((weight, b) =>
      assertAlmostEquals(weight, logLikelihood(X[b]!), 3e-5)
    );
  }
});

Deno.test("two linear layers have bounds that rise with k to ln p(x) and stay below", async () => {
  await openBackend("wasm");
  // Diagonal covariances, and means that are off.
  using vae = vaeOf({ ...SPEC, posterior: "diagonal" }, {
    ...EXACT,
    "encoder/mean/bias": GIVEN_X.offset.to1DArray().map((m) => m + 0.2),
    "encoder/upper/mean/bias": GIVEN_Z1.offset.to1DArray().map((m) => m - 0.3),
    "encoder/log_variance/bias": [0, 1].map((j) =>
      Math.log(GIVEN_X.covariance.get(j, j))
    ),
    "encoder/upper/log_variance/bias": [0, 1].map((j) =>
      Math.log(GIVEN_Z1.covariance.get(j, j))
    ),
  });
  const draws = 100_000;
  const noise = stream(2, "noise").normals(draws * 3 * 4);
  const weights = await logWeights(vae, noise, draws);
  X.forEach((x, b) => {
    const own = weights.map((row) => row[b]!);
    const exact = logLikelihood(x);
    const bounds = [1, 10, 100, 5000].map((k) =>
      average(Float64Array.from(
        { length: draws / k },
        (_, group) => logMeanExp(own.slice(group * k, (group + 1) * k)),
      ))
    );
    for (const i of [1, 2]) {
      const gap = bounds[i]!.mean - bounds[i - 1]!.mean;
      assert(gap > 5 * bounds[i - 1]!.error, `datapoint ${b}, ${i}: ${gap}`);
    }
    assertLess(bounds[2]!.mean, exact);
    const { mean, error } = bounds.at(-1)!;
    assertLess(Math.abs(mean - exact), 3 * error + 1e-5, `datapoint ${b}`);
    assertLess(error, 0.02);
  });
});
