/** The flags of p(x|z), and of the pixels that suit it, understood. */

import type { Binarisation } from "../data/binarise.ts";
import { imageOf } from "../data/load.ts";
import { UserError } from "../errors.ts";
import { familyOf } from "../model/likelihood/families.ts";
import type { LikelihoodSpec } from "../model/spec.ts";
import type { FlagValues } from "./flags.ts";
import { required } from "./required.ts";

/** p(x|z), by default one that suits the data. @throws {UserError} a clash */
export function likelihoodOf(flags: FlagValues): LikelihoodSpec {
  const dataset = required(flags.dataset);
  const hasPixels = imageOf(dataset) !== null;
  const family = flags.likelihood ??
    (hasPixels && dataset !== "freyface" ? "bernoulli" : "gaussian");
  if (family === "gaussian") return gaussianOf(flags, hasPixels);

  for (const name of ["decoder-mean", "decoder-variance"] as const) {
    const value = flags[name];
    if (value === undefined) continue;
    throw new UserError(
      `--${name} ${value}: --likelihood ${family} has ${
        name === "decoder-mean" ? "its own" : "none"
      }; use gaussian`,
    );
  }
  const { support } = familyOf({ family });
  if (!hasPixels && support !== "reals") {
    throw new UserError(
      `--likelihood ${family}: ${dataset} has values outside [0, 1]; ` +
        "use gaussian",
    );
  }
  if (support !== "bits" && dataset === "mnist-fixed") {
    throw new UserError(
      `--likelihood ${family}: ${dataset} has pixels in {0, 1}, not grey ` +
        "levels; use bernoulli",
    );
  }
  return { family };
}

function gaussianOf(
  flags: FlagValues,
  hasPixels: boolean,
): LikelihoodSpec {
  const variance = flags["decoder-variance"] ?? "learned";
  const mean = flags["decoder-mean"] ??
    (variance === "per-pixel" ? "sigmoid" : "linear");
  if (variance === "per-pixel" && !hasPixels) {
    throw new UserError(
      `--decoder-variance ${variance}: ${flags.dataset} has no pixels; use a ` +
        "number, learned or optimal",
    );
  }
  if (variance === "optimal" && flags.objective === "iwae") {
    throw new UserError(
      "--decoder-variance optimal: it is the optimum of the mean of log " +
        "p(x|z), not of --objective iwae's log of a mean; use learned",
    );
  }
  if (mean === "sigmoid" && !hasPixels) {
    throw new UserError(
      `--decoder-mean ${mean}: ${flags.dataset} has values outside [0, 1]; ` +
        "use linear",
    );
  }
  return { family: "gaussian", variance, mean };
}

/** How pixels are drawn. @throws {UserError} they do not suit the likelihood */
export function binarisationOf(
  flags: FlagValues,
  likelihood: LikelihoodSpec,
): Binarisation {
  const dataset = required(flags.dataset);
  const { support } = familyOf(likelihood);
  const { family } = likelihood;
  const binarize = flags.binarize ??
    (support === "bits" && (dataset === "glyphs" || dataset === "mnist")
      ? "dynamic"
      : "none");
  if (binarize === "none") return binarize;
  if (dataset === "linear-gaussian") {
    throw new UserError(
      `--binarize ${binarize}: ${dataset} has no grey levels; use none`,
    );
  }
  if (support === "unit" || support === "levels") {
    throw new UserError(
      `--binarize ${binarize}: --likelihood ${family} is of grey levels; use ` +
        "none, or --likelihood bernoulli",
    );
  }
  return binarize;
}
