/** A sweep is data: the product of swept values and seeds. */

import type { RunConfig } from "../train/config.ts";

/** What is swept; everything else is shared by all runs. */
export interface Swept {
  /** dimensions of z */
  readonly latentDims: readonly number[];
  /** draws of z per datapoint, L */
  readonly samples: readonly number[];
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
export type SweptField = "latentDim" | "samples" | "seed";

/** All runs of a sweep, in a fixed order: latent dimension, L, seed. */
export function planRuns(
  shared: Omit<RunConfig, SweptField>,
  { latentDims, samples, seeds }: Swept,
): PlannedRun[] {
  return latentDims.flatMap((latentDim) =>
    samples.flatMap((draws) =>
      seeds.map((seed) => {
        const config = { ...shared, latentDim, samples: draws, seed };
        return { name: runName(config), config };
      })
    )
  );
}

/**
 * The name of a run's folder, such as `mnist-z10-L1-seed1`: a function of what
 * was asked alone, the same on every machine and commit.
 */
export function runName(config: RunConfig): string {
  const { dataset, latentDim, posterior, samples, seed } = config;
  const family = posterior === "diagonal" ? "" : `-${posterior}`;
  return `${dataset}-z${latentDim}${family}-L${samples}-seed${seed}`;
}
