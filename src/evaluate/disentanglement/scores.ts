/** All scores of codes whose factors are known. */

import { ACTIVE_VARIANCE } from "../units.ts";
import { type Codes, columnsOf, type Factor, varianceOf } from "./codes.ts";
import { dci } from "./dci.ts";
import { BINS, informationOf } from "./information.ts";
import { mig } from "./mig.ts";
import { modularity } from "./modularity.ts";
import { predictability, sap } from "./sap.ts";

/** The scores of a code at given rows, each 1 at best. */
export interface DisentanglementScores {
  /** the mutual information gap, see `mig` */
  readonly mig: number;
  /** the separated attribute predictability, see `sap` */
  readonly sap: number;
  /** see `modularity` */
  readonly modularity: number;
  /** see `dci`, as the next two */
  readonly dci_disentanglement: number;
  /** whether one latent dimension serves each factor */
  readonly dci_completeness: number;
  /** how much of the factors the codes explain */
  readonly dci_informativeness: number;
}

/** A score of a code; FactorVAE's needs rows made for it. */
export type Score = keyof DisentanglementScores | "factor_vae";

const HISTOGRAMS = `posterior means in ${BINS.codes} bins of equal width, ` +
  `numbers in ${BINS.factors}`;

/** Which of the published variants each score is. */
export const SCORE_TABLE: Readonly<Record<Score, string>> = {
  mig: HISTOGRAMS,
  sap: "numbers by R^2 of a line, classes by balanced accuracy of thresholds",
  modularity: `${HISTOGRAMS}; mean over dimensions that know something`,
  dci_disentanglement: "lasso, |weights|; mean weighted by importance",
  dci_completeness: "lasso, |weights|; mean over factors",
  dci_informativeness: "lasso, R^2 on the last 20 % of the rows",
  factor_vae: "tried on votes that did not make the classifier",
};

/** The scores of a code, and what they were made from. */
export interface Disentanglement {
  /** of all latent dimensions and factors */
  readonly scores: DisentanglementScores;
  /** by latent dimension, then by factor */
  readonly units: readonly (readonly UnitFactor[])[];
}

/** What a latent dimension has to do with a factor. */
export interface UnitFactor {
  /** of histograms, in nats */
  readonly mutual_information: number;
  /** R^2, or balanced accuracy for a class, of a prediction by it alone */
  readonly predictability: number;
  /** |weight| in the lasso of DCI */
  readonly importance: number;
}

/**
 * MIG, SAP, modularity and DCI of the means of q(z|x) at n rows. Latent
 * dimensions whose variance is at most 0.01 (see {@linkcode Unit}) are inactive,
 * and say nothing: stretched, their rounding would have bins and thresholds,
 * too.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { disentanglement } from "./scores.ts";
 *
 * const [x, y] = [0.618, 0.414].map((step) =>
 *   Array.from({ length: 1000 }, (_, i) => 2 * ((i * step) % 1))
 * ) as [number[], number[]];
 * const factors = [
 *   { name: "x", kind: "real", values: x },
 *   { name: "y", kind: "real", values: y },
 * ] as const;
 * const values = Float64Array.from(x.flatMap((x, i) => [y[i]!, -x]));
 * const { scores } = disentanglement({ values, dim: 2 }, factors);
 * assertEquals(scores.dci_disentanglement.toFixed(2), "1.00");
 * ```
 *
 * @throws {RangeError} sizes that do not go together, or fewer than 10 rows
 */
export function disentanglement(
  codes: Codes,
  factors: readonly Factor[],
): Disentanglement {
  const active = activeOf(codes);
  const information = informationOf(active, factors);
  const predicted = predictability(active, factors);
  const { importance, ...ofDci } = dci(active, factors);
  return {
    scores: {
      mig: mig(information),
      sap: sap(predicted),
      modularity: modularity(information),
      dci_disentanglement: ofDci.disentanglement,
      dci_completeness: ofDci.completeness,
      dci_informativeness: ofDci.informativeness,
    },
    units: importance.map((row, j) =>
      row.map((importance, k) => ({
        mutual_information: information.matrix[j]![k]!,
        predictability: predicted[j]![k]!,
        importance,
      }))
    ),
  };
}

/** The variance of each latent dimension; 0 for those that are inactive. */
export function activeVariances(codes: Codes): number[] {
  return columnsOf(codes).map(varianceOf)
    .map((variance) => variance > ACTIVE_VARIANCE ? variance : 0);
}

/** The codes with inactive dimensions at 0. */
function activeOf(codes: Codes): Codes {
  const isActive = activeVariances(codes).map((variance) => variance > 0);
  const values = codes.values.map((value, i) =>
    isActive[i % codes.dim] ? value : 0
  );
  return { values, dim: codes.dim };
}
