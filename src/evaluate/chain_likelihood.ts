/** log p(x) of a VAE by Markov chains over z, for small latent spaces. */

import { tf } from "../lazy_tfjs.ts";
import type { Examples } from "../data/dataset.ts";
import { aisLogLikelihood, type AisOptions } from "../inference/ais.ts";
import type { InferenceKey } from "../inference/draws.ts";
import {
  hmcLogLikelihood,
  type HmcLogLikelihoodOptions,
} from "../inference/hmc_log_likelihood.ts";
import type { LogLikelihoodEstimate } from "../inference/estimate.ts";
import type { JointDensity } from "../inference/joint_density.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { rowOf } from "../table.ts";
import { compute, type Control, modelOf, uploadOf } from "./device.ts";
import { emptyEstimates, type RowEstimates } from "./estimates.ts";
import { partsToDo } from "./row_parts.ts";

const ROWS_AT_ONCE = 25;

export type ChainEstimator = "ais" | "hmc";

/** Settings of the chains, by estimator; those of its file where absent. */
export interface ChainSettings {
  readonly ais?: Omit<AisOptions, keyof InferenceKey>;
  readonly hmc?: Omit<HmcLogLikelihoodOptions, keyof InferenceKey | "start">;
}

const CHAINS: Readonly<
  Record<
    ChainEstimator,
    (
      density: JointDensity,
      key: InferenceKey,
      settings: ChainSettings,
    ) => LogLikelihoodEstimate
  >
> = {
  ais: (density, key, { ais }) => aisLogLikelihood(density, { ...key, ...ais }),
  hmc: (density, key, { hmc }) => hmcLogLikelihood(density, { ...key, ...hmc }),
};

/** What chains are run with. */
export interface ChainOptions extends Control {
  /** of the chains, an integer in 0..2^53-1 */
  readonly seed: number;
  readonly chains?: ChainSettings;
}

/**
 * log p(x) of each row in nats, by {@linkcode aisLogLikelihood} or
 * {@linkcode hmcLogLikelihood}, which say where they fail.
 */
export async function chainLogLikelihood(
  vae: Vae,
  examples: Examples,
  estimator: ChainEstimator,
  { seed, chains = {}, ...control }: ChainOptions,
): Promise<RowEstimates> {
  const estimate = rowOf(CHAINS, estimator, "estimator");
  const found = emptyEstimates(examples.count);
  for await (const rows of partsToDo(control, estimator, found, ROWS_AT_ONCE)) {
    const upload = uploadOf(examples, rows);
    const both = await compute(() => {
      const x = upload();
      const own = modelOf(vae, examples, rows);
      const density = {
        count: rows.count,
        latentDim: totalLatentDim(vae.spec),
        logPrior: (z: tf.Tensor) => own.logPrior(z),
        logLikelihood: (z: tf.Tensor) => own.logLikelihood(x, z),
      };
      const key = { seed, firstRow: rows.first };
      const { logLikelihood, standardError } = estimate(density, key, chains);
      return tf.stack([logLikelihood, tf.square(standardError)]);
    }, control);
    found.values.set(both.subarray(0, rows.count), rows.first);
    found.variances.set(both.subarray(rows.count), rows.first);
  }
  return found;
}
