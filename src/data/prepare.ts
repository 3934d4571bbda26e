/** A data set cut to size, binarised, and with y, for a run. */

import { UserError } from "../errors.ts";
import { rowOf } from "../table.ts";
import {
  type Binarisation,
  BINARISATION_TABLE,
  binariseOnce,
} from "./binarise.ts";
import { conditionOn } from "./condition.ts";
import {
  type Dataset,
  type Examples,
  firstRows,
  hashSplits,
} from "./dataset.ts";
import { firstLabels } from "./labels.ts";
import { withValidation } from "./validation.ts";

/** What a run makes of a data set. */
export interface Preparation {
  /** seed of synthetic data and of pixels drawn once */
  readonly dataSeed: number;
  /** how grey levels become pixels in {0, 1} */
  readonly binarize: Binarisation;
  /** train rows, from the first; null: all (glyphs, linear-gaussian: 10,000) */
  readonly trainSize: number | null;
  /** test rows, from the first; null: all (glyphs, linear-gaussian: 2,000) */
  readonly testSize: number | null;
  /** the part of the train rows that is kept out of training; absent: none */
  readonly validationFraction?: number | undefined;
  /** names of labels that the model is conditioned on; absent: none */
  readonly condition?: readonly string[] | undefined;
}

/** A data set that is ready for a run. */
export interface TrainingData extends Dataset {
  /** whether training pixels are drawn anew at every step */
  readonly drawEachStep: boolean;
}

/**
 * What a run trains on, of the whole data set.
 *
 * @throws {UserError} more rows are requested than there are, real-valued data
 *   are to be binarised, validation rows would be none or all, or the labels
 *   are not there that a model is conditioned on
 */
export async function prepare(
  whole: Dataset,
  request: Preparation,
): Promise<TrainingData> {
  const { dataSeed, binarize, trainSize, testSize } = request;
  const { validationFraction, condition } = request;
  const { train: trainDraws, test: testDraws } = rowOf(
    BINARISATION_TABLE,
    binarize,
    "binarisation",
  );
  if (testDraws !== "none" && !(whole.train.values instanceof Uint8Array)) {
    throw new UserError(
      `--binarize ${binarize}: ${whole.name} has no grey levels; use none`,
    );
  }
  const train = cut(whole.train, trainSize, "--train-size");
  const test = cut(whole.test, testSize, "--test-size");
  const isWhole = train === whole.train && test === whole.test;
  const counts = { train: train.count, test: test.count };
  const rows = {
    ...whole,
    ...{ train, test },
    ...whole.labels && {
      labels: whole.labels.map((label) => firstLabels(label, counts)),
    },
  };
  const parts = validationFraction === undefined
    ? rows
    : withValidation(rows, validationFraction, dataSeed);
  const given = condition === undefined ? parts : conditionOn(parts, condition);
  const { validation } = given;
  return {
    ...given,
    train: trainDraws === "once"
      ? binariseOnce(given.train, dataSeed, "train")
      : given.train,
    test: testDraws === "once"
      ? binariseOnce(given.test, dataSeed, "test")
      : given.test,
    ...validation && {
      validation: testDraws === "once"
        ? binariseOnce(validation, dataSeed, "validation")
        : validation,
    },
    sha256: isWhole && given === rows ? whole.sha256 : await hashSplits(
      given.train,
      given.test,
      ...validation ? [validation] : [],
    ),
    drawEachStep: trainDraws === "each step",
  };
}

function cut(
  examples: Examples,
  size: number | null,
  flag: string,
): Examples {
  if (size === null || size === examples.count) return examples;
  if (size > examples.count) {
    throw new UserError(
      `${flag} ${size}: the split has ${examples.count} rows`,
    );
  }
  return firstRows(examples, size);
}
