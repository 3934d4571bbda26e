/** MNIST: 70000 handwritten digits of 28 x 28 grey pixels, and their classes. */

import { type Dataset, type Examples, hashSplits } from "./dataset.ts";
import { type DataSource, type PinnedFile, readPinned } from "./files.ts";
import { gunzip } from "./gzip.ts";
import { parseIdx } from "./idx.ts";
import type { ClassLabel } from "./labels.ts";

/** A pinned IDX file and the sizes that its header must state. */
export interface PinnedIdx extends PinnedFile {
  /** `[count, rows, columns]` of images, `[count]` of labels */
  readonly dims: readonly number[];
}

/** The four files of MNIST. */
export interface MnistFiles {
  /** 60000 x 28 x 28 */
  readonly trainImages: PinnedIdx;
  /** 60000 */
  readonly trainLabels: PinnedIdx;
  /** 10000 x 28 x 28 */
  readonly testImages: PinnedIdx;
  /** 10000 */
  readonly testLabels: PinnedIdx;
}

const MIRRORS = [
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://raw.githubusercontent.com/fgnt/mnist/master/",
];

const HEIGHT = 28;
const WIDTH = 28;

function pinned(
  name: string,
  dims: readonly number[],
  mostBytes: number,
  sha256: string,
): PinnedIdx {
  const urls = MIRRORS.map((mirror) => mirror + name);
  return { dims, sha256, forms: [{ file: `mnist/${name}`, urls, mostBytes }] };
}

/** The official files of Y. LeCun, C. Cortes and C. J. C. Burges. */
export const MNIST_FILES: MnistFiles = {
  trainImages: pinned(
    "train-images-idx3-ubyte.gz",
    [60000, HEIGHT, WIDTH],
    9912422,
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
  ),
  trainLabels: pinned(
    "train-labels-idx1-ubyte.gz",
    [60000],
    28881,
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
  ),
  testImages: pinned(
    "t10k-images-idx3-ubyte.gz",
    [10000, HEIGHT, WIDTH],
    1648877,
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
  ),
  testLabels: pinned(
    "t10k-labels-idx1-ubyte.gz",
    [10000],
    4542,
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
  ),
};

/**
 * MNIST: 60000 train and 10000 test rows of 784 grey levels, in the order of
 * the official files. 0 is background and 255 is ink. The label is `class`, the
 * digit.
 *
 * @param source where the files come from; those of the labels are read with
 *   `labels` alone
 * @param files the pinned files; other than the official ones in tests only
 * @throws {UserError} a file is not available, or is not the official one
 */
export async function mnist(
  source: DataSource = {},
  files: MnistFiles = MNIST_FILES,
): Promise<Dataset> {
  // One after the other, so that a missing network is reported once.
  const train = images(await readIdx(files.trainImages, source));
  const test = images(await readIdx(files.testImages, source));
  return {
    name: "mnist",
    dim: HEIGHT * WIDTH,
    image: { height: HEIGHT, width: WIDTH },
    train,
    test,
    sha256: await hashSplits(train, test),
    ...source.labels && { labels: [await digits(source, files)] },
  };
}

async function digits(
  source: DataSource,
  { trainLabels, testLabels }: MnistFiles,
): Promise<ClassLabel> {
  return {
    name: "class",
    kind: "class",
    classes: Array.from({ length: 10 }, (_, digit) => `${digit}`),
    train: Uint32Array.from(await readIdx(trainLabels, source)),
    test: Uint32Array.from(await readIdx(testLabels, source)),
  };
}

/** Of the header and the pixels of any of the files. */
const MOST_BYTES = 2 ** 26;

async function readIdx(
  pin: PinnedIdx,
  source: DataSource,
): Promise<Uint8Array> {
  const { file } = pin.forms[0];
  const unzipped = gunzip(await readPinned(pin, source), file, MOST_BYTES);
  return parseIdx(unzipped, pin.dims, file);
}

function images(values: Uint8Array): Examples {
  const dim = HEIGHT * WIDTH;
  return { count: values.length / dim, dim, values };
}
