/**
 * Signal to noise of a random vector, such as the gradient of some parameters:
 * two measures, each with its standard error.
 */

import { type Estimate, RunningMoments } from "./estimates.ts";

/** How far the mean of a random vector g stands out of its noise. */
export interface SignalToNoise {
  /**
   * Mean over the numbers g_i of |E g_i| / sd g_i, the ratio of Rainforth et
   * al. (arXiv 1802.04537, section 3). An absolute value of an estimate is
   * never small: of n draws, a g_i whose mean is zero counts about
   * sqrt(2 / (pi n)) instead of zero. Infinity where a g_i is the same number,
   * not zero, in all draws.
   */
  readonly elementwise: Estimate;
  /**
   * |E g|^2 / E |g - E g|^2, the square of the ratio of the whole vector. The
   * noise in the mean is taken off the first, so that both are unbiased: where
   * the mean is zero it is as often below zero as above.
   */
  readonly vectorSquared: Estimate;
  /** how many g_i count: those that are zero in all draws do not */
  readonly varying: number;
}

/**
 * Signal to noise of the numbers from `start` to `end` of what was drawn.
 *
 * The standard errors are those of the jackknife over blocks (J. W. Tukey,
 * 1958): both measures again without each block in turn. With b blocks they
 * are known to about 1 / sqrt(2 (b - 1)) of themselves. Where the mean is zero
 * that of `vectorSquared` is too large by sqrt(2).
 *
 * @param blocks moments of independent parts of the draws, at least two, of
 *   about the same number of draws
 */
export function signalToNoise(
  blocks: readonly RunningMoments[],
  start = 0,
  end: number = blocks[0]!.means.length,
): SignalToNoise {
  const [elementwise, vectorSquared, varying] = jackknife(blocks, (blocks) => {
    const measured = measure(blocks, start, end);
    const { elementwise, vectorSquared, varying } = measured;
    return [elementwise, vectorSquared, varying];
  });
  return {
    elementwise: elementwise!,
    vectorSquared: vectorSquared!,
    varying: varying!.value,
  };
}

/** The measures of {@linkcode SignalToNoise}, without their errors. */
interface Measured {
  readonly elementwise: number;
  readonly vectorSquared: number;
  readonly varying: number;
}

function measure(
  blocks: readonly RunningMoments[],
  start: number,
  end: number,
): Measured {
  const { count, means, squares } = merged(blocks);
  let [varying, ratios, signal, noise] = [0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const mean = means[i]!;
    const variance = squares[i]! / (count - 1);
    if (mean === 0 && variance === 0) continue;
    varying += 1;
    ratios += Math.abs(mean) / Math.sqrt(variance);
    // E of the squared mean of n draws is (E g)^2 + variance / n.
    signal += mean ** 2 - variance / count;
    noise += variance;
  }
  return {
    elementwise: ratios / varying,
    vectorSquared: signal / noise,
    varying,
  };
}

/** The moments of all draws of the blocks. */
export function merged(blocks: readonly RunningMoments[]): RunningMoments {
  const moments = new RunningMoments(blocks[0]!.means.length);
  for (const block of blocks) moments.merge(block);
  return moments;
}

/**
 * Numbers of all blocks together, with the standard errors of the jackknife:
 * from what they are without each block in turn (J. W. Tukey, 1958).
 *
 * @param blocks independent parts of the draws, at least two, of about one size
 * @param of the numbers of some blocks, always as many
 */
export function jackknife<Block>(
  blocks: readonly Block[],
  of: (blocks: readonly Block[]) => readonly number[],
): Estimate[] {
  const without = blocks.map((block) =>
    of(blocks.filter((other) => other !== block))
  );
  return of(blocks).map((value, i) => ({
    value,
    error: jackknifeError(without.map((numbers) => numbers[i]!)),
  }));
}

/** The error, from the values that an estimate has without each block. */
function jackknifeError(values: readonly number[]): number {
  const blocks = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / blocks;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares * (blocks - 1) / blocks);
}
