/** Rows of the data of a run. */

import { field } from "../../config/field.ts";
import { orNull, word } from "../../config/value.ts";
import { type Binarisation, BINARISATIONS } from "../../data/binarise.ts";
import { type DatasetName, DATASETS, SYNTHETIC } from "../../data/load.ts";
import { familyOf } from "../../model/likelihood/families.ts";
import { type Context, ROWS, SEED, words } from "./context.ts";

const ALL_ROWS = (ifSynthetic: number) => ({
  help: `all; ${ifSynthetic} if synthetic`,
  of: () => null,
});

/** Which data, and which part of them. */
export const DATA = {
  /** which data set */
  dataset: field<DatasetName>({
    flag: "dataset",
    value: word(DATASETS),
    help: words(DATASETS),
    default: "glyphs",
  }),
  /** seed of synthetic data and of pixels drawn once */
  dataSeed: field<number, Context>({
    flag: "data-seed",
    value: SEED,
    help: "seed of synthetic data and of pixels drawn once",
    default: "0",
    noEffect: ({ dataset, binarize }) =>
      SYNTHETIC.includes(dataset) || binarize !== "none"
        ? undefined
        : `with --dataset ${dataset} and --binarize none; leave it out`,
  }),
  /** how grey levels become pixels in {0, 1} */
  binarize: field<Binarisation, Context>({
    flag: "binarize",
    value: word(BINARISATIONS),
    help: "draw pixels in {0, 1}: none, dynamic (at each step), static (once)",
    default: {
      help: "dynamic for grey levels under a Bernoulli likelihood, else none",
      of: ({ dataset, likelihood }) =>
        familyOf(likelihood).support === "bits" &&
          (dataset === "glyphs" || dataset === "mnist")
          ? "dynamic"
          : "none",
    },
  }),
  /** rows of the train split; null: all */
  trainSize: field<number | null>({
    flag: "train-size",
    value: orNull(ROWS),
    help: "rows of the train split, from the first",
    default: ALL_ROWS(10000),
  }),
  /** rows of the test split; null: all */
  testSize: field<number | null>({
    flag: "test-size",
    value: orNull(ROWS),
    help: "rows of the test split, from the first",
    default: ALL_ROWS(2000),
  }),
};
