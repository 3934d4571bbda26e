/** The wake-sleep algorithm (Hinton, Dayan, Frey, Neal 1995). */

import { tf } from "../lazy_tfjs.ts";
import { mean, sumAxis } from "../model/reductions.ts";
import { evaluateElbo } from "./elbo.ts";
import type { Objective, ObjectiveRow } from "./objective.ts";

/**
 * The decoder maximises E_q[log p(x|z)] at draws of z from q(z|x) (wake), the
 * encoder log q(z|x) at dreams: z from the prior and x from p(x|z) (sleep). The
 * objective is the sum of the two, each with the gradient of its own network
 * alone. It is no bound of log p(x); the ELBO is logged nevertheless.
 */
function wakeSleepObjective(): Objective {
  return {
    updates: 1,
    variables: new Map(),
    prepare(vae, { x, noise, dream }) {
      if (dream === undefined) throw new Error("the batch has no dreams");
      // Drawn outside of the terms: no gradient flows through the draws.
      const { z } = vae.infer(x, noise);
      const dreamtX = vae.allObserved(tf.squeeze(
        vae.decode(dream.prior).sample(dream.pixels),
        [0],
      ));
      return () => {
        const reconstruction = mean(vae.decode(z, x).logProb(x));
        const logPosterior = vae.encode(dreamtX).logProb(dream.prior);
        const sleep = mean(sumAxis(logPosterior, -1));
        return {
          reconstruction,
          kl: mean(sumAxis(vae.encode(x).kl(), -1)),
          objective: tf.add(reconstruction, sleep),
          more: [sleep],
        };
      };
    },
    evaluate: evaluateElbo,
  };
}

export const WAKE_SLEEP: ObjectiveRow<{ readonly name: "wake-sleep" }> = {
  settings: {},
  weights: "equal",
  kl: "none",
  encoder: "dreams",
  klFactor: 1,
  create: wakeSleepObjective,
  trainingColumns: ["sleep_log_posterior"],
  evaluationColumns: [],
};
