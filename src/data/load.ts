/** Data sets by name, cut to size and binarised for a run. */

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

/** What is known about a data set before it is loaded. */
interface Row extends TableRow {
  /** size of the image that a row is; null where rows are not images */
  readonly image: Dataset["image"];
  /** grey levels 0 to 255, pixels in {0, 1}, or real numbers */
  readonly values: "grey" | "bits" | "reals";
  /** the default family of p(x|z) */
  readonly likelihood: "bernoulli" | "gaussian";
  /** the default binarisation under a Bernoulli likelihood */
  readonly binarize: Binarisation;
  /** whether it is drawn from a seed rather than read from files */
  readonly isSynthetic: boolean;
  /** the default number of train rows */
  readonly trainRows: number;
  /** Loads it; the numbers of rows are those of synthetic data. */
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

/** What is known about a data set. @throws {UserError} an unknown name */
export function datasetRow(name: DatasetName): Row {
  return rowOf<Row>(DATASET_TABLE, name, "data set");
}

/** The size of the image that a row is; null where rows are not images. */
export function imageOf(dataset: DatasetName): Dataset["image"] {
  return datasetRow(dataset).image;
}

/** The number of train rows of a run. */
export function trainRowCount(
  { dataset, trainSize }: {
    readonly dataset: DatasetName;
    readonly trainSize: number | null;
  },
): number {
  return trainSize ?? datasetRow(dataset).trainRows;
}

/** Which data set a run uses, and how many rows of it. */
export interface DataRequest {
  /** name of the data set */
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

/** A data set that is ready for a run. */
export interface TrainingData extends Dataset {
  /** whether training pixels are drawn anew at every step */
  readonly drawEachStep: boolean;
}

/** Loads a data set for a run. */
export type DatasetLoader = (request: DataRequest) => Promise<TrainingData>;

/** Where data sets come from. */
export interface DatasetSource extends DataSource {
  /** a loader to use instead, so that several runs share the data */
  readonly shared?: DatasetLoader | undefined;
}

/**
 * Loads a data set; see {@linkcode DataSource} for where real ones are found.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadDataset } from "./load.ts";
 *
 * const data = await loadDataset({
 *   ...{ dataset: "glyphs", dataSeed: 0, binarize: "static" },
 *   ...{ trainSize: 100, testSize: 50 },
 * });
 * assertEquals([data.train.count, data.dim], [100, 784]);
 * ```
 *
 * @throws {UserError} files are missing or damaged, more rows are requested
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
 * The first train rows, no more than `most`, in place of the test split.
 * Where pixels are drawn from grey levels, these are drawn once.
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
