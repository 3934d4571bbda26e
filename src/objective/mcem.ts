/** Monte Carlo EM with Hamiltonian Monte Carlo (AEVB, section 5). */

import * as tf from "@tensorflow/tfjs";
import { hmcTransition, type LogDensity } from "../inference/hmc.ts";
import { adaptStepSize } from "../inference/step_size.ts";
import { mean, sumAxis } from "../model/reductions.ts";
import { evaluateElbo } from "./elbo.ts";
import type { DeviceBatch, Objective } from "./objective.ts";
import { FIRST_STEP_SIZE, HMC_STEP_SIZE, type ObjectiveSpec } from "./spec.ts";

/**
 * E-step: HMC transitions towards p(z|x), from a draw of q(z|x). M-step: some
 * updates of the decoder up ln p(x|z) at what the chains reached.
 *
 * AEVB's has no encoder, and leaves open where its chains start. Here the
 * encoder goes up ln q(z|x) at the same z, which brings q(z|x) to the chains'
 * ends: it gives the next chains of that x a start, and the model a bound. The
 * step size is tuned to an acceptance of 90 %, as in AEVB.
 */
export function mcemObjective(
  { leapfrogSteps, updates }: ObjectiveSpec & { name: "mcem" },
): Objective {
  const stepSize = tf.tidy(() => tf.variable(tf.scalar(FIRST_STEP_SIZE)));
  return {
    updates,
    variables: new Map([[HMC_STEP_SIZE, stepSize]]),
    prepare(vae, { x, noise, chain }) {
      if (chain === undefined) throw new Error("the batch moves no chain");
      const start = vae.infer(x, noise).z;
      const reconstruction = mean(vae.decode(start).logProb(x));
      const logJoint = (z: tf.Tensor) =>
        tf.add(vae.logLikelihood(x, z), vae.logPrior(z));
      const { z, acceptance } = moveChains(logJoint, start, chain, {
        stepSize,
        leapfrogSteps,
      });
      return () => {
        const posterior = vae.encode(x);
        const atEnd = mean(vae.decode(z, x).logProb(x));
        const logPosterior = mean(sumAxis(posterior.logProb(z), -1));
        return {
          reconstruction,
          kl: mean(sumAxis(posterior.kl(), -1)),
          objective: tf.add(atEnd, logPosterior),
          more: [atEnd, logPosterior, acceptance],
        };
      };
    },
    evaluate: evaluateElbo,
  };
}

/**
 * Moves every chain by all transitions, and the step size after each.
 *
 * @returns where the chains end, [S, B, d], and the mean acceptance
 */
function moveChains(
  logDensity: LogDensity,
  start: tf.Tensor,
  { momentum, uniforms }: Required<DeviceBatch>["chain"],
  { stepSize, leapfrogSteps }: {
    stepSize: tf.Variable;
    leapfrogSteps: number;
  },
): { z: tf.Tensor; acceptance: tf.Scalar } {
  const momenta = tf.unstack(momentum);
  const settings = { stepSize: stepSize as tf.Scalar, leapfrogSteps };
  let z = start;
  const acceptances = tf.unstack(uniforms).map((own, i) => {
    const noise = { momentum: momenta[i]!, uniforms: own };
    const moved = hmcTransition(logDensity, z, settings, noise);
    stepSize.assign(adaptStepSize(settings.stepSize, moved.acceptance));
    z = moved.z;
    return moved.acceptance;
  });
  return { z, acceptance: mean(tf.stack(acceptances)) };
}
