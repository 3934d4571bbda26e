/** Chains [S, B] that move by keyed draws, with one step size per datapoint. */

import { tf } from "../lazy_tfjs.ts";
import type { ChainDraws } from "./draws.ts";
import { hmcTransition } from "./hmc.ts";
import type { HmcSettings, HmcState, LogDensity } from "./hmc.ts";
import { adaptStepSize, jitterStepSize } from "./step_size.ts";

/** The `index`-th transition of the chains, with jittered step sizes. */
export function moveChains(
  logDensity: LogDensity,
  z: tf.Tensor,
  { stepSize, leapfrogSteps }: HmcSettings,
  draws: ChainDraws,
  index: number,
): HmcState {
  return tf.tidy(() =>
    hmcTransition(
      logDensity,
      z,
      {
        stepSize: jitterStepSize(stepSize, draws.jitter(index)),
        leapfrogSteps,
      },
      { momentum: draws.momentum(index), uniforms: draws.acceptance(index) },
    )
  );
}

export type AdaptingChains = {
  /** [S, B, d] */
  readonly z: tf.Tensor;
  /** [1, B] */
  readonly stepSize: tf.Tensor;
};

/**
 * Chains before their adaptation, with step size 1, the scale of the prior: one
 * that is too large shrinks fast, one that is too small grows slowly.
 */
export function adaptingChains(z: tf.Tensor): AdaptingChains {
  return { z, stepSize: tf.fill([1, z.shape[1]!], 1) };
}

/** Moves the chains, adapts their step size, and frees the old z. */
export function moveAndAdapt(
  logDensity: LogDensity,
  { z, stepSize }: AdaptingChains,
  { leapfrogSteps, target }: {
    readonly leapfrogSteps: number;
    readonly target: number;
  },
  draws: ChainDraws,
  index: number,
): AdaptingChains {
  const next = tf.tidy(() => {
    const settings = { stepSize, leapfrogSteps };
    const moved = moveChains(logDensity, z, settings, draws, index);
    return {
      z: moved.z,
      stepSize: adaptStepSize(stepSize, moved.acceptance, { target }),
    };
  });
  z.dispose();
  return next;
}
