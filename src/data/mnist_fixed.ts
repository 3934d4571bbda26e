/**
 * MNIST, binarised once and for all by H. Larochelle.
 *
 * Each pixel was drawn once with its grey level as its probability of ink, as
 * in R. Salakhutdinov and I. Murray, "On the quantitative analysis of deep
 * belief networks" (ICML 2008). Log-likelihoods on these bits compare with
 * other papers only where those used the same bits.
 */

import { packAmat, unpackBits } from "./bits.ts";
import { type Dataset, type Examples, hashSplits } from "./dataset.ts";
import { type DataSource, type PinnedFile, readPinned } from "./files.ts";
import { gunzip } from "./gzip.ts";

/** The files of the two splits that are used. */
export interface MnistFixedFiles {
  /** 50000 rows */
  readonly train: PinnedFile;
  /** 10000 rows */
  readonly test: PinnedFile;
}

const MIRROR =
  "https://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/";

const HEIGHT = 28;
const WIDTH = 28;
const DIM = HEIGHT * WIDTH;

/**
 * One split: packed bits (98 bytes a row, most significant bit first), the
 * same gzipped, or the text from which they are made, which is what the
 * mirror has.
 *
 * @param stem path without ending, below the data folder
 * @param rows number of rows
 * @param sha256 of the packed bits
 * @param urls mirrors of the text
 */
export function pinnedBits(
  stem: string,
  rows: number,
  sha256: string,
  urls: readonly string[],
): PinnedFile {
  const mostBytes = rows * DIM / 8;
  const decode = (bytes: Uint8Array<ArrayBuffer>, name: string) =>
    gunzip(bytes, name, mostBytes);
  return {
    sha256,
    forms: [
      { file: `${stem}.bits`, urls: [], mostBytes },
      { file: `${stem}.bits.gz`, urls: [], mostBytes, decode },
      {
        file: `${stem}.amat`,
        urls,
        mostBytes: rows * (2 * DIM + 2), // a space or more after each digit
        decode: (text, name) => packAmat(text, rows, DIM, name),
      },
    ],
  };
}

/** Larochelle's files; the validation split (10000 rows) is not used. */
const MNIST_FIXED_FILES: MnistFixedFiles = {
  train: pinnedBits(
    "binarized_mnist/binarized_mnist_train",
    50000,
    "727146c35424b019f3e350e1e69faa05644a0abaf787e3f4e1a9632220a13906",
    [`${MIRROR}binarized_mnist_train.amat`],
  ),
  test: pinnedBits(
    "binarized_mnist/binarized_mnist_test",
    10000,
    "9fcd8da6f0fdf09b2ba30fe63a0bb784042a0de82563172530229b983e294ff2",
    [`${MIRROR}binarized_mnist_test.amat`],
  ),
};

/**
 * Fixed binarised MNIST: 50000 train and 10000 test rows of 784 pixels, each
 * 0 or 255. The test rows are the MNIST test images, sorted by label.
 *
 * @param source where the files come from
 * @param files the pinned files; other than Larochelle's in tests only
 * @throws {UserError} a file is not available, or is not Larochelle's
 */
export async function mnistFixed(
  source: DataSource = {},
  files: MnistFixedFiles = MNIST_FIXED_FILES,
): Promise<Dataset> {
  // One after the other, so that a missing network is reported once.
  const train = rowsOf(await readPinned(files.train, source));
  const test = rowsOf(await readPinned(files.test, source));
  return {
    name: "mnist-fixed",
    dim: DIM,
    image: { height: HEIGHT, width: WIDTH },
    train,
    test,
    sha256: await hashSplits(train, test),
  };
}

function rowsOf(bits: Uint8Array): Examples {
  return { count: bits.length * 8 / DIM, dim: DIM, values: unpackBits(bits) };
}
