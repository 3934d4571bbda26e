/** Real-valued pixels with one scale for all: heavier tails than a Gaussian's. */

import {
  abs,
  add,
  exp,
  log,
  min,
  mul,
  neg,
  noise,
  output,
  shared,
  sign,
  sub,
  x,
} from "../pixelwise/expression.ts";
import type { Family } from "./family.ts";

/**
 * Independent Laplace pixels with the decoder's output m as location and one
 * learned scale b:
 *
 *     log p(x|z) = -|x - m|_1 / b - D log(2 b)
 */
export const LAPLACE: Family<{ readonly family: "laplace" }> = {
  help: "learned scale",
  variants: [{ family: "laplace" }],
  support: "reals",
  settings: {},
  pixelwise: () => ({
    spread: { distance: abs(sub(output, x)), share: 1, constant: Math.LN2 },
    mean: output,
    // The inverse distribution function, from the nearer end.
    draw: add(
      output,
      mul(
        mul(sign(sub(noise, 0.5)), exp(shared)),
        neg(log(mul(min(noise, sub(1, noise)), 2))),
      ),
    ),
  }),
  noise: "uniform",
  shared: () => ({ quantity: "scale", initial: 0.1, mode: "learned" }),
  outputOf: (m) => m,
};
