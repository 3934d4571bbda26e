/** What a decoder's outputs say of x. */

import { pixelwiseOf } from "../model/likelihood/families.ts";
import {
  evaluateOnHost,
  type HostLeaves,
} from "../model/pixelwise/evaluate_on_host.ts";
import type { LikelihoodSpec } from "../model/spec.ts";

/**
 * E[x|z], or a draw of p(x|z) where there is noise.
 *
 * @param leaves the outputs at n points, [n, D], and what else p(x|z) reads
 * @returns [n, D]
 */
export function observationsOf(
  likelihood: LikelihoodSpec,
  leaves: HostLeaves & { readonly output: Float32Array },
): Float32Array {
  const { mean, draw } = pixelwiseOf(likelihood);
  const expression = leaves.noise === undefined ? mean : draw;
  return evaluateOnHost(expression, leaves, leaves.output.length);
}
