/** Rows of the data of a run. */

import { z } from "../../zod.ts";
import {
  type Field,
  field,
  type Fields,
  ofTables,
  orAbsent,
} from "../../config/field.ts";
import { orNull, orWord, part, word } from "../../config/value.ts";
import {
  type Binarisation,
  BINARISATION_TABLE,
  BINARISATIONS,
} from "../../data/binarise.ts";
import {
  type BuiltIn,
  DATASET_TABLE,
  type DatasetName,
  datasetRow,
} from "../../data/load.ts";
import { UserError } from "../../errors.ts";
import type { OwnFacts } from "../../data/own/own.ts";
import { familyOf } from "../../model/likelihood/families.ts";
import { namesOf, namesWithHelp } from "../../table.ts";
import { type Context, ROWS, SEED } from "./context.ts";
import { OWN } from "./own.ts";

const ALL_ROWS = (ifSynthetic: number) => ({
  help: `all; ${ifSynthetic} if synthetic`,
  of: () => null,
});

/** `own` where there is `--data`. */
function datasetField(): Field<DatasetName> {
  const names = namesOf(DATASET_TABLE);
  const byName = field<BuiltIn>("dataset", {
    short: null,
    value: word(names),
    help: namesWithHelp(DATASET_TABLE),
    default: "glyphs",
  });
  return {
    ...byName,
    schema: () => z.enum([...names, "own"]),
    read(texts, config) {
      const path = texts.get("data")?.text;
      if (path === undefined) return byName.read(texts, config);
      const name = texts.get("dataset");
      if (!name?.isGiven) return "own";
      throw new UserError(
        `--dataset ${name.text}: the run has data of its own, ${path}; give ` +
          "one",
      );
    },
    write: (name) => name === "own" ? [] : byName.write(name),
    unused: () => undefined,
  };
}

/** Which data, and which part of them. */
export interface DataConfig {
  /** the name of the data set */
  readonly dataset: DatasetName;
  /** seed of synthetic data, of pixels drawn once, and of splits */
  readonly dataSeed: number;
  /** how grey levels become pixels in {0, 1} */
  readonly binarize: Binarisation;
  /** rows of the train split; null: all */
  readonly trainSize: number | null;
  /** rows of the test split; null: all */
  readonly testSize: number | null;
  /** the part of the train rows that is kept out of training; absent: none */
  readonly validationFraction?: number | undefined;
  /** what is known of the user's own data; absent: a data set by name */
  readonly own?: OwnFacts | undefined;
}

/** A row for each of its fields. */
export const DATA: Fields<DataConfig, Context> = {
  dataset: ofTables(datasetField),
  dataSeed: field<number, Context>("data-seed", {
    value: SEED,
    help: "seed of synthetic data, of pixels drawn once, and of the split of " +
      "your own data",
    default: "0",
    noEffect: ({ dataset, own, binarize }) =>
      own !== undefined || binarize !== "none" ||
        datasetRow({ dataset }).folder === null
        ? undefined
        : `with --dataset ${dataset} and --binarize none; leave it out`,
  }),
  binarize: field<Binarisation, Context>("binarize", {
    short: "pixels",
    value: word(BINARISATIONS),
    help: `draw pixels in {0, 1}: ${namesWithHelp(BINARISATION_TABLE)}`,
    default: {
      help: "dynamic for grey levels under a Bernoulli likelihood, else none",
      of: (config) =>
        familyOf(config.likelihood).support === "bits"
          ? datasetRow(config).binarize
          : "none",
    },
  }),
  trainSize: field<number | null>("train-size", {
    short: "train",
    value: orNull(ROWS),
    help: "rows of the train split, from the first",
    default: ALL_ROWS(10000),
  }),
  testSize: field<number | null>("test-size", {
    short: "test",
    value: orNull(ROWS),
    help: "rows of the test split, from the first",
    default: ALL_ROWS(2000),
  }),
  validationFraction: orAbsent(field<number | null>("validation-fraction", {
    short: "validation",
    value: orWord(part(), { none: null }),
    help: "part of the train rows, drawn from the data seed, that is not " +
      "trained on and evaluated beside the test split; none: no rows",
    default: "none",
  })),
  own: OWN,
};
