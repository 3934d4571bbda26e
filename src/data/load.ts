/** Data sets by name, cut to size and binarised for a run. */

import { UserError } from "../errors.ts";
import { addRow, namesOf, rowOf, type TableRow } from "../table.ts";
import { type Binarisation, binariseOnce } from "./binarise.ts";
import { type Dataset, firstRows } from "./dataset.ts";
import type { DataSource } from "./files.ts";
import { hashLabels } from "./hash_labels.ts";
import { firstLabels } from "./labels.ts";
import { freyFace, freyFace256 } from "./frey_face.ts";
import { glyphs } from "./glyphs.ts";
import { linearGaussian } from "./linear_gaussian.ts";
import { mnist } from "./mnist.ts";
import { mnistFixed } from "./mnist_fixed.ts";
import { writeKept } from "./own/kept_images.ts";
import { type MadeDataset, makeDataset } from "./own/made.ts";
import { openOwn, type OwnFacts, settingsOf } from "./own/own.ts";
import type { ValueKind } from "./own/range.ts";
import { type Preparation, prepare, type TrainingData } from "./prepare.ts";
import { validationCount } from "./validation.ts";

export type { TrainingData };

/** The name of a data set that comes with the project. */
export type BuiltIn =
  | "glyphs"
  | "mnist"
  | "mnist-fixed"
  | "freyface"
  | "freyface-256"
  | "linear-gaussian";

/** The name of a data set; `own`: the user's, from files or a script. */
export type DatasetName = BuiltIn | "own";

/** What is known about a data set before it is loaded. */
interface Row extends TableRow {
  /** size of the image that a row is; null where rows are not images */
  readonly image: Dataset["image"];
  /** values in a row, at most */
  readonly dim: number;
  readonly values: ValueKind;
  /** the default family of p(x|z) */
  readonly likelihood: "bernoulli" | "gaussian";
  /** the default binarisation under a Bernoulli likelihood */
  readonly binarize: Binarisation;
  /** of its files, below a data folder; null: it has none there */
  readonly folder: string | null;
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
export const DATASET_TABLE: Readonly<Record<BuiltIn, Row>> = {
  "glyphs": {
    image: DIGIT,
    dim: 784,
    values: "grey",
    likelihood: "bernoulli",
    binarize: "dynamic",
    folder: null,
    trainRows: 10000,
    load: glyphs,
  },
  "mnist": {
    image: DIGIT,
    dim: 784,
    values: "grey",
    likelihood: "bernoulli",
    binarize: "dynamic",
    folder: "mnist",
    trainRows: 60000,
    load: (_, source) => mnist(source),
  },
  "mnist-fixed": {
    image: DIGIT,
    dim: 784,
    values: "bits",
    likelihood: "bernoulli",
    binarize: "none",
    folder: "binarized_mnist",
    trainRows: 50000,
    load: (_, source) => mnistFixed(source),
  },
  "freyface": {
    image: { height: 28, width: 20 },
    dim: 560,
    values: "grey",
    likelihood: "gaussian",
    binarize: "none",
    folder: "freyface",
    trainRows: 1600,
    load: (_, source) => freyFace(source),
  },
  "freyface-256": {
    help: "freyface with pixels b / 256, as AEVB's authors have them",
    image: { height: 28, width: 20 },
    dim: 560,
    values: "unit",
    likelihood: "gaussian",
    binarize: "none",
    folder: "freyface",
    trainRows: 1600,
    load: (_, source) => freyFace256(source),
  },
  "linear-gaussian": {
    image: null,
    dim: 784,
    values: "reals",
    likelihood: "gaussian",
    binarize: "none",
    folder: null,
    trainRows: 10000,
    load: linearGaussian,
  },
};

/** The names of all data sets that come with the project. */
export const DATASETS = namesOf(DATASET_TABLE);

/** Which data set, and the user's own where it is that. */
export interface DatasetChoice {
  /** its name */
  readonly dataset: DatasetName;
  /** what is known of the user's own data; absent: they are not used */
  readonly own?: OwnFacts | undefined;
}

/** What is known about a data set. @throws {UserError} an unknown name */
export function datasetRow({ dataset, own }: DatasetChoice): Row {
  if (dataset !== "own") return rowOf<Row>(DATASET_TABLE, dataset, "data set");
  if (own === undefined) throw new TypeError("own data without their facts");
  const { image, dim, values, train } = own;
  return {
    ...{ image, dim, values, ...defaultsOf(values) },
    folder: null,
    trainRows: train,
    load: ({ seed }, source) => loadOwn(own, seed, source),
  };
}

/** The defaults of data of the user's own. */
function defaultsOf(values: ValueKind): Pick<Row, "likelihood" | "binarize"> {
  const hasPixels = values === "grey" || values === "bits";
  return {
    likelihood: hasPixels ? "bernoulli" : "gaussian",
    binarize: values === "grey" ? "dynamic" : "none",
  };
}

/**
 * Adds a script's data set. Its name is none of {@linkcode DatasetName}.
 *
 * @throws {UserError} the name is taken, or unsuitable
 */
export function addDataset(made: MadeDataset): void {
  const { name, help, image = null, dim, values, rows } = made;
  const row: Row = {
    ...(help !== undefined && { help }),
    ...{ image, dim, values, ...defaultsOf(values) },
    folder: null,
    trainRows: rows.train,
    load: (request) => makeDataset(made, request),
  };
  addRow<Row>(DATASET_TABLE, name, row, "data set", ["own"]);
}

/** The data's own name, which the run's folder says, too. */
export function datasetLabel({ dataset, own }: DatasetChoice): string {
  return own?.name ?? dataset;
}

/** @throws {UserError} the data are missing or have changed */
async function loadOwn(
  own: OwnFacts,
  seed: number,
  { data }: DataSource,
): Promise<Dataset> {
  if (data === undefined) {
    throw new UserError(
      `the data ${own.name} were made by a script, which alone has them`,
    );
  }
  const { dataset } = openOwn(data, { ...settingsOf(own), seed });
  await writeKept();
  const { labels = [] } = dataset;
  const pairs = {
    data: [dataset.sha256, own.sha256],
    labels: [own.labelsSha256 && hashLabels(labels), own.labelsSha256],
  } as const;
  const changed = Object.entries(pairs).find(([, [is, was]]) => is !== was);
  if (changed === undefined) return dataset;
  const [what, hashes] = changed;
  const [is, was] = hashes.map((hash) => hash?.slice(0, 8) ?? "none");
  throw new UserError(
    `--data ${data}: not the ${what} of the run, ${own.name}: the contents ` +
      `have changed (their SHA-256 is ${is}, not ${was})`,
  );
}

/** The number of train rows of a run, those for validation included. */
export function rowsBeforeValidation(
  request: Pick<DataRequest, "dataset" | "own" | "trainSize">,
): number {
  return request.trainSize ?? datasetRow(request).trainRows;
}

/** The number of rows that a run is trained on. */
export function trainRowCount(
  request: Pick<
    DataRequest,
    "dataset" | "own" | "trainSize" | "validationFraction"
  >,
): number {
  const count = rowsBeforeValidation(request);
  return count - validationCount(count, request.validationFraction);
}

/** Rows of a split that is made here: more would take too much memory. */
const MOST_MADE = 1_000_000;

/** Why there cannot be so many rows, and the remedy; undefined: there can. */
export function mistakenSize(
  request: Pick<DataRequest, "dataset" | "own" | "trainSize" | "testSize">,
): string | undefined {
  const { dataset, own, trainSize, testSize } = request;
  if (own !== undefined || datasetRow(request).folder !== null) return;
  const sizes = { "--train-size": trainSize, "--test-size": testSize };
  for (const [flag, size] of Object.entries(sizes)) {
    if (size === null || size <= MOST_MADE) continue;
    return `${flag} ${size}: at most ${MOST_MADE} rows of ${dataset} are made`;
  }
}

/** Which data set a run uses, and how many rows of it. */
export interface DataRequest extends DatasetChoice, Preparation {
  /** as in `DataSource`, where others load the data for those that ask */
  readonly labels?: boolean | undefined;
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
 *   than there are, real-valued data are to be binarised, validation rows would
 *   be none or all, or the labels are not there that a model is conditioned on
 */
export async function loadDataset(
  request: DataRequest,
  source: DatasetSource = {},
): Promise<TrainingData> {
  const { condition } = request;
  const labels = source.labels || request.labels || condition !== undefined;
  if (source.shared !== undefined) {
    return await source.shared({ ...request, labels });
  }
  const mistake = mistakenSize(request);
  if (mistake !== undefined) throw new UserError(mistake);
  const { dataSeed, trainSize, testSize } = request;
  const whole = await datasetRow(request).load({
    seed: dataSeed,
    ...(trainSize !== null && { train: trainSize }),
    ...(testSize !== null && { test: testSize }),
  }, { ...source, labels });
  return await prepare(whole, request);
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
  const counts = { train: data.train.count, test: rows.count };
  const { validation: _, ...others } = data;
  return {
    ...others,
    test,
    ...data.labels && {
      labels: data.labels.map((label) => firstLabels(label, counts, "train")),
    },
  };
}
