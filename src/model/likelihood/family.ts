/** What a family of likelihoods consists of; each has a file beside this one. */

import type { tf } from "../../lazy_tfjs.ts";
import type { Fields } from "../../config/field.ts";
import type { TableRow } from "../../table.ts";
import type { Pixelwise } from "../pixelwise/pixelwise.ts";
import type { Likelihood } from "./likelihood.ts";

/** The values of x: {0, 1}, [0, 1], 256 levels of [0, 1], or any number. */
export type Support = "bits" | "unit" | "levels" | "reals";

/** `uniform`: on (0, 1), for an inverse distribution function; or N(0, 1). */
export type NoiseKind = "uniform" | "normal";

/** A spread of p(x|z) that all pixels share; the parameter is its logarithm. */
export interface SharedSpread {
  /** what it is */
  readonly quantity: "variance" | "scale";
  /** its initial value */
  readonly initial: number;
  /**
   * Whether it keeps that value, is learned by the optimiser, or is set to the
   * best value for each batch.
   */
  readonly mode: "kept" | "learned" | "optimal";
}

/**
 * All that depends on the family, for a specification with its settings: with
 * expressions, which all engines compute, or with tfjs operations, which only
 * the reference engine has.
 */
export type Family<Spec extends { readonly family: string }> =
  & Common<Spec>
  & (
    | { pixelwise(spec: Spec): Pixelwise; readonly onTfjs?: never }
    | {
      readonly pixelwise?: never;
      /** @param shared the shared parameter; null: there is none */
      onTfjs(
        output: tf.Tensor,
        shared: tf.Tensor | null,
        spec: Spec,
      ): Likelihood;
    }
  );

/**
 * A likelihood of a script, in tfjs operations: the reference engine trains it.
 *
 * @typeParam Settings its settings by name: a text, number or the like each
 */
export interface OwnLikelihood<Settings extends object = object>
  extends TableRow {
  /** as in `--likelihood` */
  readonly name: string;
  /** the values of x */
  readonly support: Support;
  /** a row for each of its settings: its flag, kind of value and default */
  readonly settings?: Fields<Settings>;
  /** the random numbers that x is drawn with, one for each pixel */
  readonly noise: NoiseKind;
  /** a spread that all pixels share, kept or learned; none if absent */
  readonly shared?: SharedSpread & { readonly mode: "kept" | "learned" };
  /** the output at which E[x|z] is about m: where `data-mean` biases start */
  outputOf(m: number, settings: Settings): number;
  /**
   * p(x|z), which tfjs derives.
   *
   * @param output the decoder's, one for each pixel, [L, B, D]
   * @param logShared the logarithm of the shared spread; null: there is none
   */
  create(
    output: tf.Tensor,
    settings: Settings,
    logShared: tf.Tensor | null,
  ): Likelihood;
}

interface Common<Spec extends { readonly family: string }> extends TableRow {
  /** one specification for each set of expressions: engines print them all */
  readonly variants: readonly Spec[];
  readonly support: Support;
  /** its settings, as flags and run.json have them */
  readonly settings: Fields<Omit<Spec, "family">>;
  /** the random numbers that x is drawn with */
  readonly noise: NoiseKind;
  shared(spec: Spec): SharedSpread | null;
  /** the output at which E[x|z] is about m */
  outputOf(m: number, spec: Spec): number;
}
