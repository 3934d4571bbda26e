/** Pixels in [0, 1], with a density that is an exponential of x. */

import { expm1 } from "../../elementary.ts";
import {
  less,
  mul,
  neg,
  type Node,
  noise,
  output,
  select,
  sub,
  x,
} from "../pixelwise/expression.ts";
import {
  exponentialMean,
  exponentialQuantile,
  logNormaliser,
} from "./exponential.ts";
import type { Family } from "./family.ts";
import { LARGEST_LOGIT } from "./logit.ts";

/** The point `a`, measured from the likelier end of [0, 1]. */
const fromLikelierEnd = (a: Node) => select(less(output, 0), a, sub(1, a));

/** |logit|; the derivative of `abs` would be 0 at 0. */
const rate = select(less(output, 0), neg(output), output);

/**
 * Independent continuous Bernoulli pixels (Loaiza-Ganem & Cunningham 2019,
 * whose lambda is sigmoid(logit)), with eta = logit:
 *
 *     log p(x|z) = sum eta x + log(eta / (e^eta - 1)),  0 <= x <= 1
 *
 * It is the Bernoulli's x log p + (1 - x) log(1 - p) with the normalising
 * constant that makes it a density on [0, 1]. The distance of x from the end
 * that is likelier has the density of an exponential of rate |eta|, cut to
 * [0, 1]; in that form nothing cancels.
 */
export const CONTINUOUS_BERNOULLI: Family<
  { readonly family: "continuous-bernoulli" }
> = {
  variants: [{ family: "continuous-bernoulli" }],
  pixelwise: () => ({
    givesGradient: true,
    logProb: sub(logNormaliser(rate), mul(rate, fromLikelierEnd(x))),
    mean: fromLikelierEnd(exponentialMean(rate)),
    draw: fromLikelierEnd(exponentialQuantile(rate, noise)),
  }),
  support: "unit",
  settings: {},
  noise: "uniform",
  shared: () => null,
  outputOf: (m) => continuousBernoulliLogit(m, LARGEST_LOGIT),
};

/**
 * The logit at which E[x|z] = 1/(1 - e^-eta) - 1/eta is the mean, by bisection,
 * or the nearer bound where that lies beyond.
 *
 * @param mean in [0, 1]
 * @param bound of the logit's absolute value
 */
export function continuousBernoulliLogit(mean: number, bound: number): number {
  let [below, above] = [-bound, bound];
  while (true) {
    const logit = (below + above) / 2;
    if (logit <= below || logit >= above) return logit;
    if (meanOf(logit) < mean) below = logit;
    else above = logit;
  }
}

/** E[x] of one pixel. */
function meanOf(logit: number): number {
  return Math.abs(logit) < 1e-3
    ? 0.5 + logit / 12
    : -1 / expm1(-logit) - 1 / logit;
}
