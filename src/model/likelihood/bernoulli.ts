/** Pixels in {0, 1}. */

import {
  atMost,
  mul,
  noise,
  output,
  select,
  sigmoid,
  softplus,
  sub,
  x,
} from "../pixelwise/expression.ts";
import type { Family } from "./family.ts";
import { clippedLogit } from "./logit.ts";

/**
 * Independent Bernoulli pixels: log p(x|z) = sum x log p + (1 - x) log (1 - p)
 * with p = sigmoid(logit). For grey levels x in [0, 1] the same expression is
 * the negative cross-entropy, which is no log density of x.
 */
export const BERNOULLI: Family<{ readonly family: "bernoulli" }> = {
  variants: [{ family: "bernoulli" }],
  pixelwise: () => ({
    givesGradient: true,
    logProb: sub(mul(output, x), softplus(output)),
    mean: sigmoid(output),
    draw: select(atMost(noise, sigmoid(output)), 1, 0),
  }),
  support: "bits",
  settings: {},
  noise: "uniform",
  shared: () => null,
  outputOf: clippedLogit,
};
