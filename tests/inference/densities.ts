/** Models whose ln p(x) is known, as the estimators take them. */

import * as tf from "../../src/tfjs.ts";
import {
  type JointDensity,
  logStandardNormal,
} from "../../src/inference/joint_density.ts";
import { likelihoodOf } from "../../src/model/likelihood/on_tfjs.ts";
import {
  exactLogLikelihood,
  type LinearGaussian,
} from "../../src/model/linear_gaussian.ts";
import { sumAxis } from "../../src/model/reductions.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import {
  arraysOf,
  decodeRow,
  largeParameters,
  normalLogDensity,
} from "../model/oracle.ts";

/** A model at B datapoints, with ln p(x) of each. */
export interface KnownDensity extends JointDensity {
  readonly exact: readonly number[];
}

/** x of six values from z of d, all numbers of order one. */
function linearGaussianOf(latentDim: number): LinearGaussian {
  return {
    weights: Array.from(
      { length: 6 },
      (_, i) => [...stream(11, "data", i).normals(latentDim)],
    ),
    offset: [...stream(12, "data").normals(6)],
    noiseVariance: 0.5,
  };
}

/** The i-th of the rows that are estimated; they repeat after five. */
const rowOf = (i: number) => [...stream(13, "data", i % 5).normals(6)];

/** ln p(x|z) of the linear Gaussian model. */
function linearLikelihood(
  { weights, offset, noiseVariance }: LinearGaussian,
  x: readonly number[][],
): JointDensity["logLikelihood"] {
  const w = weights.map((row) => [...row]);
  return (z) => {
    const [draws, count, latentDim] = z.shape as [number, number, number];
    const rows: tf.Tensor2D = tf.reshape(z, [draws * count, latentDim]);
    const mean = tf.add(
      tf.reshape(
        tf.matMul(rows, tf.tensor2d(w), false, true),
        [draws, count, offset.length],
      ),
      tf.tensor([...offset]),
    );
    return likelihoodOf(
      { family: "gaussian", variance: "learned", mean: "linear" },
      [mean],
      tf.scalar(Math.log(noiseVariance)),
    ).logProb(tf.tensor2d([...x]));
  };
}

/** The linear Gaussian model at rows first..first + count - 1. */
export function linearGaussianDensity(
  latentDim: number,
  count: number,
  first = 0,
): KnownDensity {
  const model = linearGaussianOf(latentDim);
  const x = Array.from({ length: count }, (_, i) => rowOf(first + i));
  return {
    count,
    latentDim,
    logPrior: logStandardNormal,
    logLikelihood: linearLikelihood(model, x),
    exact: x.map(exactLogLikelihood(model)),
  };
}

/**
 * Two layers, z_1 ~ N(0, 1) and z_2 ~ N(1.5 z_1, 0.4^2), of which x, a linear
 * Gaussian, sees z_2 alone.
 */
export function twoLayerDensity(count: number): KnownDensity {
  const [slope, deviation] = [1.5, 0.4];
  const lower = linearGaussianOf(1);
  const x = Array.from({ length: count }, (_, i) => rowOf(i));
  const logLikelihood = linearLikelihood(lower, x);
  const layers = (z: tf.Tensor) => tf.split(z, 2, -1) as [tf.Tensor, tf.Tensor];
  // z_2 has the variance 1.5^2 + 0.4^2: the same as weights so much larger.
  const scale = Math.hypot(slope, deviation);
  const merged = {
    ...lower,
    weights: lower.weights.map((row) => row.map((w) => scale * w)),
  };
  return {
    count,
    latentDim: 2,
    logPrior: (z) => {
      const [first, second] = layers(z);
      const residual = tf.div(tf.sub(second, tf.mul(first, slope)), deviation);
      return tf.sub(
        tf.add(logStandardNormal(first), logStandardNormal(residual)),
        Math.log(deviation),
      );
    },
    logLikelihood: (z) => logLikelihood(layers(z)[1]),
    exact: x.map(exactLogLikelihood(merged)),
  };
}

/**
 * ln p(x|z) = -height (z^2 - 1)^2: two modes of equal mass, at -1 and 1, and
 * so many nats between them.
 */
export function twoModesDensity(height: number): KnownDensity {
  let sum = 0;
  for (let i = -5000; i < 5000; i++) {
    const z = (i + 0.5) / 1000;
    const logLikelihood = -height * (z * z - 1) ** 2;
    sum += Math.exp(logLikelihood + normalLogDensity(z, 0, 0)) / 1000;
  }
  return {
    count: 1,
    latentDim: 1,
    logPrior: logStandardNormal,
    logLikelihood: (z) =>
      sumAxis(tf.mul(tf.square(tf.sub(tf.square(z), 1)), -height), -1),
    exact: [Math.log(sum)],
  };
}

/** A Bernoulli decoder with a hidden layer; ln p(x) from a grid of z. */
export function bernoulliDensity(
  count: number,
): KnownDensity & { vae: Vae } {
  const spec: VaeSpec = {
    dataDim: 8,
    latentDim: 2,
    hidden: [5],
    activation: "tanh",
    posterior: "diagonal",
    likelihood: { family: "bernoulli" },
    initialisation: "glorot",
  };
  const parameters = largeParameters(spec, 3);
  const vae = new Vae(spec, parameters);
  const x = Array.from(
    { length: count },
    (_, i) => [...stream(14, "data", i).normals(8)].map((e) => +(e > 0)),
  );
  // The rectangle rule: the prior cuts the integrand off at 8 deviations.
  const arrays = arraysOf(parameters);
  const width = 0.1;
  const sums = x.map(() => 0);
  for (let i = -80; i <= 80; i++) {
    for (let j = -80; j <= 80; j++) {
      const z = [i * width, j * width];
      const means = decodeRow(spec, arrays, z);
      const logPrior = normalLogDensity(z[0]!, 0, 0) +
        normalLogDensity(z[1]!, 0, 0);
      x.forEach((pixels, b) => {
        const likelihood = pixels.reduce(
          (product, pixel, k) => product * (pixel ? means[k]! : 1 - means[k]!),
          1,
        );
        sums[b]! += likelihood * Math.exp(logPrior) * width ** 2;
      });
    }
  }
  return {
    count,
    latentDim: 2,
    logPrior: logStandardNormal,
    logLikelihood: (z) => vae.decode(z).logProb(tf.tensor2d(x)),
    exact: sums.map(Math.log),
    vae,
  };
}
