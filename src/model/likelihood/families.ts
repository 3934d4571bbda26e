/** The table of all families of likelihoods. */

import { type Members, settingsOf } from "../../config/union.ts";
import { addRow, type Names, namesOf, rowOf } from "../../table.ts";
import { reads, shared } from "../pixelwise/expression.ts";
import { type Pixelwise, termOf } from "../pixelwise/pixelwise.ts";
import { BERNOULLI } from "./bernoulli.ts";
import { CONTINUOUS_BERNOULLI } from "./continuous_bernoulli.ts";
import { DISCRETISED_LOGISTIC } from "./discretised_logistic.ts";
import type { Family, OwnLikelihood, SharedSpread, Support } from "./family.ts";
import { GAUSSIAN, type Gaussian } from "./gaussian.ts";
import { LAPLACE } from "./laplace.ts";

/** The family of p(x|z) and its settings. */
export type LikelihoodSpec =
  | { readonly family: "bernoulli" }
  | { readonly family: "continuous-bernoulli" }
  | Gaussian
  | { readonly family: "discretised-logistic" }
  | { readonly family: "laplace" };

type Name = LikelihoodSpec["family"];

/** All families by name. */
export const FAMILY_TABLE = {
  "bernoulli": BERNOULLI,
  "continuous-bernoulli": CONTINUOUS_BERNOULLI,
  "gaussian": GAUSSIAN,
  "discretised-logistic": DISCRETISED_LOGISTIC,
  "laplace": LAPLACE,
} satisfies {
  [N in Name]: Family<Extract<LikelihoodSpec, { readonly family: N }>>;
};

/** Those that come with the project. */
export const FAMILIES: Names<Name> = namesOf(FAMILY_TABLE);

/** The settings of each family, as flags and run.json have them. */
export function likelihoodSettings(): Members<LikelihoodSpec, "family"> {
  return settingsOf(FAMILY_TABLE);
}

/** The families whose x has such values, by name. */
export function familiesOf(supports: readonly Support[]): string[] {
  return namesOf(FAMILY_TABLE)
    .filter((name) => supports.includes(FAMILY_TABLE[name].support));
}

/**
 * Adds a script's family. Its name is none of {@linkcode LikelihoodSpec}.
 *
 * @throws {UserError} the name is taken, or unsuitable
 */
export function addLikelihood(own: OwnLikelihood): void {
  const { name, help, support, noise } = own;
  const { settings = {}, shared = null } = own;
  const row: Family<{ readonly family: string }> = {
    ...(help !== undefined && { help }),
    ...{ support, noise, settings, variants: [] },
    shared: () => shared,
    outputOf: (m, spec) => own.outputOf(m, spec),
    onTfjs: (output, logShared, spec) => own.create(output, spec, logShared),
  };
  const table: Readonly<Record<string, unknown>> = FAMILY_TABLE;
  addRow(table, name, row, "likelihood");
}

/** The family of a likelihood. @throws {UserError} there is no such family */
export function familyOf({ family }: LikelihoodSpec): Family<LikelihoodSpec> {
  return rowOf<Family<LikelihoodSpec>>(FAMILY_TABLE, family, "likelihood");
}

const built = new WeakMap<LikelihoodSpec, Pixelwise>();

/** The expressions of a likelihood. @throws {TypeError} it has none */
export function pixelwiseOf(spec: LikelihoodSpec): Pixelwise {
  let found = built.get(spec);
  if (found === undefined) {
    const family = familyOf(spec);
    if (!family.pixelwise) {
      throw new TypeError(`no expressions: ${spec.family}`);
    }
    found = family.pixelwise(spec);
    checkShared(spec.family, found, family.shared(spec) !== null);
    built.set(spec, found);
  }
  return found;
}

/**
 * Engines apply a shared parameter as {@linkcode Pixelwise} says, so that
 * nothing else may depend on it.
 *
 * @throws {TypeError} something does
 */
function checkShared(
  family: string,
  { logProb, spread, mean, draw }: Pixelwise,
  isShared: boolean,
): void {
  const without = spread ? [spread.distance] : [logProb, mean, draw];
  if (
    (spread !== undefined) === isShared &&
    !without.some((node) => reads(node, shared))
  ) return;
  throw new TypeError(
    `${family}: a parameter that all pixels share needs a spread, whose ` +
      "distance does not read it; any other density is for onTfjs",
  );
}

/** A likelihood of each family, and of each of its sets of expressions. */
export const LIKELIHOODS: readonly LikelihoodSpec[] = Object.values(
  FAMILY_TABLE,
)
  .flatMap(({ variants }): readonly LikelihoodSpec[] => variants);

/** Those that engines have kernels of: the i-th has the kernel i. */
export const KERNELS: readonly LikelihoodSpec[] = LIKELIHOODS
  .filter((spec) => familyOf(spec).pixelwise);

/** The index in {@linkcode KERNELS} of the same expressions; -1: there is none. */
export function kernelOf(spec: LikelihoodSpec): number {
  if (!familyOf(spec).pixelwise) return -1;
  const keyOf = (spec: LikelihoodSpec) => {
    const { draw, logProb, spread } = pixelwiseOf(spec);
    return [draw.id, logProb?.id, spread?.distance.id].join();
  };
  return KERNELS.findIndex((other) => keyOf(other) === keyOf(spec));
}

/** See {@linkcode SharedSpread}; `none` where there is no parameter. */
export type SharedMode = "none" | SharedSpread["mode"];

/** The spread that all pixels share; null: there is none. */
export function sharedSpread(spec: LikelihoodSpec): SharedSpread | null {
  return familyOf(spec).shared(spec);
}

/** What is done with the parameter that all pixels share. */
export function sharedMode(spec: LikelihoodSpec): SharedMode {
  return sharedSpread(spec)?.mode ?? "none";
}

/** The name of the parameter that all pixels share; null: there is none. */
export function sharedName(spec: LikelihoodSpec): string | null {
  const spread = sharedSpread(spec);
  return spread && `decoder/log_${spread.quantity}`;
}

/** The column of eval.csv for the shared spread; null: there is none. */
export function spreadColumn(spec: LikelihoodSpec): string | null {
  const spread = sharedSpread(spec);
  return spread && `decoder_${spread.quantity}`;
}

/** Whether a likelihood can leave out pixels: one of tfjs operations cannot. */
export function takesMissing(spec: LikelihoodSpec): boolean {
  return familyOf(spec).pixelwise !== undefined;
}

/** Number of outputs that the decoder has for each pixel: 1 or 2. */
export function outputsOf(spec: LikelihoodSpec): number {
  if (!familyOf(spec).pixelwise) return 1;
  return termOf(pixelwiseOf(spec)).gradients.length;
}
