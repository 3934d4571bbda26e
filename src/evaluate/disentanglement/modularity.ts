/** Modularity of Ridgeway and Mozer. */

import { meanOf, sum } from "./codes.ts";
import type { Information } from "./information.ts";

/**
 * Modularity: whether each latent dimension knows one factor alone. With theta
 * the most that dimension j knows of a factor, it is 1 less the squared
 * information about all other factors, divided by theta^2 (K - 1); the mean
 * over dimensions (Ridgeway and Mozer, arXiv 1802.05312, section 3).
 *
 * It does not ask that each factor is known: one dimension that knows one
 * factor has the score 1.
 *
 * The variant: dimensions without any information are left out, where the
 * implementation of Locatello et al. counts them as 0; 0 if all are.
 */
export function modularity({ matrix, entropies }: Information): number {
  const others = entropies.length - 1;
  const scores = matrix
    .map((row) => ({ row, theta: Math.max(...row) }))
    .filter(({ theta }) => theta > 0)
    .map(({ row, theta }) => {
      const all = sum(row.length, (k) => row[k]! ** 2);
      return 1 - (all - theta ** 2) / (theta ** 2 * others);
    });
  return scores.length === 0 ? 0 : meanOf(scores);
}
