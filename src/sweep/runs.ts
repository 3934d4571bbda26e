/** Runs of a sweep, and their names. */

import { datasetLabel } from "../data/load.ts";
import { objectiveLabel } from "../objective/spec.ts";
import type { RunConfig } from "../train/config.ts";
import { formatSamples, samplesEvaluated } from "../train/samples_evaluated.ts";
import type { Counted } from "../train/samples_evaluated.ts";

/** One run of a sweep. */
export interface PlannedRun {
  /** of its folder: see {@linkcode runName} */
  readonly name: string;
  /** what its numbers depend on */
  readonly config: RunConfig;
}

/** Dimensions of z, such as `10`, or of z1 and z2, such as `100-50`. */
export function latentLabel(
  { latentDim, upper }: Pick<RunConfig, "latentDim" | "upper">,
): string {
  return upper === null ? `${latentDim}` : `${latentDim}-${upper.latentDim}`;
}

/** The data set, and the labels that a model is given: `glyphs-given-class`. */
export function dataLabel(
  config: Pick<RunConfig, "dataset" | "own" | "condition">,
): string {
  const { condition } = config;
  if (condition === undefined) return datasetLabel(config);
  const labels = condition.join("-").replaceAll(/[^A-Za-z0-9_-]+/g, "-");
  return `${datasetLabel(config)}-given-${labels}`;
}

/**
 * The name of a run's folder, such as `mnist-z10-L1-seed1`: a function of what
 * was asked alone, the same on every machine and commit.
 *
 * @param label what else its experiment tells runs apart by
 */
export function runName(config: RunConfig, label?: string): string {
  const { posterior, samples, objective, seed } = config;
  const family = posterior === "diagonal" ? "" : `-${posterior}`;
  const up = objective.name === "elbo" ? "" : `-${objectiveLabel(objective)}`;
  const more = label === undefined ? "" : `-${label}`;
  return `${dataLabel(config)}-z${
    latentLabel(config)
  }${family}-L${samples}${up}${more}-seed${seed}`;
}

/** The training samples that a run evaluates, such as `n1e6`, for its name. */
export function budgetLabel(config: Counted): string {
  return `n${formatSamples(samplesEvaluated(config))}`;
}
