/** Published numbers other than curves, beside those of runs. */

import { datasetLabel, trainRowCount } from "../data/load.ts";
import { objectiveLabel } from "../objective/spec.ts";
import type { PublishedNumber } from "./comparison.ts";
import {
  againstExpected,
  againstOthers,
  againstTrainings,
  finalQuantity,
  lastOf,
  longestFamilies,
  longestRuns,
  meanOverSeeds,
  provenanceOf,
} from "./obtained.ts";
import type { Family, ObtainedRun, RunsOf, SeedGroup } from "./obtained.ts";
import { iwaeTable1, type Table1Row } from "./reference.ts";

/** Passes of IWAE's schedule: the sum of 3^i for i = 0 to 7. */
const IWAE_PASSES = 3280;

/** Draws of IWAE's estimate of -log p(x). */
const IWAE_K = 5000;

/**
 * IWAE's table 1, beside runs that have its estimate, -L_5000.
 *
 * @param from of exp:iwae-table1
 */
export async function compareTable1(from: RunsOf): Promise<PublishedNumber[]> {
  const found: PublishedNumber[] = [];
  const groups = await longestRuns(from);
  for (const row of iwaeTable1()) {
    for (const group of groups.filter(([run]) => isOf(row, run))) {
      found.push(...await compareRow(row, group));
    }
  }
  return found;
}

/** Whether a run is of a row: IWAE with k = 1 and VAE with k = 1 are one. */
function isOf(row: Table1Row, { config }: ObtainedRun): boolean {
  const { dataset, upper, objective, samples, finalEvaluation } = config;
  if (dataset !== "mnist" || finalEvaluation?.k !== IWAE_K) return false;
  if ((upper === null ? 1 : 2) !== row.layers) return false;
  if (objective.name === "iwae") {
    return row.objective === "iwae" && objective.k === row.k && samples === 1;
  }
  return samples === row.k && (row.objective === "vae" || row.k === 1) &&
    (objective.name === "elbo" || objective.name === "elbo-sampled");
}

async function compareRow(
  { layers, objective, k, nll, activeUnits }: Table1Row,
  group: SeedGroup,
): Promise<PublishedNumber[]> {
  const [{ config, json }] = group;
  const variant = json.run.includes("released-code") ? ", released code" : "";
  const shared = {
    setup: `${layers} ${layers === 1 ? "layer" : "layers"}, ` +
      `${objective.toUpperCase()}, k = ${k}${variant}`,
    publishedBudget: IWAE_PASSES * trainRowCount(config),
    origins: provenanceOf(group),
  };
  const own = await quantityBySeed(group, "nll");
  const shapes = await quantityBySeed(group, "pareto_k");
  const units = await quantityBySeed(group, "active_units");
  // Of two layers the paper has those of each.
  const active = activeUnits.split("+").map(Number)
    .reduce((sum, count) => sum + count, 0);
  return [
    ...own === null ? [] : [{
      ...{ ...shared, ...againstTrainings(own, [nll]), scale: "nat" as const },
      quantity: `-L_${IWAE_K} of ${config.finalEvaluation!.rows} test images` +
        (shapes === null ? "" : `, k-hat ${Math.max(...shapes).toFixed(2)}`),
    }],
    ...units === null ? [] : [{
      ...{ ...shared, ...againstTrainings(units, [active]) },
      scale: "unit" as const,
      quantity: layers === 1 ? "active units" : "active units, both layers",
    }],
  ];
}

/** A quantity of the last evaluations; null where a run has none. */
async function quantityBySeed(
  group: SeedGroup,
  quantity: string,
): Promise<number[] | null> {
  const values: number[] = [];
  for (const run of group) {
    const value = await finalQuantity(run, quantity);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

/**
 * The amortisation gap, beside the approximation gap. Cremer et al.: it is often
 * the larger one. Their program trains as long as IWAE.
 *
 * @param from of exp:inference-gaps
 */
export async function compareGaps(from: RunsOf): Promise<PublishedNumber[]> {
  return (await longestRuns(from)).map((runs) => {
    const [{ config }] = runs;
    const of = (column: string) => runs.map((run) => lastOf(run, column));
    return {
      setup: `${datasetLabel(config)}, z = ${config.latentDim}`,
      quantity: "amortisation gap, no less than the approximation gap",
      ...againstExpected(of("amortisation_gap"), of("approximation_gap")),
      scale: "nat",
      isLeast: true,
      publishedBudget: IWAE_PASSES * trainRowCount(config),
      origins: provenanceOf(runs),
    };
  });
}

/** Linear VAEs and probabilistic PCA. @param from of exp:linear-vae */
export async function compareLinear(from: RunsOf): Promise<PublishedNumber[]> {
  return (await longestRuns(from)).map((runs) => ({
    setup: `linear VAE, z = ${runs[0].config.latentDim}`,
    quantity: "exact ELBO of the train images",
    ...againstExpected(
      runs.map((run) => lastOf(run, "exact_elbo")),
      runs.map((run) => lastOf(run, "ppca_log_likelihood")),
    ),
    scale: "nat",
    origins: provenanceOf(runs),
  }));
}

/** The best fixed variance and the optimal one. @param from of exp:sigma-vae */
export async function compareSigma(from: RunsOf): Promise<PublishedNumber[]> {
  const varianceOf = ([{ config: { likelihood } }]: SeedGroup) =>
    likelihood.family === "gaussian" ? likelihood.variance : null;
  const optimalOf = (family: Family) =>
    family.find((runs) => varianceOf(runs) === "optimal");
  const bestOf = (family: Family) =>
    family.filter((runs) => typeof varianceOf(runs) === "number")
      .sort((a, b) =>
        meanOverSeeds(b, testElbo) - meanOverSeeds(a, testElbo)
      )[0];
  const families = await longestFamilies(
    from,
    "likelihood",
    (family) => optimalOf(family) !== undefined && bestOf(family) !== undefined,
  );
  return families.flatMap((family): PublishedNumber[] => {
    const [optimal, best] = [optimalOf(family)!, bestOf(family)!];
    const held = againstOthers(optimal, best, testElbo);
    return held === null ? [] : [{
      setup: `optimal variance; the best fixed one is ${varianceOf(best)}`,
      quantity: "test ELBO, no less than with the best fixed variance",
      ...held,
      scale: "nat",
      isLeast: true,
      origins: provenanceOf([...optimal, ...best]),
    }];
  });
}

/** The test ELBO after the last step. */
function testElbo(run: ObtainedRun): number {
  return lastOf(run, "elbo");
}

/**
 * More draws of z, and one. AEVB, section 2.3: one is enough with minibatches
 * of 100.
 *
 * @param from of exp:mc-samples
 */
export async function compareDraws(from: RunsOf): Promise<PublishedNumber[]> {
  const isOne = ([{ config }]: SeedGroup) => config.samples === 1;
  const families = await longestFamilies(
    from,
    "samples",
    (family) =>
      family[0][0].config.dataset === "mnist" && family.some(isOne) &&
      !family.every(isOne),
  );
  return families.flatMap((family) => {
    const one = family.find(isOne)!;
    const { latentDim, objective } = one[0].config;
    return family.filter((runs) => runs !== one).flatMap((
      runs,
    ): PublishedNumber[] => {
      const held = againstOthers(one, runs, testElbo);
      return held === null ? [] : [{
        setup: `MNIST, z = ${latentDim}, ${objectiveLabel(objective)}, L = 1`,
        quantity: `test ELBO, as with L = ${runs[0].config.samples}`,
        ...held,
        scale: "nat",
        origins: provenanceOf([...one, ...runs]),
      }];
    });
  });
}
