/** Latent dimensions that linear VAEs use, beside those that the maximum does. */

import type { TopLevelSpec } from "vega-lite";
import { datasetLabel } from "../data/load.ts";
import { pointsOnStairs } from "../plot/points_on_stairs.ts";
import type { PublishedNumber } from "./comparison.ts";
import {
  againstExpected,
  type Family,
  lastOf,
  longestFamilies,
  longestRuns,
  type ObtainedRun,
  provenanceOf,
  type RunsOf,
  type SeedGroup,
} from "./obtained.ts";

/** The KL, in nats, above which a latent dimension counts as used. */
const USED_KL = 0.01;

/** How many latent dimensions a run uses. */
function usedOf(run: ObtainedRun): number {
  return latentColumns(run, "kl").filter((kl) => kl > USED_KL).length;
}

/** Columns with a value for each latent dimension; NaN where there are none. */
function latentColumns(run: ObtainedRun, name: string): number[] {
  return Array.from(
    { length: run.config.latentDim },
    (_, j) => lastOf(run, `${name}_${j + 1}`),
  );
}

/** The decoder's variance: a number, or how it is found. */
function varianceOf([{ config: { likelihood } }]: SeedGroup) {
  return "variance" in likelihood ? likelihood.variance : null;
}

/**
 * Latent dimensions that linear VAEs use, and those that the maximum does.
 *
 * @param from of exp:posterior-collapse
 */
export async function compareCollapse(
  from: RunsOf,
): Promise<PublishedNumber[]> {
  const groups = await longestRuns(from);
  return groups.flatMap((runs): PublishedNumber[] => {
    const { latentDim } = runs[0].config;
    const of = (column: string) => runs.map((run) => lastOf(run, column));
    const setup = `linear VAE, z = ${latentDim}, variance ${varianceOf(runs)}`;
    const origins = provenanceOf(runs);
    return [
      {
        ...{ setup, quantity: "dimensions in use", scale: "unit", origins },
        ...againstExpected(runs.map(usedOf), of("ppca_used")),
      },
      {
        ...{ setup, quantity: "exact ELBO of the train images", origins },
        ...againstExpected(of("exact_elbo"), of("ppca_log_likelihood")),
        scale: "nat",
      },
    ];
  });
}

/** Runs by how the decoder's variance is found, in the order of the legend. */
const FOUND = [
  {
    name: "fixed variance, one seed each",
    isOf: (variance: unknown) => typeof variance === "number",
  },
  {
    name: "learned variance, one seed each",
    isOf: (variance: unknown) => variance === "learned",
  },
] as const;

/**
 * Dimensions in use against the decoder's variance: a panel for each set-up of
 * which a run has the eigenvalues; null where none has.
 *
 * @param from of exp:posterior-collapse
 */
export async function collapseFigure(
  from: RunsOf,
): Promise<TopLevelSpec | null> {
  const families = await longestFamilies(
    from,
    "likelihood",
    (family) => eigenvaluesOf(family) !== undefined,
  );
  if (families.length === 0) return null;
  return pointsOnStairs({
    title: "Posterior collapse without a neural net",
    subtitle: "Latent dimensions that linear VAEs use. Grey: the exact " +
      "optimum, as many as eigenvalues of the data's covariance are above the " +
      "decoder's variance (Lucas et al. 2019).",
    xTitle: "variance of the decoder",
    yTitle: "latent dimensions in use",
    names: FOUND.map(({ name }) => name),
    panels: families.map((family) => {
      const [[run]] = family;
      const { latentDim, trainSize } = run.config;
      return {
        title: `${datasetLabel(run.config)}, ${trainSize} images, ` +
          `z = ${latentDim}`,
        points: FOUND.flatMap(({ name, isOf }) =>
          family.filter((runs) => isOf(varianceOf(runs))).flat()
            .map((run) => ({ name, x: lastVariance(run), y: usedOf(run) }))
        ),
        steps: eigenvaluesOf(family)!,
      };
    }),
  });
}

/**
 * The largest eigenvalues of the covariance of a family's train images, which
 * all of its runs share; undefined where none has them.
 */
function eigenvaluesOf(family: Family): number[] | undefined {
  return family.flat().map((run) => latentColumns(run, "eigenvalue"))
    .find((eigenvalues) => eigenvalues.every(Number.isFinite));
}

/** The variance of a run's decoder after its last step. */
function lastVariance(run: ObtainedRun): number {
  const variance = varianceOf([run]);
  return typeof variance === "number"
    ? variance
    : lastOf(run, "decoder_variance");
}
