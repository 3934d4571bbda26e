/** Many small images as one PNG. */

import { encode } from "fast-png";

/**
 * Images one after another, each by row, column and channel. Floats are levels
 * in [0, 1] (what lies outside is clamped, NaN is black); bytes are levels in
 * 0..255.
 */
export type Images = Float32Array | Uint8Array;

/** How {@linkcode imageGrid} lays the images out. */
export interface GridOptions {
  /** height of an image in pixels */
  readonly height: number;
  /** width of an image in pixels */
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue); 1 if absent */
  readonly channels?: number;
  /** images beside each other; the last row may hold fewer */
  readonly columns: number;
  /** pixels of the PNG between images; 2 if absent */
  readonly gap?: number;
  /** pixels of the PNG per pixel of an image, each way; 1 if absent */
  readonly scale?: number;
}

/** Images that people look at are at least this high, by whole factors. */
const LEAST_HEIGHT = 40;

/** The most pixels of a PNG that is enlarged. */
const MOST_PIXELS = 2 ** 26;

/**
 * The {@linkcode GridOptions.scale} at which images are large enough to be seen.
 *
 * @param values of all images
 */
export function scaleFor(height: number, values: number): number {
  const most = Math.floor(Math.sqrt(MOST_PIXELS / values));
  return Math.max(1, Math.min(Math.ceil(LEAST_HEIGHT / height), most));
}

/** The grey of the gaps: apart from black, from white and from most images. */
const GAP_GREY = 200;

/** Between groups of rows there are this many gaps. */
const GROUP_GAPS = 4;

/**
 * A PNG (8 bits, grey or colour) of the images, row by row from the top left, with gaps
 * between but not around them.
 *
 * With several sets the rows alternate: a row of the first set, below it the
 * same images of the second set, and so on; then, after a wider gap, the next
 * group of rows. Here data stand above their reconstructions:
 *
 * ```ts
 * import { imageGrid } from "./image_grid.ts";
 *
 * const data = new Uint8Array(20 * 28 * 28);
 * const reconstructions = new Float32Array(20 * 28 * 28);
 * const png = imageGrid([data, reconstructions], {
 *   height: 28,
 *   width: 28,
 *   columns: 10,
 * });
 * ```
 *
 * @param images one set, or several of equal length
 * @throws {RangeError} no image, a part of an image, sets of unequal length, or
 * sizes that are not whole numbers
 */
export function imageGrid(
  images: Images | readonly Images[],
  options: GridOptions,
): Uint8Array {
  return encode({ ...gridPixels(images, options), depth: 8 });
}

/** Bytes by row, column and channel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * The pixels of {@linkcode imageGrid}.
 *
 * @throws {RangeError} as {@linkcode imageGrid}
 */
export function gridPixels(
  images: Images | readonly Images[],
  { height, width, channels = 1, columns, gap = 2, scale = 1 }: GridOptions,
): Pixels {
  for (
    const [name, size, least] of [
      ["height", height, 1],
      ["width", width, 1],
      ["columns", columns, 1],
      ["gap", gap, 0],
      ["scale", scale, 1],
    ] as const
  ) {
    if (!Number.isSafeInteger(size) || size < least) {
      throw new RangeError(
        `${name} is not a whole number >= ${least}: ${size}`,
      );
    }
  }
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`channels are not 1 or 3: ${channels}`);
  }
  const sets = ArrayBuffer.isView(images) ? [images] : images;
  const length = sets[0]?.length ?? 0;
  const count = length / (height * width * channels);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `${length} values are not one or more images of ${height} x ${width}` +
        (channels === 1 ? "" : ` x ${channels}`),
    );
  }
  if (sets.some((set) => set.length !== length)) {
    throw new RangeError(
      `sets of unequal length: ${sets.map((set) => set.length).join(", ")}`,
    );
  }

  // Positions are in pixels of the PNG; a pitch is the distance to the next.
  const columnPitch = width * scale + gap;
  const rowPitch = height * scale + gap;
  const groupPitch = sets.length === 1
    ? rowPitch
    : sets.length * rowPitch + (GROUP_GAPS - 1) * gap;
  const groups = Math.ceil(count / columns);
  const pngWidth = Math.min(columns, count) * columnPitch - gap;
  const pngHeight = (groups - 1) * groupPitch + sets.length * rowPitch - gap;
  const data = new Uint8Array(pngWidth * pngHeight * channels).fill(GAP_GREY);

  sets.forEach((set, setIndex) => {
    const levels = toBytes(set);
    for (let image = 0; image < count; image++) {
      const left = (image % columns) * columnPitch;
      const top = Math.floor(image / columns) * groupPitch +
        setIndex * rowPitch;
      for (let y = 0; y < height; y++) {
        const from = (image * height + y) * width * channels;
        const to = ((top + y * scale) * pngWidth + left) * channels;
        let at = to;
        for (let x = 0; x < width; x++) {
          const pixel = from + x * channels;
          for (let i = 0; i < scale; i++) {
            for (let c = 0; c < channels; c++) data[at++] = levels[pixel + c]!;
          }
        }
        for (let i = 1; i < scale; i++) {
          data.copyWithin(to + i * pngWidth * channels, to, at);
        }
      }
    }
  });
  return { width: pngWidth, height: pngHeight, channels, data };
}

/** Rounds and clamps to 0..255, as a Uint8ClampedArray does. */
function toBytes(images: Images): Uint8Array | Uint8ClampedArray {
  if (images instanceof Uint8Array) return images;
  const bytes = new Uint8ClampedArray(images.length);
  for (let i = 0; i < images.length; i++) bytes[i] = images[i]! * 255;
  return bytes;
}
