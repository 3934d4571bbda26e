/** A folder of images as rows. */

import { join } from "node:path";
import { namesOf } from "../../table.ts";
import { naturally } from "../../text.ts";
import { bytesOf, entriesOf } from "./files.ts";
import { pixelsOfJpeg } from "./jpeg.ts";
import type { Picture } from "./picture.ts";
import { pixelsOfPng } from "./png.ts";
import { type Images, keep, keptImages, listingOf } from "./kept_images.ts";
import { resized } from "./resize.ts";
import {
  formatShape,
  MOST_BYTES,
  product,
  refuse,
  type Selection,
  type Sheet,
  type Sides,
} from "./sheet.ts";

/** How images are decoded, by the endings of their names. */
const FORMATS: Readonly<
  Record<string, (file: Uint8Array, path: string) => Picture>
> = { ".png": pixelsOfPng, ".jpg": pixelsOfJpeg, ".jpeg": pixelsOfJpeg };

/** The endings, for messages. */
const ENDINGS = namesOf(FORMATS).join(", ");

/** Where images are kept, decoded; null: the project is on no disk. */
const KEPT_DIR = import.meta.dirname === undefined
  ? null
  : join(import.meta.dirname, "../../../data/decoded");

/** What `--labels` is where the sub-folder of an image is its class. */
const FOLDERS = "folders";

/**
 * The images below a folder, in natural order (2 before 10), all of one size or
 * made so: grey or colour, of 8 bits as bytes, of 16 bits as numbers in [0, 1].
 *
 * @param selection.labels `folders`: the first folder of a path is its class
 * @param kept the folder where many images are kept, decoded; null: nowhere
 * @throws {UserError} there are none, one is damaged, or they differ
 */
export function readImages(
  folder: string,
  { columns, labels, resize }: Selection,
  kept: string | null = KEPT_DIR,
): Sheet {
  if (columns !== null) {
    refuse(folder, `--columns ${columns}: images have no columns`);
  }
  if (labels !== null && labels !== FOLDERS) {
    refuse(folder, `--labels ${labels}: images have --labels ${FOLDERS} alone`);
  }
  const found = imagesBelow(folder);
  if (found.length === 0) {
    refuse(folder, `no ${ENDINGS} files below it, nor splits`);
  }
  const { names, shape, values } = imagesOf(folder, found, resize, kept);
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

/** What was kept of them, or the images decoded. */
function imagesOf(
  folder: string,
  found: readonly string[],
  resize: Sides | undefined,
  kept: string | null,
): Images {
  const names = () => found.toSorted(naturally);
  const listing = kept === null ? null : listingOf(folder, found, resize);
  if (listing === null) return decoded(folder, names(), resize);
  const before = keptImages(listing, kept!);
  if (before !== undefined) return before;
  const images = decoded(folder, names(), resize);
  keep(listing, images, kept!);
  return images;
}

function decoded(
  folder: string,
  names: readonly string[],
  resize: Sides | undefined,
): Images {
  const images = names.values().map((name) => {
    const path = join(folder, name);
    const image = FORMATS[endingOf(name)!]!(bytesOf(path), path);
    return { name, ...resize ? resized(image, resize, path) : image };
  });
  let first: { name: string; kind: string; size: string } | undefined;
  let values = new Uint8Array() as Sheet["values"];
  let shape: readonly number[] = [];
  let at = 0;
  for (const { name, pixels, ...image } of images) {
    const depth = pixels instanceof Uint8Array ? 8 : 16;
    const kind = `${formatShape(image.shape)} of ${depth} bits`;
    const size = formatShape(image.shape.slice(0, 2));
    if (first === undefined) {
      first = { name, kind, size };
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
        `${kind}, while ${first.name} is ${first.kind}; make all alike` +
          (size === first.size ? "" : ", in size by --resize HxW"),
      );
    }
    if (depth === 8) values.set(pixels, at);
    else values.set(Float32Array.from(pixels, (v) => v / 65535), at);
    at += pixels.length;
  }
  return { names, shape, values };
}

/** The ending of an image; undefined: it is none. */
function endingOf(name: string): string | undefined {
  return namesOf(FORMATS).find((ending) => name.toLowerCase().endsWith(ending));
}

/** Paths of the images below a folder, relative to it, with `/`. */
function imagesBelow(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const { name } = entry;
    if (name.startsWith(".")) return [];
    if (entry.isDirectory) {
      return imagesBelow(join(folder, name)).map((below) => `${name}/${below}`);
    }
    return endingOf(name) === undefined ? [] : [name];
  });
}
