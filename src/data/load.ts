/** Data sets by name, cut to size and binarised as a run asks. */

import { UserError } from "../errors.ts";
import { type Binarisation, binariseOnce } from "./binarise.ts";
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

/** The names of all data sets. */
export const DATASETS = [
  "glyphs",
  "mnist",
  "mnist-fixed",
  "freyface",
  "linear-gaussian",
] as const;

/** One of {@linkcode DATASETS}. */
export type DatasetName = typeof DATASETS[number];

/** The picture that a row of a data set is; null where it is none. */
export function imageOf(dataset: DatasetName): Dataset["image"] {
  if (dataset === "linear-gaussian") return null;
  return { height: 28, width: dataset === "freyface" ? 20 : 28 };
}

/** Data sets that are drawn from a seed; the others are read from files. */
export const SYNTHETIC: readonly DatasetName[] = ["glyphs", "linear-gaussian"];

/** Train rows of the data sets, where nobody asks for fewer or more. */
export const TRAIN_ROWS: Readonly<Record<DatasetName, number>> = {
  glyphs: 10000,
  mnist: 60000,
  "mnist-fixed": 50000,
  freyface: 1600,
  "linear-gaussian": 10000,
};

/** Rows of the train split of a run. */
export function trainRowCount(
  { dataset, trainSize }: {
    readonly dataset: DatasetName;
    readonly trainSize: number | null;
  },
): number {
  return trainSize ?? TRAIN_ROWS[dataset];
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
  const { dataset, dataSeed, binarize } = request;
  const whole = await open(request, source);
  if (binarize !== "none" && !(whole.train.values instanceof Uint8Array)) {
    throw new UserError(
      `--binarize ${binarize}: ${dataset} has no grey levels; use none`,
    );
  }
  const train = cut(whole.train, request.trainSize, "--train-size");
  const test = cut(whole.test, request.testSize, "--test-size");
  const isCut = train !== whole.train || test !== whole.test;
  return {
    ...whole,
    train: binarize === "static"
      ? binariseOnce(train, dataSeed, "train")
      : train,
    test: binarize === "none" ? test : binariseOnce(test, dataSeed, "test"),
    sha256: isCut ? await hashSplits(train, test) : whole.sha256,
    drawEachStep: binarize === "dynamic",
  };
}

async function open(
  { dataset, dataSeed: seed, trainSize, testSize }: DataRequest,
  source: DataSource,
): Promise<Dataset> {
  const sizes = {
    ...(trainSize === null ? {} : { train: trainSize }),
    ...(testSize === null ? {} : { test: testSize }),
  };
  switch (dataset) {
    case "glyphs":
      return await glyphs({ seed, ...sizes });
    case "linear-gaussian":
      return await linearGaussian({ seed, ...sizes });
    case "mnist":
      return await mnist(source);
    case "mnist-fixed":
      return await mnistFixed(source);
    case "freyface":
      return await freyFace(source);
  }
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
