/** The score of FactorVAE. */

import { type Codes, columnsOf, varianceOf } from "./codes.ts";

/** How it is estimated. */
export interface FactorVaeOptions {
  /** groups of rows whose votes make the classifier */
  readonly votes: number;
  /** groups of rows that it is tried on */
  readonly trials: number;
  /**
   * The codes of a group of rows that agree in one factor, which is drawn, and
   * differ in all others.
   *
   * @param index of the group, from 0
   * @returns the factor's index, and the codes
   */
  readonly group: (
    index: number,
  ) => Promise<{ readonly factor: number; readonly codes: Codes }>;
}

/**
 * FactorVAE's score (Kim and Mnih, arXiv 1802.05983, section 4): in rows that
 * agree in one factor, the latent dimension that varies least, relative to its
 * variance over the data, tells which factor it is. The classifier takes the
 * factor that a dimension was seen with most often; the score is its accuracy.
 * 1/K is chance.
 *
 * The variant: the classifier is tried on groups that did not make it, as in
 * Locatello et al., and dimensions of no variance over the data are left out.
 *
 * @param variances of each latent dimension over the data; 0: left out
 */
export async function factorVaeScore(
  variances: readonly number[],
  { votes, trials, group }: FactorVaeOptions,
): Promise<number> {
  /** How often each dimension went with each factor. */
  const seen = variances.map(() => new Map<number, number>());
  const vote = async (index: number) => {
    const { factor, codes } = await group(index);
    const ratios = columnsOf(codes).map((column, j) =>
      variances[j] === 0 ? Infinity : varianceOf(column) / variances[j]!
    );
    return { factor, unit: ratios.indexOf(Math.min(...ratios)) };
  };
  for (let i = 0; i < votes; i++) {
    const { factor, unit } = await vote(i);
    seen[unit]!.set(factor, (seen[unit]!.get(factor) ?? 0) + 1);
  }
  const guesses = seen.map((counts) =>
    [...counts].reduce(
      (best, entry) => entry[1] > best[1] ? entry : best,
      [-1, 0],
    )[0]
  );
  let right = 0;
  for (let i = votes; i < votes + trials; i++) {
    const { factor, unit } = await vote(i);
    if (guesses[unit] === factor) right += 1;
  }
  return right / trials;
}
