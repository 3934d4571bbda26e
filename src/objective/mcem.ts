/** Monte Carlo EM with Hamiltonian Monte Carlo (AEVB, section 5). */

import { tf } from "../lazy_tfjs.ts";
import { hmcTransition, type LogDensity } from "../inference/hmc.ts";
import { adaptStepSize } from "../inference/step_size.ts";
import { field } from "../config/field.ts";
import { integer, MOST } from "../config/value.ts";
import { mean, sumAxis } from "../model/reductions.ts";
import { evaluateElbo } from "./elbo.ts";
import { OBJECTIVE_ARRAYS } from "./objective.ts";
import type { DeviceBatch, Objective, ObjectiveRow } from "./objective.ts";

/** Monte Carlo EM and its settings. */
export interface Mcem {
  /** its name */
  readonly name: "mcem";
  /** of the chain that draws from p(z|x) */
  readonly transitions: number;
  /** gradient steps of each transition */
  readonly leapfrogSteps: number;
  /** updates of the parameters with each draw */
  readonly updates: number;
}

/**
 * The settings of AEVB's Monte Carlo EM (appendix E): ten leapfrog steps and
 * five updates. Here the ten are five transitions, since one long trajectory
 * from a draw far out is often rejected: the encoder then learns from chains
 * that did not move, and drifts further out.
 */
export const MCEM: Mcem = {
  name: "mcem",
  transitions: 5,
  leapfrogSteps: 2,
  updates: 5,
};

/** The step size of the chains of `mcem`, in a checkpoint. */
export const HMC_STEP_SIZE: string = `${OBJECTIVE_ARRAYS}hmc_step_size`;

/** The step size of the leapfrog method at the first training step. */
export const FIRST_STEP_SIZE = 0.1;

/**
 * E-step: HMC transitions towards p(z|x), from a draw of q(z|x). M-step: some
 * updates of the decoder that increase log p(x|z) at the ends of the chains.
 *
 * AEVB's has no encoder, and leaves open where its chains start. Here the
 * encoder maximises log q(z|x) at the same z, which brings q(z|x) to the ends
 * of the chains: it starts the next chains of that x, and gives the model a
 * bound. The step size is tuned to an acceptance of 90 %, as in AEVB.
 */
function mcemObjective(
  { leapfrogSteps, updates }: Mcem,
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
 * Moves every chain by all transitions, and the step size after each: gives
 * where the chains end, [S, B, d], and the mean acceptance.
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

/**
 * Monte Carlo EM as a row of the table.
 *
 * A training step evaluates its minibatch once for each leapfrog step and each
 * update, as AEVB seems to count the "training samples evaluated" of its
 * figures. The paper does not say so, but all points of Monte Carlo EM in its
 * figure 3 are multiples of 15 times the train images, at ten leapfrog steps
 * and five updates.
 */
export const MCEM_ROW: ObjectiveRow<Mcem> = {
  help: "Monte Carlo EM",
  settings: {
    transitions: field("transitions", {
      value: integer(1, MOST),
      help: "transitions of the chain that draws from p(z|x)",
      default: String(MCEM.transitions),
    }),
    leapfrogSteps: field("leapfrog-steps", {
      value: integer(1, MOST),
      help: "leapfrog steps of each transition",
      default: String(MCEM.leapfrogSteps),
    }),
    updates: field("updates", {
      value: integer(1, MOST),
      help: "optimiser updates with each draw",
      default: String(MCEM.updates),
    }),
  },
  weights: "equal",
  kl: "none",
  encoder: "chains",
  klFactor: 1,
  create: mcemObjective,
  trainingColumns: [
    "hmc_reconstruction",
    "hmc_log_posterior",
    "hmc_acceptance",
  ],
  evaluationColumns: [],
  timesEvaluated: ({ transitions, leapfrogSteps, updates }) =>
    transitions * leapfrogSteps + updates,
};
