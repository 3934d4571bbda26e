/** Data sets by name, cut to size and binarised as a run asks. */

import { UserError } from "../errors.ts";
import { namesOf, rowOf, type TableRow } from "../table.ts";
import {
  type Binarisation,
  BINARISATION_TABLE,
  binariseOnce,
} from "./binarise.ts";
import {
  type Dataset,
  type Examples,
  firstRows,
  hashSplits,
} from "./dataset.ts";
import type { DataSource } from "./files.ts";
import { freyFace } from "./frey_face.ts";
import { glyphs } from "./glyphs.ts";
import { linearGaussian } from "./linear_gaussian.ts";
import { mnist } from "./mnist.ts";
import { mnistFixed } from "./mnist_fixed.ts";

/** The name of a data set. */
export type DatasetName =
  | "glyphs"
  | "mnist"
  | "mnist-fixed"
  | "freyface"
  | "linear-gaussian";

/** What is known of a data set before it is loaded. */
interface Row extends TableRow {
  /** the picture that a row is; null where it is none */
  readonly image: Dataset["image"];
  /** grey levels 0 to 255, pixels in {0, 1}, or real numbers */
  readonly values: "grey" | "bits" | "reals";
  /** the family of p(x|z) where no other is asked for */
  readonly likelihood: "bernoulli" | "gaussian";
  /** how pixels are drawn under a Bernoulli likelihood, if not asked for */
  readonly binarize: Binarisation;
  /** whether it is drawn from a seed; the others are read from files */
  readonly isSynthetic: boolean;
  /** rows of the train split, where no other number is asked for */
  readonly trainRows: number;
  /** Loads it; rows are synthetic data's. */
  readonly load: (
    rows: { seed: number; train?: number; test?: number },
    source: DataSource,
  ) => Promise<Dataset>;
}

const DIGIT = { height: 28, width: 28 };

/** All data sets by name. */
export const DATASET_TABLE: Readonly<Record<DatasetName, Row>> = {
  "glyphs": {
    image: DIGIT,
    values: "grey",
    likelihood: "bernoulli",
    binarize: "dynamic",
    isSynthetic: true,
    trainRows: 10000,
    load: glyphs,
  },
  "mnist": {
    image: DIGIT,
    values: "grey",
    likelihood: "bernoulli",
    binarize: "dynamic",
    isSynthetic: false,
    trainRows: 60000,
    load: (_, source) => mnist(source),
  },
  "mnist-fixed": {
    image: DIGIT,
    values: "bits",
    likelihood: "bernoulli",
    binarize: "none",
    isSynthetic: false,
    trainRows: 50000,
    load: (_, source) => mnistFixed(source),
  },
  "freyface": {
    image: { height: 28, width: 20 },
    values: "grey",
    likelihood: "gaussian",
    binarize: "none",
    isSynthetic: false,
    trainRows: 1600,
    load: (_, source) => freyFace(source),
  },
  "linear-gaussian": {
    image: null,
    values: "reals",
    likelihood: "gaussian",
    binarize: "none",
    isSynthetic: true,
    trainRows: 10000,
    load: linearGaussian,
  },
};

/** The names of all data sets. */
export const DATASETS = namesOf(DATASET_TABLE);

/** What is known of a data set. @throws {UserError} there is none of the name */
export function datasetRow(name: DatasetName): Row {
  return rowOf<Row>(DATASET_TABLE, name, "data set");
}

/** The picture that a row of a data set is; null where it is none. */
export function imageOf(dataset: DatasetName): Dataset["image"] {
  return datasetRow(dataset).image;
}

/** Rows of the train split of a run. */
export function trainRowCount(
  { dataset, trainSize }: {
    readonly dataset: DatasetName;
    readonly trainSize: number | null;
  },
): number {
  return trainSize ?? datasetRow(dataset).trainRows;
}

/** Which data, and how many rows of it. */
export interface DataRequest {
  /** which data set */
  readonly dataset: DatasetName;
  /** seed of synthetic data and of pixels drawn once */
  readonly dataSeed: number;
  /** how grey levels become pixels in {0, 1} */
  readonly binarize: Binarisation;
  /** train rows, from the first; null: all (glyphs, linear-gaussian: 10,000) */
  readonly trainSize: number | null;
  /** test rows, from the first; null: all (glyphs, linear-gaussian: 2,000) */
  readonly testSize: number | null;
}

/** A data set as a run trains on it. */
export interface TrainingData extends Dataset {
  /** whether training pixels are drawn anew at every step */
  readonly drawEachStep: boolean;
}

/** Gives a data set as a run trains on it. */
export type DatasetLoader = (request: DataRequest) => Promise<TrainingData>;

/** Where data sets come from. */
export interface DatasetSource extends DataSource {
  /** who loads them instead, so that several runs share what is loaded once */
  readonly shared?: DatasetLoader | undefined;
}

/**
 * Loads a data set; see {@linkcode DataSource} for where real ones are found.
 *
 * @throws {UserError} files are missing or damaged, more rows are asked for
 *   than there are, or real-valued data are to be binarised
 */
export async function loadDataset(
  request: DataRequest,
  source: DatasetSource = {},
): Promise<TrainingData> {
  if (source.shared !== undefined) return await source.shared(request);
  const { dataset, dataSeed, binarize, trainSize, testSize } = request;
  const whole = await datasetRow(dataset).load({
    seed: dataSeed,
    ...(trainSize !== null && { train: trainSize }),
    ...(testSize !== null && { test: testSize }),
  }, source);
  const { train: trainDraws, test: testDraws } = rowOf(
    BINARISATION_TABLE,
    binarize,
    "binarisation",
  );
  if (testDraws !== "none" && !(whole.train.values instanceof Uint8Array)) {
    throw new UserError(
      `--binarize ${binarize}: ${dataset} has no grey levels; use none`,
    );
  }
  const train = cut(whole.train, trainSize, "--train-size");
  const test = cut(whole.test, testSize, "--test-size");
  const isCut = train !== whole.train || test !== whole.test;
  return {
    ...whole,
    train: trainDraws === "once"
      ? binariseOnce(train, dataSeed, "train")
      : train,
    test: testDraws === "once" ? binariseOnce(test, dataSeed, "test") : test,
    sha256: isCut ? await hashSplits(train, test) : whole.sha256,
    drawEachStep: trainDraws === "each step",
  };
}

/**
 * The first train rows, at most so many, in the place of the test split: what
 * they are drawn to once, where pixels are drawn from grey levels.
 */
export function trainRowsAsTest(
  data: TrainingData,
  { dataSeed }: Pick<DataRequest, "dataSeed">,
  most: number,
): TrainingData {
  const rows = firstRows(data.train, most);
  const test = data.drawEachStep ? binariseOnce(rows, dataSeed, "train") : rows;
  return { ...data, test };
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
