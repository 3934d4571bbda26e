/** A sweep is data: the product of swept values and seeds. */

import { objectiveLabel, type ObjectiveSpec } from "../objective/spec.ts";
import type { RunConfig } from "../train/config.ts";
import {
  type Counted,
  formatSamples,
  samplesEvaluated,
} from "../train/samples_evaluated.ts";

/** What is swept; everything else is shared by all runs. */
export interface Swept {
  /** dimensions of z */
  readonly latentDims: readonly number[];
  /** draws of z per datapoint, L */
  readonly samples: readonly number[];
  /** what runs go up, such as bounds of several k */
  readonly objectives: readonly ObjectiveSpec[];
  /** seeds of runs */
  readonly seeds: readonly number[];
}

/** One run of a sweep. */
export interface PlannedRun {
  /** of its folder: see {@linkcode runName} */
  readonly name: string;
  /** what its numbers depend on */
  readonly config: RunConfig;
}

/** The swept fields of a config. */
export type SweptField = "latentDim" | "samples" | "objective" | "seed";

/** All runs of a sweep, in a fixed order: latent dimension, L, k, seed. */
export function planRuns(
  shared: Omit<RunConfig, SweptField>,
  { latentDims, samples, objectives, seeds }: Swept,
): PlannedRun[] {
  return latentDims.flatMap((latentDim) =>
    samples.flatMap((draws) =>
      objectives.flatMap((objective) =>
        seeds.map((seed) => {
          const swept = { latentDim, samples: draws, objective, seed };
          const config = { ...shared, ...swept };
          return { name: runName(config), config };
        })
      )
    )
  );
}

/** Dimensions of z, such as `10`, or of z1 and z2, such as `100-50`. */
export function latentLabel(
  { latentDim, upper }: Pick<RunConfig, "latentDim" | "upper">,
): string {
  return upper === null ? `${latentDim}` : `${latentDim}-${upper.latentDim}`;
}

/**
 * The name of a run's folder, such as `mnist-z10-L1-seed1`: a function of what
 * was asked alone, the same on every machine and commit.
 *
 * @param label what else its experiment tells runs apart by
 */
export function runName(config: RunConfig, label?: string): string {
  const { dataset, posterior, samples, objective, seed } = config;
  const family = posterior === "diagonal" ? "" : `-${posterior}`;
  const up = objective.name === "elbo" ? "" : `-${objectiveLabel(objective)}`;
  const more = label === undefined ? "" : `-${label}`;
  return `${dataset}-z${
    latentLabel(config)
  }${family}-L${samples}${up}${more}-seed${seed}`;
}

/** The training samples that a run evaluates, such as `n1e6`, for its name. */
export function budgetLabel(config: Counted): string {
  return `n${formatSamples(samplesEvaluated(config))}`;
}
