/**
 * p(x|z) of one pixel by family, in float64: log probability, mean and inverse
 * distribution function, each straight from its definition.
 */

import { normalQuantile } from "../../src/random/normal_quantile.ts";
import type { LikelihoodSpec } from "../../src/model/spec.ts";

/** 1 / (1 + e^-x) */
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** ln N(x; mean, exp(logVariance)) of one number. */
export function normalLogDensity(
  x: number,
  mean: number,
  logVariance: number,
): number {
  return -0.5 * (Math.log(2 * Math.PI) + logVariance +
    (x - mean) ** 2 / Math.exp(logVariance));
}

/** x ln p + (1 - x) ln (1 - p) with p = sigmoid(logit), for any logit. */
function bernoulliLogProb(x: number, logit: number): number {
  return x * logit - Math.max(logit, 0) -
    Math.log1p(Math.exp(-Math.abs(logit)));
}

/** eta x + ln(eta / (e^eta - 1)) */
function continuousBernoulliLogProb(x: number, eta: number): number {
  if (eta === 0) return 0;
  // e^eta - 1 = e^eta (1 - e^-eta): no overflow from above.
  return eta > 0
    ? -eta * (1 - x) + Math.log(eta / -Math.expm1(-eta))
    : eta * x + Math.log(eta / Math.expm1(eta));
}

/** 1 / (1 - e^-eta) - 1 / eta, or the first terms of its series. */
function continuousBernoulliMean(eta: number): number {
  if (Math.abs(eta) < 1e-2) return 0.5 + eta / 12 - eta ** 3 / 720;
  return eta > 0
    ? 1 - 1 / eta + 1 / Math.expm1(eta)
    : -1 / eta - 1 / Math.expm1(-eta);
}

/** ln P(X > a) of the standard logistic. */
function logTail(a: number): number {
  return a > 0 ? -a - Math.log1p(Math.exp(-a)) : -Math.log1p(Math.exp(a));
}

/** ln P(level): the mass between the edges of its bin. */
function discretisedLogisticLogProb(
  x: number,
  location: number,
  logScale: number,
): number {
  const level = Math.round(255 * x);
  const standardised = (edge: number) =>
    (edge / 255 - location) / Math.exp(logScale);
  const upper = level === 255 ? Infinity : standardised(level + 0.5);
  const lower = level === 0 ? -Infinity : standardised(level - 0.5);
  // The difference of the two tails on the bin's side of the location.
  const [near, far] = lower > 0 ? [lower, upper] : [-upper, -lower];
  return logTail(near) + Math.log(-Math.expm1(logTail(far) - logTail(near)));
}

function discretisedLogisticMean(location: number, logScale: number): number {
  let sum = 0;
  for (let level = 1; level < 256; level++) {
    sum += level / 255 *
      Math.exp(discretisedLogisticLogProb(level / 255, location, logScale));
  }
  return sum;
}

/** One pixel, given its location or logit and its log variance or log scale. */
interface Pixel {
  logProb(x: number, location: number, spread: number): number;
  mean(location: number, spread: number): number;
  /** the inverse distribution function */
  quantile(uniform: number, location: number, spread: number): number;
}

/** By family; a Gaussian's location is its mean. */
export const PIXELS: Record<LikelihoodSpec["family"], Pixel> = {
  bernoulli: {
    logProb: bernoulliLogProb,
    mean: sigmoid,
    // From above: u <= p is a one, as ones are drawn.
    quantile: (uniform, logit) => uniform <= sigmoid(logit) ? 1 : 0,
  },
  "continuous-bernoulli": {
    logProb: continuousBernoulliLogProb,
    mean: continuousBernoulliMean,
    quantile: (uniform, eta) => {
      // By bisection of the distribution function (e^(eta x) - 1) / (e^eta - 1),
      // of uniforms that count from the likelier end.
      const rate = Math.abs(eta);
      let [below, above] = [0, 1];
      for (let i = 0; i < 60; i++) {
        const middle = (below + above) / 2;
        const share = rate === 0
          ? middle
          : Math.expm1(-rate * middle) / Math.expm1(-rate);
        if (share < uniform) below = middle;
        else above = middle;
      }
      return eta >= 0 ? 1 - below : below;
    },
  },
  gaussian: {
    logProb: normalLogDensity,
    mean: (mean) => mean,
    quantile: (uniform, mean, logVariance) =>
      mean + Math.exp(logVariance / 2) * normalQuantile(uniform),
  },
  laplace: {
    logProb: (x, location, logScale) =>
      -Math.abs(x - location) / Math.exp(logScale) - logScale - Math.LN2,
    mean: (location) => location,
    quantile: (uniform, location, logScale) =>
      location + Math.exp(logScale) *
        (uniform < 0.5 ? Math.log(2 * uniform) : -Math.log(2 * (1 - uniform))),
  },
  "discretised-logistic": {
    logProb: discretisedLogisticLogProb,
    mean: discretisedLogisticMean,
    quantile: (uniform, location, logScale) => {
      const scale = Math.exp(logScale);
      for (let level = 0; level < 255; level++) {
        const edge = (level + 0.5) / 255;
        if (sigmoid((edge - location) / scale) >= uniform) return level / 255;
      }
      return 1;
    },
  },
};
