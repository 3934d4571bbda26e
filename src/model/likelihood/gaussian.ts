/** Real-valued pixels, with one variance for all or one for each. */

import { log } from "../../elementary.ts";
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
import { namesOf, namesWithHelp, rowOf, type TableRow } from "../../table.ts";
import type { Pixelwise } from "../pixelwise/pixelwise.ts";
import type { Family, SharedSpread } from "./family.ts";
import { clippedLogit } from "./logit.ts";

const LOG_2_PI = log(2 * Math.PI);

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
 *     log p(x|z) = -|x - mean|^2 / (2 sigma_dec^2) - D/2 log(2 pi sigma_dec^2)
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
 *     log p(x|z)
 *       = -1/2 sum_i [(x_i - mean_i)^2 / sigma_i^2 + log(2 pi sigma_i^2)]
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

/** The mean as a function of the output, and the output at which it is m. */
export const DECODER_MEAN_TABLE: Readonly<
  Record<
    DecoderMean,
    TableRow & {
      readonly location: (output: Node) => Node;
      readonly outputOf: (m: number) => number;
    }
  >
> = {
  linear: { location: (output) => output, outputOf: (m) => m },
  sigmoid: { location: sigmoid, outputOf: clippedLogit },
};

interface VarianceRow extends TableRow {
  readonly density: (mean: Node) => Pixelwise;
  readonly shared: SharedSpread | null;
}

/** The decoder variances that are no numbers. */
export const DECODER_VARIANCE_TABLE: Readonly<
  Record<Exclude<DecoderVariance, number>, VarianceRow>
> = {
  "learned": {
    density: oneVariance,
    shared: { quantity: "variance", initial: 1, mode: "learned" },
  },
  "optimal": {
    help: "the batch's mean squared error",
    density: oneVariance,
    shared: { quantity: "variance", initial: 1, mode: "optimal" },
  },
  "per-pixel": {
    help: "an output of the decoder",
    density: variancePerPixel,
    shared: null,
  },
};

function varianceRow(variance: DecoderVariance): VarianceRow {
  if (typeof variance !== "number") {
    return rowOf(DECODER_VARIANCE_TABLE, variance, "decoder variance");
  }
  return {
    density: oneVariance,
    shared: { quantity: "variance", initial: variance, mode: "kept" },
  };
}

const meanRow = (mean: DecoderMean) =>
  rowOf(DECODER_MEAN_TABLE, mean, "decoder mean");

const MEANS = namesOf(DECODER_MEAN_TABLE);
const VARIANCES = namesOf(DECODER_VARIANCE_TABLE);

/** The Gaussian family: one variance for all pixels, or one for each. */
export const GAUSSIAN: Family<Gaussian> = {
  variants: (["learned", "per-pixel"] as const).flatMap((variance) =>
    MEANS.map((mean): Gaussian => ({ family: "gaussian", variance, mean }))
  ),
  pixelwise: ({ mean, variance }) =>
    varianceRow(variance).density(meanRow(mean).location(output)),
  support: "reals",
  settings: {
    variance: field("decoder-variance", {
      short: "var",
      value: {
        ...orWord(
          positive(),
          Object.fromEntries(VARIANCES.map((name) => [name, name])),
        ),
        placeholder: "V",
      },
      help: `variance sigma_dec^2: a number, ${
        namesWithHelp(DECODER_VARIANCE_TABLE)
      }`,
      default: "learned",
    }),
    mean: field("decoder-mean", {
      short: "mean",
      value: word(MEANS),
      help: `mean as a function of the decoder's output: ${
        namesWithHelp(DECODER_MEAN_TABLE)
      }`,
      default: {
        help: "sigmoid if the variance is per-pixel, else linear",
        of: ({ variance }: Pick<Gaussian, "variance">) =>
          variance === "per-pixel" ? "sigmoid" : "linear",
      },
    }),
  },
  noise: "normal",
  shared: ({ variance }) => varianceRow(variance).shared,
  outputOf: (m, { mean }) => meanRow(mean).outputOf(m),
};
