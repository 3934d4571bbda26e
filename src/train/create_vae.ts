/** The model of a run. */

import { type Dataset, meanPixels } from "../data/dataset.ts";
import { OUTPUT_BIAS_TABLE } from "../model/initialisations.ts";
import { initialParameters } from "../model/parameters.ts";
import type { VaeSpec } from "../model/spec.ts";
import { Vae } from "../model/vae.ts";
import { rowOf } from "../table.ts";
import { checkData } from "./check_data.ts";
import type { RunConfig } from "./config.ts";

/**
 * The specification of a config's model for data of such rows.
 *
 * @param data without `train` where labels, of which y is made, are not read yet
 */
export function vaeSpec(
  config: RunConfig,
  { dim, image, train }: Pick<Dataset, "dim" | "image"> & Partial<Dataset>,
): VaeSpec {
  const { latentDim, hidden, activation, posterior } = config;
  const { upper, logVarianceBounds, likelihood, initialisation } = config;
  return {
    dataDim: dim,
    ...(image === null ? {} : { image }),
    latentDim,
    hidden,
    activation,
    posterior,
    upper,
    ...(config.own?.missing === "mask" && { masked: true }),
    ...train?.condition && { conditionDim: train.condition.dim },
    ...logVarianceBounds && { logVarianceBounds },
    likelihood,
    initialisation,
  };
}

/**
 * The VAE of a run before its first step, on the current tfjs backend.
 *
 * @throws {UserError} the data do not fit the config's likelihood
 */
export function createVae(config: RunConfig, data: Dataset): Vae {
  checkData(data, config);
  const spec = vaeSpec(config, data);
  const { needsDataMean } = rowOf(
    OUTPUT_BIAS_TABLE,
    config.outputBias,
    "output bias",
  );
  const dataMean = needsDataMean ? meanPixels(data.train) : undefined;
  return new Vae(spec, initialParameters(spec, config.seed, dataMean));
}
