/** A sweep is data: the product of swept values and seeds. */

import {
  evaluationsPerStep,
  objectiveLabel,
  type ObjectiveSpec,
} from "../objective/spec.ts";
import type { RunConfig } from "../train/config.ts";

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

/** Training samples that a run evaluates: see `evaluationsPerStep`. */
export function samplesEvaluated(
  { steps, batchSize, objective }: Pick<
    RunConfig,
    "steps" | "batchSize" | "objective"
  >,
): number {
  return steps * batchSize * evaluationsPerStep(objective);
}

/** The {@linkcode samplesEvaluated}, such as `n1e6`, for a run's name. */
export function budgetLabel(
  config: Pick<RunConfig, "steps" | "batchSize" | "objective">,
): string {
  return `n${exponential(samplesEvaluated(config))}`;
}

/** Such as 2e6 or 2.18e7: of three digits at most. */
export function exponential(value: number): string {
  return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
}
