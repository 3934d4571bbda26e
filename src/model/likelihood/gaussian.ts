/** Real-valued pixels, with one variance for all or one for each. */

import { field } from "../../config/field.ts";
import { orWord, positive, word } from "../../config/value.ts";
import {
  add,
  exp,
  mul,
  neg,
  type Node,
  noise,
  output,
  output2,
  shared,
  sigmoid,
  square,
  sub,
  x,
} from "../pixelwise/expression.ts";
import type { Pixelwise } from "../pixelwise/pixelwise.ts";
import type { Family } from "./family.ts";
import { clippedLogit } from "./logit.ts";

const LOG_2_PI = Math.log(2 * Math.PI);

/**
 * Decoder variance sigma_dec^2 of a Gaussian likelihood: a fixed positive
 * number, one learned scalar, the maximum-likelihood value, which is the mean
 * squared error of the batch (Rybkin et al. 2021, sigma-VAE), or an output of
 * the decoder for each pixel (AEVB, appendix C.2).
 */
export type DecoderVariance = number | "learned" | "optimal" | "per-pixel";

/** How the decoder's output becomes a Gaussian's mean. */
export type DecoderMean = "linear" | "sigmoid";

/** A Gaussian likelihood and its settings. */
export interface Gaussian {
  /** its name */
  readonly family: "gaussian";
  /** sigma_dec^2 */
  readonly variance: DecoderVariance;
  /** how the mean follows from the decoder's output */
  readonly mean: DecoderMean;
}

/** mean + sigma_dec noise */
const drawOf = (mean: Node, logVariance: Node) =>
  add(mean, mul(noise, exp(mul(logVariance, 0.5))));

/**
 * N(x; mean, sigma_dec^2 I):
 *
 *     ln p(x|z) = -|x - mean|^2 / (2 sigma_dec^2) - D/2 ln(2 pi sigma_dec^2)
 */
function oneVariance(mean: Node): Pixelwise {
  const distance = square(sub(mean, x));
  return {
    spread: { distance, share: 0.5, constant: LOG_2_PI },
    mean,
    draw: drawOf(mean, shared),
  };
}

/**
 * N(x; mean, diag(sigma_dec^2(z))), a variance for each pixel, as in AEVB,
 * appendix C.2:
 *
 *     ln p(x|z) = -1/2 sum_i [(x_i - mean_i)^2 / sigma_i^2 + ln(2 pi sigma_i^2)]
 *
 * It has no upper bound where a pixel can be predicted exactly: a pixel that
 * never changes draws its variance to 0.
 */
function variancePerPixel(mean: Node): Pixelwise {
  // Scaled before it is squared, it overflows at half the exponent only.
  const scaled = mul(sub(mean, x), exp(neg(mul(output2, 0.5))));
  return {
    logProb: mul(add(add(square(scaled), output2), LOG_2_PI), -0.5),
    bySecond: mul(0.5, sub(1, square(scaled))),
    mean,
    draw: drawOf(mean, output2),
  };
}

/** The Gaussian family: one variance for all pixels, or one for each. */
export const GAUSSIAN: Family<Gaussian> = {
  variants: (["learned", "per-pixel"] as const).flatMap((variance) =>
    (["linear", "sigmoid"] as const).map((mean): Gaussian => ({
      family: "gaussian",
      variance,
      mean,
    }))
  ),
  pixelwise: ({ mean, variance }) => {
    const location = mean === "linear" ? output : sigmoid(output);
    return variance === "per-pixel"
      ? variancePerPixel(location)
      : oneVariance(location);
  },
  support: "reals",
  settings: {
    variance: field("decoder-variance", {
      value: {
        ...orWord(positive(), {
          "learned": "learned",
          "optimal": "optimal",
          "per-pixel": "per-pixel",
        }),
        placeholder: "V",
      },
      help: "variance sigma_dec^2: a number, learned, optimal (the batch's " +
        "mean squared error) or per-pixel (an output of the decoder)",
      default: "learned",
    }),
    mean: field("decoder-mean", {
      value: word(["linear", "sigmoid"]),
      help: "mean as a function of the decoder's output: linear, sigmoid",
      default: {
        help: "sigmoid if the variance is per-pixel, else linear",
        of: ({ variance }: Pick<Gaussian, "variance">) =>
          variance === "per-pixel" ? "sigmoid" : "linear",
      },
    }),
  },
  noise: "normal",
  shared: ({ variance }) =>
    variance === "per-pixel" ? null : {
      quantity: "variance",
      ...(typeof variance === "number"
        ? { initial: variance, mode: "kept" }
        : { initial: 1, mode: variance }),
    },
  outputOf: (m, { mean }) => mean === "linear" ? m : clippedLogit(m),
};
