/** Rows of the data of a run. */

import { field } from "../../config/field.ts";
import { orNull, word } from "../../config/value.ts";
import {
  type Binarisation,
  BINARISATION_TABLE,
  BINARISATIONS,
} from "../../data/binarise.ts";
import {
  DATASET_TABLE,
  type DatasetName,
  datasetRow,
  DATASETS,
} from "../../data/load.ts";
import { familyOf } from "../../model/likelihood/families.ts";
import { namesWithHelp } from "../../table.ts";
import { type Context, ROWS, SEED } from "./context.ts";

const ALL_ROWS = (ifSynthetic: number) => ({
  help: `all; ${ifSynthetic} if synthetic`,
  of: () => null,
});

/** Which data, and which part of them. */
export const DATA = {
  dataset: field<DatasetName>("dataset", {
    value: word(DATASETS),
    help: namesWithHelp(DATASET_TABLE),
    default: "glyphs",
  }),
  dataSeed: field<number, Context>("data-seed", {
    value: SEED,
    help: "seed of synthetic data and of pixels drawn once",
    default: "0",
    noEffect: ({ dataset, binarize }) =>
      datasetRow(dataset).isSynthetic || binarize !== "none"
        ? undefined
        : `with --dataset ${dataset} and --binarize none; leave it out`,
  }),
  binarize: field<Binarisation, Context>("binarize", {
    value: word(BINARISATIONS),
    help: `draw pixels in {0, 1}: ${namesWithHelp(BINARISATION_TABLE)}`,
    default: {
      help: "dynamic for grey levels under a Bernoulli likelihood, else none",
      of: ({ dataset, likelihood }) =>
        familyOf(likelihood).support === "bits"
          ? datasetRow(dataset).binarize
          : "none",
    },
  }),
  /** rows of the train split; null: all */
  trainSize: field<number | null>("train-size", {
    value: orNull(ROWS),
    help: "rows of the train split, from the first",
    default: ALL_ROWS(10000),
  }),
  /** rows of the test split; null: all */
  testSize: field<number | null>("test-size", {
    value: orNull(ROWS),
    help: "rows of the test split, from the first",
    default: ALL_ROWS(2000),
  }),
};
