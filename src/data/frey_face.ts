/** Frey faces: 1965 frames of one face on video, 28 x 20 grey pixels. */

import { stream } from "../random/stream.ts";
import { type Dataset, type Examples, hashSplits } from "./dataset.ts";
import { type DataSource, type PinnedFile, readPinned } from "./files.ts";

const HEIGHT = 28;
const WIDTH = 20;
const DIM = HEIGHT * WIDTH;

/** Frames of the train split; the remaining 365 of 1965 are the test split. */
const TRAIN_COUNT = 1600;

/** The stream of the split's permutation; no other data set uses this part. */
const SPLIT_PART = 100;

/**
 * The frames as bytes, in the order of the video, each frame row-major.
 *
 * S. Roweis published them as the 560 x 1965 matrix `ff` of frey_rawface.mat;
 * no known mirror has the plain bytes.
 */
const FREY_FACE_FILE: PinnedFile = {
  sha256: "2438ba4f0d2a6bd8bac43de756141eaa33c8d248dd613d464bdb1210d9b7af78",
  forms: [{
    file: "freyface/freyfaces_1965x560_u8.bin",
    urls: [],
    mostBytes: 1965 * 560,
  }],
  howToGet: "make it from the matrix ff of frey_rawface.mat (1965 frames of " +
    "28 rows x 20 columns, row-major, one byte a pixel; in Python: " +
    "scipy.io.loadmat('frey_rawface.mat')['ff'].T.tofile" +
    "('freyfaces_1965x560_u8.bin')), put it into DIR/freyface and pass " +
    "--data-dir DIR",
};

/**
 * Frey faces: 1600 train and 365 test rows of 560 grey levels.
 *
 * Papers do not state a split. This one is random, and the same whatever the
 * seed of an experiment: the first 1600 frames of a permutation drawn with seed
 * 0 are for training, the others for testing. Neighbouring frames of the video
 * are alike, so the test rows are close to train rows.
 *
 * @param source where the file comes from
 * @param file the pinned file; other than Roweis's frames in tests only
 * @throws {UserError} the file is not available, or has other bytes
 */
export async function freyFace(
  source: DataSource = {},
  file: PinnedFile = FREY_FACE_FILE,
): Promise<Dataset> {
  const frames = await readPinned(file, source);
  const order = stream(0, "data", 0, SPLIT_PART)
    .permutation(frames.length / DIM);
  const train = select(frames, order.subarray(0, TRAIN_COUNT));
  const test = select(frames, order.subarray(TRAIN_COUNT));
  return {
    name: "freyface",
    dim: DIM,
    image: { height: HEIGHT, width: WIDTH },
    train,
    test,
    sha256: await hashSplits(train, test),
  };
}

/**
 * The same rows with a byte b as the pixel b / 256, in floats: so the code has
 * them that AEVB's authors published, and densities of them are ln(256 / 255)
 * a pixel above those of b / 255.
 *
 * @throws {UserError} as {@linkcode freyFace}
 */
export async function freyFace256(
  source: DataSource = {},
  file: PinnedFile = FREY_FACE_FILE,
): Promise<Dataset> {
  const levels = await freyFace(source, file);
  const [train, test] = [levels.train, levels.test].map((split) => ({
    ...split,
    values: Float32Array.from(split.values, (level) => level / 256),
  })) as [Examples, Examples];
  return {
    ...levels,
    ...{ name: "freyface-256", train, test },
    sha256: await hashSplits(train, test),
  };
}

/** The frames of these indices, in their order. */
function select(frames: Uint8Array, indices: Uint32Array): Examples {
  const values = new Uint8Array(indices.length * DIM);
  indices.forEach((frame, row) => {
    const pixels = frames.subarray(frame * DIM, (frame + 1) * DIM);
    values.set(pixels, row * DIM);
  });
  return { count: indices.length, dim: DIM, values };
}
