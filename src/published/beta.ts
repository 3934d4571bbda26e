/** Models with the KL weighted by beta, against each other. */

import { datasetLabel } from "../data/load.ts";
import type { PublishedNumber } from "./comparison.ts";
import {
  againstOthers,
  type Family,
  lastOf,
  longestFamilies,
  type ObtainedRun,
  provenanceOf,
  type RunsOf,
  type SeedGroup,
} from "./obtained.ts";

/**
 * Neighbours in a sweep of beta: at its own beta each is to have no less of
 * what it maximises, reconstruction - beta KL, than the other. And the mutual
 * information gap with beta = 4, beside that with beta = 1.
 *
 * @param from of exp:beta-sweep
 */
export async function compareBetas(from: RunsOf): Promise<PublishedNumber[]> {
  const families = await longestFamilies(
    from,
    "beta",
    (family) => sweepOf(family).length > 1,
  );
  return families.flatMap((family) => {
    const sweep = sweepOf(family);
    const withBeta = (beta: number) => sweep.find((one) => one.beta === beta);
    const [one, four] = [withBeta(1), withBeta(4)];
    return [
      ...sweep.slice(1).flatMap((upper, i) => [
        ...bestAtItsBeta(sweep[i]!, upper),
        ...bestAtItsBeta(upper, sweep[i]!),
      ]),
      ...one === undefined || four === undefined ? [] : heldAgainst(four, one, {
        quantity: "mutual information gap (MIG)",
        value: (run) => lastOf(run, "mig"),
        scale: "0.1",
      }),
    ];
  });
}

interface OfBeta {
  readonly beta: number;
  readonly runs: SeedGroup;
}

/** Those with a constant beta, by rising beta. */
function sweepOf(family: Family): OfBeta[] {
  return family.flatMap((runs) => {
    const [{ config: { beta } }] = runs;
    return typeof beta === "number" ? [{ beta, runs }] : [];
  }).sort((a, b) => a.beta - b.beta);
}

function bestAtItsBeta(own: OfBeta, other: OfBeta): PublishedNumber[] {
  return heldAgainst(own, other, {
    quantity: `reconstruction - ${own.beta} KL`,
    value: (run) =>
      lastOf(run, "reconstruction") - own.beta * lastOf(run, "kl"),
    scale: "nat",
  });
}

function heldAgainst(
  own: OfBeta,
  other: OfBeta,
  { quantity, value, scale }: Pick<PublishedNumber, "quantity" | "scale"> & {
    readonly value: (run: ObtainedRun) => number;
  },
): PublishedNumber[] {
  const held = againstOthers(own.runs, other.runs, value);
  const [{ config }] = own.runs;
  return held === null ? [] : [{
    setup: `${
      datasetLabel(config)
    }, z = ${config.latentDim}, beta = ${own.beta}`,
    quantity: `${quantity}, no less than with beta = ${other.beta}`,
    ...held,
    ...{ scale, isLeast: true },
    origins: provenanceOf([...own.runs, ...other.runs]),
  }];
}
