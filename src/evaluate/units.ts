/** The units of z: which ones the model uses. */

import type { Row } from "../results/csv_text.ts";
import type { RowEstimates } from "./estimates.ts";

/**
 * A unit u is active if the variance over x of E_q[u|x] exceeds this (Burda et
 * al., arXiv 1509.00519, section 5.2).
 */
export const ACTIVE_VARIANCE = 1e-2;

/** One latent dimension over n datapoints. */
export interface Unit {
  /** mean over x of its part of KL(q(z|x) || p(z)), nats */
  readonly kl: number;
  /** variance over x of E_q[u|x]; NaN where it is not known */
  readonly meanVariance: number;
  /**
   * whether that variance exceeds {@linkcode ACTIVE_VARIANCE}; null: not
   * known
   */
  readonly active: boolean | null;
}

/**
 * The d units, from what they are at n datapoints. The variance is that of the
 * n values themselves, divided by n. Where E_q[u|x] is a mean over draws, their
 * noise is taken off the variance, which may then come out below 0. The variance
 * is not known for one datapoint, nor where a mean is of one draw, whose noise
 * cannot be estimated.
 *
 * @param klPerUnit [n, d], nats
 * @param means E_q[u|x], [n, d]
 */
export function unitsOf(
  klPerUnit: RowEstimates,
  means: RowEstimates,
  d: number,
): Unit[] {
  const n = means.values.length / d;
  return Array.from({ length: d }, (_, j) => {
    const mean = (value: (row: number) => number) => {
      let sum = 0;
      for (let row = 0; row < n; row++) sum += value(row);
      return sum / n;
    };
    const centre = mean((row) => means.values[row * d + j]!);
    const noise = mean((row) => means.variances[row * d + j]!);
    const spread = mean((row) => (means.values[row * d + j]! - centre) ** 2);
    // The mean over the rows has a share of the noise, too.
    const meanVariance = n === 1 ? NaN : spread - noise * (1 - 1 / n);
    return {
      kl: mean((row) => klPerUnit.values[row * d + j]!),
      meanVariance,
      active: Number.isNaN(meanVariance)
        ? null
        : meanVariance > ACTIVE_VARIANCE,
    };
  });
}

export const UNIT_COLUMNS = ["unit", "kl", "mean_variance", "active"] as const;

/**
 * Rows of the table of units: `unit` counts from 1, `active` is 0 or 1, or NaN
 * where it is not known.
 */
export function unitRows(units: readonly Unit[]): Row[] {
  return units.map(({ kl, meanVariance, active }, i) => ({
    unit: i + 1,
    kl,
    mean_variance: meanVariance,
    active: active === null ? NaN : Number(active),
  }));
}
