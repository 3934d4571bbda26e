/**
 * log p(x) from samples of the posterior (AEVB, arXiv 1312.6114, appendix D).
 *
 * For any density q, the mean of q(z) / p(x, z) over p(z|x) is 1 / p(x). With
 * q near the posterior the ratios are nearly equal, so few samples suffice:
 *
 *     p(x) ~ ((1/L) sum_l q(z_l) / (p(z_l) p(x|z_l)))^-1,  z_l ~ p(z|x)
 *
 * Where it fails:
 * - The ratios must have light tails: q may not be much wider than the
 *   posterior in any direction. A Gaussian q that is fitted in more than about
 *   five dimensions, or to a posterior far from Gaussian, is wider in some.
 *   The mean then depends on rare samples, the estimate is mostly too high, and
 *   its standard error is too small.
 * - All chains must have found the posterior, in the right proportions. A mode
 *   that no chain has visited is missing from p(x): the estimate is too low,
 *   and the standard error does not show it.
 * - Even without these, the logarithm of a noisy mean is biased: upwards by
 *   about half the squared standard error.
 */

import { tf } from "../lazy_tfjs.ts";
import { logMeanExp } from "../model/reductions.ts";
import { adaptingChains, moveAndAdapt, moveChains } from "./chains.ts";
import { requireAtLeast, requireShape } from "./checks.ts";
import { chainDraws, type InferenceKey } from "./draws.ts";
import { type LogLikelihoodEstimate, logMeanOfWeights } from "./estimate.ts";
import { fittedGaussian } from "./fitted_gaussian.ts";
import type { HmcState, LogDensity } from "./hmc.ts";
import { type JointDensity, logJoint } from "./joint_density.ts";

/** Defaults: the number of chains, and of samples kept of each. */
const [CHAINS, SAMPLES] = [32, 25] as const;

/**
 * The most dimensions of z for which the default settings suffice: q needs more
 * samples than dimensions, and half of the chains provide them.
 */
export const MOST_FITTED_DIMS: number = CHAINS / 2 * SAMPLES - 1;

/** How the posterior is sampled. */
export interface HmcLogLikelihoodOptions extends InferenceKey {
  /**
   * chains per datapoint, even, at least 4; 32 if absent. One half gives the
   * samples that q is fitted to, the other half those of the mean.
   */
  readonly chains?: number;
  /** transitions discarded while step sizes are adapted; 100 if absent */
  readonly burnIn?: number;
  /** samples kept of each chain, one per transition; 25 if absent */
  readonly samples?: number;
  /** leapfrog steps of a transition; 4 if absent (AEVB, appendix E) */
  readonly leapfrogSteps?: number;
  /** acceptance that step sizes are adapted to; 0.9 if absent (AEVB) */
  readonly targetAcceptance?: number;
  /**
   * where the chains start, [S, B, d]; draws of N(0, I) if absent. Draws of an
   * encoder's q(z|x) need a shorter burn-in, but miss the modes that it misses.
   */
  readonly start?: tf.Tensor;
}

/**
 * Estimates log p(x) of each datapoint by Hamiltonian Monte Carlo. The step
 * size is one per datapoint, fixed after the burn-in. Chains are independent,
 * so the standard error comes from the spread of their means, which holds
 * however correlated the samples within a chain are.
 *
 * The caller frees the tensors.
 *
 * @throws {RangeError} a count that is too small, or a start of another shape
 */
export function hmcLogLikelihood(
  density: JointDensity,
  options: HmcLogLikelihoodOptions,
): LogLikelihoodEstimate {
  return tf.tidy(() => {
    const { z, logDensity, acceptance } = samplePosterior(density, options);
    const [fitted, evaluated] = tf.split(z, 2, 1);
    const [, logJointThere] = tf.split(logDensity, 2, 1); // [n, S/2, B]
    const rows = [-1, density.count, density.latentDim];
    const logQ = fittedGaussian(tf.reshape(fitted!, rows))(
      tf.reshape(evaluated!, rows),
    );
    const logRatio = tf.sub(
      tf.reshape(logQ, logJointThere!.shape),
      logJointThere!,
    );
    const chainMeans = logMeanExp(logRatio, 0);
    const { logMean, standardError } = logMeanOfWeights(chainMeans);
    return { logLikelihood: tf.neg(logMean), standardError, acceptance };
  });
}

/** Samples of p(z|x), [n, S, B, d], with log p(x, z) at them, [n, S, B]. */
function samplePosterior(
  density: JointDensity,
  options: HmcLogLikelihoodOptions,
): { z: tf.Tensor; logDensity: tf.Tensor; acceptance: tf.Tensor } {
  const {
    chains = CHAINS,
    burnIn = 100,
    samples = SAMPLES,
    leapfrogSteps = 4,
    targetAcceptance: target = 0.9,
  } = options;
  requireAtLeast("chains", chains, 4);
  if (chains % 2 !== 0) throw new RangeError(`chains is odd: ${chains}`);
  requireAtLeast("burnIn", burnIn, 0);
  requireAtLeast("samples", samples, 1);
  const shape = [chains, density.count, density.latentDim] as const;
  const draws = chainDraws(options, "hmc", shape);
  const start = options.start?.clone() ?? draws.start();
  requireShape("start", start, shape);
  const logDensity: LogDensity = (z) => logJoint(density, z);

  let adapting = adaptingChains(start);
  for (let index = 0; index < burnIn; index++) {
    const settings = { leapfrogSteps, target };
    adapting = moveAndAdapt(logDensity, adapting, settings, draws, index);
  }
  const settings = { stepSize: adapting.stepSize, leapfrogSteps };
  const kept: HmcState[] = [];
  for (let index = burnIn; index < burnIn + samples; index++) {
    const { z } = kept.at(-1) ?? adapting;
    kept.push(moveChains(logDensity, z, settings, draws, index));
  }
  return {
    z: tf.stack(kept.map(({ z }) => z)),
    logDensity: tf.stack(kept.map(({ logDensity }) => logDensity)),
    acceptance: tf.mean(
      tf.stack(kept.map(({ acceptance }) => acceptance)),
      [0, 1],
    ),
  };
}
