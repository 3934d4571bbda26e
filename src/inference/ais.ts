/**
 * log p(x) by annealed importance sampling (R. M. Neal: Annealed importance
 * sampling, 2001; for decoders Y. Wu et al.: On the quantitative analysis of
 * decoder-based generative models, arXiv 1611.04273).
 *
 * With temperatures 0 = b_0 < b_1 < ... < b_T = 1 and
 *
 *     f_b(z) = N(z; 0, I)^(1 - b) p(x, z)^b
 *
 * a chain starts at a draw z_0 of N(0, I), and z_t follows from z_t-1 by one
 * transition that leaves f_b_t invariant, for t = 1..T-1. Its log weight
 *
 *     log w = sum_t<T (b_t+1 - b_t) (log p(x, z_t) - log N(z_t; 0, I))
 *
 * has E[w] = p(x), however few the temperatures and however badly the
 * transitions mix. Where p(z) = N(0, I), f_b is p(z) p(x|z)^b; other priors,
 * such as that of a second layer, are valid too.
 *
 * By Jensen's inequality the mean of the logarithm lies below log p(x), by
 * about half the squared standard error. With few temperatures few chains carry
 * all the weight: the estimate is then mostly too low, and the standard error
 * too small. More temperatures help more than more chains do.
 */

import { exp } from "../elementary.ts";
import { tf } from "../lazy_tfjs.ts";
import { adaptingChains, moveAndAdapt, moveChains } from "./chains.ts";
import { requireAtLeast } from "./checks.ts";
import { type ChainDraws, chainDraws, type InferenceKey } from "./draws.ts";
import { type LogLikelihoodEstimate, logMeanOfWeights } from "./estimate.ts";
import type { LogDensity } from "./hmc.ts";
import { logJoint, logStandardNormal } from "./joint_density.ts";
import type { JointDensity } from "./joint_density.ts";

/** How the chains are annealed. */
export interface AisOptions extends InferenceKey {
  /** independent chains per datapoint, at least 2; 16 if absent */
  readonly chains?: number;
  /**
   * b_0 to b_T, rising from 0 to 1; `sigmoidTemperatures(1000)` if absent. The
   * cost grows with T.
   */
  readonly temperatures?: readonly number[];
  /** leapfrog steps of a transition; 10 if absent (Wu et al.) */
  readonly leapfrogSteps?: number;
  /** acceptance that step sizes are adapted to; 0.65 if absent (Wu et al.) */
  readonly targetAcceptance?: number;
}

/** b_t = t / T for t = 0..T. */
export function linearTemperatures(steps: number): number[] {
  requireAtLeast("steps", steps, 1);
  return Array.from({ length: steps + 1 }, (_, t) => t / steps);
}

/**
 * The sigmoid at T + 1 equal steps of -4..4, scaled to 0..1: temperatures lie
 * closest at both ends, where f_b changes most (Wu et al.).
 */
export function sigmoidTemperatures(steps: number): number[] {
  const sigmoid = (x: number) => 1 / (1 + exp(-x));
  const [low, high] = [sigmoid(-4), sigmoid(4)];
  return linearTemperatures(steps).map((t) =>
    (sigmoid(8 * t - 4) - low) / (high - low)
  );
}

/**
 * Estimates log p(x) of each datapoint: the log mean of its chains' weights.
 *
 * A step size that depends on the chains would make E[w] differ from p(x). So a
 * pilot run over the same temperatures, with a quarter of the chains and
 * draws of its own, adapts one step size per datapoint and temperature; its
 * chains are then thrown away.
 *
 * The caller frees the tensors. Here z ~ N(0, 1) and x|z ~ N(z, 1), so that
 * log p(x) = log N(0; 0, 2) = -1.266 at x = 0:
 *
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { aisLogLikelihood, sigmoidTemperatures } from "./ais.ts";
 * import { logStandardNormal } from "./joint_density.ts";
 * import "../tfjs.ts"; // loads it
 *
 * const estimate = aisLogLikelihood(
 *   {
 *     ...{ count: 1, latentDim: 1, logPrior: logStandardNormal },
 *     logLikelihood: logStandardNormal, // N(0; z, 1) = N(z; 0, 1)
 *   },
 *   { seed: 1, temperatures: sigmoidTemperatures(20) },
 * );
 * const [logLikelihood] = await estimate.logLikelihood.data();
 * assertAlmostEquals(logLikelihood!, -1.266, 0.1);
 * ```
 *
 * @throws {RangeError} fewer than two chains, or temperatures that do not rise
 *   from 0 to 1
 */
export function aisLogLikelihood(
  density: JointDensity,
  options: AisOptions,
): LogLikelihoodEstimate {
  const {
    chains = 16,
    temperatures = sigmoidTemperatures(1000),
    leapfrogSteps = 10,
    targetAcceptance: target = 0.65,
  } = options;
  requireAtLeast("chains", chains, 2);
  requireTemperatures(temperatures);
  const { count, latentDim } = density;
  const draws = chainDraws(options, "ais", [chains, count, latentDim]);
  return tf.tidy(() => {
    const stepSizes = pilotStepSizes(
      density,
      temperatures,
      { leapfrogSteps, target },
      chainDraws(options, "aisPilot", [
        Math.ceil(chains / 4),
        count,
        latentDim,
      ]),
    );
    /** (b_t+1 - b_t) (log p(x, z_t) - log N(z_t; 0, I)), [S, B] */
    const weigh = (z: tf.Tensor, t: number) =>
      tf.mul(
        tf.sub(logJoint(density, z), logStandardNormal(z)),
        temperatures[t + 1]! - temperatures[t]!,
      );

    const start = draws.start();
    let state = {
      z: start,
      logWeight: weigh(start, 0),
      acceptance: tf.zeros([chains, count]) as tf.Tensor,
    };
    for (const [i, stepSize] of stepSizes.entries()) {
      const t = i + 1;
      const next = tf.tidy(() => {
        const moved = moveChains(
          annealed(density, temperatures[t]!),
          state.z,
          { stepSize, leapfrogSteps },
          draws,
          t,
        );
        return {
          z: moved.z,
          logWeight: tf.add(state.logWeight, weigh(moved.z, t)),
          acceptance: tf.add(state.acceptance, moved.acceptance),
        };
      });
      tf.dispose(state);
      state = next;
    }
    const { logMean, standardError } = logMeanOfWeights(state.logWeight);
    return {
      logLikelihood: logMean,
      standardError,
      acceptance: tf.div(tf.mean(state.acceptance, 0), stepSizes.length),
    };
  });
}

/** The step size of each transition t = 1..T-1, [1, B] each. */
function pilotStepSizes(
  density: JointDensity,
  temperatures: readonly number[],
  settings: { readonly leapfrogSteps: number; readonly target: number },
  draws: ChainDraws,
): tf.Tensor[] {
  let adapting = adaptingChains(draws.start());
  return temperatures.slice(1, -1).map((temperature, i) => {
    adapting = moveAndAdapt(
      annealed(density, temperature),
      adapting,
      settings,
      draws,
      i + 1,
    );
    return adapting.stepSize;
  });
}

/** log f_b */
function annealed(density: JointDensity, temperature: number): LogDensity {
  return (z) =>
    tf.add(
      tf.mul(logStandardNormal(z), 1 - temperature),
      tf.mul(logJoint(density, z), temperature),
    );
}

function requireTemperatures(temperatures: readonly number[]): void {
  const rises = temperatures.length >= 2 && temperatures[0] === 0 &&
    temperatures.at(-1) === 1 &&
    temperatures.every((b, t) => t === 0 || b > temperatures[t - 1]!);
  if (!rises) throw new RangeError("temperatures do not rise from 0 to 1");
}
