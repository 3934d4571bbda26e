/** The mutual information gap. */

import { meanOf, topTwo } from "./codes.ts";
import type { Information } from "./information.ts";

/**
 * MIG: by factor, how much more the latent dimension that knows it best knows
 * than the next one, as a part of the factor's entropy; the mean over factors
 * (Chen et al., arXiv 1802.04942, equation 6). 1: each factor is known wholly,
 * and by one dimension alone.
 *
 * The variant: information from histograms of the posterior's means, as in
 * Locatello et al.; Chen et al. integrate over q(z|x) instead.
 */
export function mig({ matrix, entropies }: Information): number {
  return meanOf(entropies.map((entropy, k) => {
    const [first, second] = topTwo(matrix.map((row) => row[k]!));
    return entropy === 0 ? 0 : (first - second) / entropy;
  }));
}
