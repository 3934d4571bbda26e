/** What each layer of an encoder turns x into; the decoder mirrors it. */

/** Rows and columns of the kernel of a convolution. */
export const KERNEL = 4;

/** A 4x4 convolution of stride 2: it halves the height and the width. */
export interface Convolution {
  /** of its output */
  readonly channels: number;
}

/** A hidden layer: so many units, or a convolution. */
export type HiddenLayer = number | Convolution;

/** Size of a picture, in pixels. */
export interface ImageSize {
  /** number of rows */
  readonly height: number;
  /** number of columns */
  readonly width: number;
  /** values at one place; 1 if absent */
  readonly channels?: number;
}

/** Channels on a grid: values by row, column, channel. */
export interface Grid extends ImageSize {
  /** values at one place */
  readonly channels: number;
}

/** What passes from layer to layer for one datapoint: values, or a grid. */
export type Features = number | Grid;

export function sizeOf(features: Features): number {
  return typeof features === "number"
    ? features
    : features.height * features.width * features.channels;
}

/** Number of biases: one for each value, or one for each channel of a grid. */
export function biasesOf(features: Features): number {
  return typeof features === "number" ? features : features.channels;
}

/** The two sides of a convolution. */
export interface GridPair {
  /** the larger grid, of twice the height and width */
  readonly fine: Grid;
  /** the smaller grid */
  readonly coarse: Grid;
}

/** The grids of a layer that is a convolution or its transpose, else null. */
export function gridPair(from: Features, to: Features): GridPair | null {
  if (typeof from === "number" || typeof to === "number") return null;
  return from.height > to.height
    ? { fine: from, coarse: to }
    : { fine: to, coarse: from };
}

/** The part of a VAE's specification that its layers depend on. */
export interface HiddenLayers {
  readonly dataDim: number;
  /** from x to z */
  readonly hidden: readonly HiddenLayer[];
  readonly image?: ImageSize;
}

/**
 * x and what each hidden layer of the encoder makes of it.
 *
 * @throws {RangeError} a convolution after units, without a picture, or of a
 *   picture with an odd side
 */
export function encoderFeatures(
  { dataDim, hidden, image }: HiddenLayers,
): Features[] {
  const convolves = typeof hidden[0] === "object";
  const features: Features[] = [
    convolves ? gridOf(image, dataDim) : dataDim,
  ];
  for (const layer of hidden) {
    features.push(
      typeof layer === "number" ? layer : halved(features.at(-1)!, layer),
    );
  }
  return features;
}

function gridOf(image: ImageSize | undefined, dataDim: number): Grid {
  if (image === undefined) {
    throw new RangeError(
      "convolutions need images, and these rows are not; use units alone",
    );
  }
  const { height, width, channels = 1 } = image;
  if (height * width * channels !== dataDim) {
    const size = `${height}x${width}x${channels}`;
    throw new RangeError(`${dataDim} values are no ${size} image`);
  }
  return { height, width, channels };
}

function halved(from: Features, { channels }: Convolution): Grid {
  if (typeof from === "number") {
    throw new RangeError("convolutions come before units; change the order");
  }
  const { height, width } = from;
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new RangeError(
      `a convolution halves its input, and ${height}x${width} has no half; ` +
        "use fewer convolutions",
    );
  }
  return { height: height / 2, width: width / 2, channels };
}

/**
 * The most values in one array of a datapoint. A convolution puts a frame of
 * zeros around the finer grid.
 */
export function widestOf(features: readonly Features[]): number {
  const framed = features.slice(1).map((to, i) => {
    const fine = gridPair(features[i]!, to)?.fine;
    return fine === undefined
      ? 0
      : (fine.height + 2) * (fine.width + 2) * fine.channels;
  });
  return Math.max(...features.map(sizeOf), ...framed);
}
