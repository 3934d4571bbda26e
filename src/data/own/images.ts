/** A folder of PNG images as rows. */

import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";
import { join } from "node:path";
import { bytesOf, entriesOf } from "./files.ts";
import {
  formatShape,
  MOST_BYTES,
  product,
  refuse,
  type Selection,
  type Sheet,
} from "./sheet.ts";

const collator = new Intl.Collator("en", { numeric: true });

/** The most pixels of an image. */
const MOST_PIXELS = 2 ** 24;

/** What `--labels` is where the sub-folder of an image is its class. */
const FOLDERS = "folders";

/**
 * The PNG images below a folder, in natural order (2 before 10), all of one
 * size: grey or colour, of 8 bits as bytes, of 16 bits as numbers in [0, 1].
 *
 * @param selection.labels `folders`: the first folder of a path is its class
 * @throws {UserError} there are none, one is damaged, or they differ
 */
export function readImages(
  folder: string,
  { columns, labels }: Selection,
): Sheet {
  if (columns !== null) {
    refuse(folder, `--columns ${columns}: images have no columns`);
  }
  if (labels !== null && labels !== FOLDERS) {
    refuse(folder, `--labels ${labels}: images have --labels ${FOLDERS} alone`);
  }
  const names = pngsBelow(folder).sort(collator.compare);
  if (names.length === 0) refuse(folder, "no .png files below it, nor splits");
  const images = names.values().map((name) => ({
    name,
    ...pixelsOf(join(folder, name)),
  }));
  let first: { name: string; kind: string } | undefined;
  let values = new Uint8Array() as Sheet["values"];
  let shape: readonly number[] = [];
  let at = 0;
  for (const { name, pixels, ...image } of images) {
    const depth = pixels instanceof Uint8Array ? 8 : 16;
    const kind = `${formatShape(image.shape)} of ${depth} bits`;
    if (first === undefined) {
      first = { name, kind };
      shape = image.shape;
      const length = names.length * product(shape);
      if (length * (depth / 8) ** 2 > MOST_BYTES) {
        refuse(folder, `${names.length} images of ${kind}: more than 2 GiB`);
      }
      values = depth === 8 ? new Uint8Array(length) : new Float32Array(length);
    }
    if (kind !== first.kind) {
      refuse(
        join(folder, name),
        `${kind}, while ${first.name} is ${first.kind}; make all alike`,
      );
    }
    if (depth === 8) values.set(pixels, at);
    else values.set(Float32Array.from(pixels, (v) => v / 65535), at);
    at += pixels.length;
  }
  return {
    count: names.length,
    shape,
    values,
    columns: null,
    labels: labels === null ? null : names.map(classOf),
  };

  function classOf(name: string): string {
    const [first, ...rest] = name.split("/");
    if (rest.length > 0) return first!;
    return refuse(join(folder, name), "it is in no sub-folder, its class");
  }
}

/** Paths of the .png files below a folder, relative to it, with `/`. */
function pngsBelow(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const { name } = entry;
    if (name.startsWith(".")) return [];
    if (entry.isDirectory) {
      return pngsBelow(join(folder, name)).map((below) => `${name}/${below}`);
    }
    return name.toLowerCase().endsWith(".png") ? [name] : [];
  });
}

/** Pixels by row, column and channel; opaque alpha is left out. */
function pixelsOf(
  path: string,
): { shape: readonly number[]; pixels: Uint8Array | Uint16Array } {
  const bytes = bytesOf(path);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 33 || header.getUint32(0) !== 0x89504e47) {
    refuse(path, "not a PNG file, or truncated");
  }
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  if (width * height > MOST_PIXELS) {
    refuse(path, `${width}x${height} pixels; at most ${MOST_PIXELS} are read`);
  }
  if (isAnimated(header)) refuse(path, "animated; save its frames as files");
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (error) {
    refuse(path, `not an intact PNG file (${(error as Error).message})`);
  }
  const isIndexed = png.palette !== undefined;
  if (png.depth < 8 && !isIndexed) {
    refuse(path, `${png.depth} bits for each pixel; save it with 8`);
  }
  const data = isIndexed ? convertIndexedToRgb(png) : png.data;
  const all = data.length / (width * height);
  const channels = all === 2 || all === 4 ? all - 1 : all;
  const opaque = png.depth === 16 ? 65535 : 255;
  if (channels < all) {
    const isOpaque = data.every((value, i) =>
      i % all !== channels || value === opaque
    );
    if (!isOpaque) refuse(path, "transparent pixels; save it without alpha");
  }
  const pixels = (data as Uint8Array | Uint16Array)
    .filter((_, i) => i % all < channels);
  return { shape: [height, width, channels], pixels };
}

/** Whether a chunk before the image says that there are frames. */
function isAnimated(png: DataView): boolean {
  for (let at = 8; at + 8 <= png.byteLength;) {
    const kind = png.getUint32(at + 4);
    if (kind === 0x6163544c) return true; // acTL
    if (kind === 0x49444154) return false; // IDAT
    at += 12 + png.getUint32(at);
  }
  return false;
}
