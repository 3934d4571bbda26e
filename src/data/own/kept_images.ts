/**
 * Decoded images of large folders, kept between starts of the program.
 *
 * What is kept is found by a hash of all that tells the folder's files apart
 * from changed ones: name, size, device, inode, and the times of the last
 * change of the content and of the inode. A program cannot set the latter, but
 * two changes within its resolution look alike. So nothing is kept of a folder
 * with a file that changed less than two seconds before it was looked at, or
 * since; git's index has the same rule
 * (https://git-scm.com/docs/racy-git). What is kept has a SHA-256 of its own.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  entriesOf,
  FileError,
  makeFolder,
  readBytesSync,
  removeIfThere,
  targetOf,
} from "../../files.ts";
import { writeAtomically } from "../../results/files.ts";
import { statOf } from "./files.ts";
import { MOST_BYTES, type Sheet, type Sides } from "./sheet.ts";

/** The images of a folder, in natural order. */
export interface Images extends Pick<Sheet, "shape" | "values"> {
  /** paths from the folder, with `/` */
  readonly names: readonly string[];
}

/** Fewer are decoded faster than anyone waits for. */
const FEWEST = 1000;

/** The most bytes of all that is kept. */
const MOST_KEPT = 2 * MOST_BYTES;

/** Changes with how images are decoded, and ordered. */
const VERSION = 2;

/** Milliseconds that may have one time stamp: two seconds on FAT. */
const RESOLUTION = 2000;

/** What a folder's images were when they were looked at. */
export interface Listing {
  /** SHA-256 of all that tells them apart from changed ones */
  readonly id: string;
  /** whether a change since would be seen */
  readonly isSettled: boolean;
}

/**
 * Looks at the images of a folder; null: they are too few to be kept.
 *
 * @param names of the files, from the folder
 */
export function listingOf(
  folder: string,
  names: readonly string[],
  resize: Sides | undefined,
): Listing | null {
  if (names.length < FEWEST) return null;
  const before = Date.now() - RESOLUTION;
  const hash = createHash("sha256");
  hash.update(JSON.stringify([VERSION, resize]));
  let isSettled = true;
  for (const name of names.toSorted()) {
    const { size, dev, ino, mtime, ctime } = statOf(join(folder, name));
    const [changed, touched] = [mtime?.getTime(), ctime?.getTime()];
    hash.update(JSON.stringify([name, size, dev, ino, changed, touched]));
    isSettled &&= touched !== undefined && touched < before;
  }
  return { id: hash.digest("hex"), isSettled };
}

/** Of the file that keeps the images, in a folder. */
const pathOf = (folder: string, { id }: Listing) =>
  join(folder, `${id}.images`);

/** Bytes of the hash at the start, and of the header's length after it. */
const [HASH, LENGTH] = [32, 4];

/** The images that were kept; undefined: none, or they are damaged. */
export function keptImages(
  listing: Listing,
  folder: string,
): Images | undefined {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readBytesSync(pathOf(folder, listing), { most: Infinity });
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
  const hash = createHash("sha256").update(bytes.subarray(HASH)).digest();
  if (hash.some((byte, i) => byte !== bytes[i])) return undefined;
  const start = HASH + LENGTH + new DataView(bytes.buffer).getUint32(HASH);
  const header: Header = JSON.parse(
    new TextDecoder().decode(bytes.subarray(HASH + LENGTH, start)),
  );
  const { areBytes, ...images } = header;
  return {
    ...images,
    values: areBytes
      ? bytes.subarray(start)
      : new Float32Array(bytes.slice(start).buffer),
  };
}

interface Header extends Omit<Images, "values"> {
  readonly areBytes: boolean;
}

/** What is to be kept, by its path. */
const waiting = new Map<string, Images>();

/** Keeps images from the next {@linkcode writeKept} on. */
export function keep(listing: Listing, images: Images, folder: string): void {
  if (listing.isSettled) waiting.set(pathOf(folder, listing), images);
}

/**
 * Writes what is to be kept, where it can be written, and removes the oldest of
 * what is more than 4 GiB.
 */
export async function writeKept(): Promise<void> {
  for (const [path, { names, shape, values }] of waiting) {
    waiting.delete(path);
    const areBytes = values instanceof Uint8Array;
    const header: Header = { names, shape, areBytes };
    const text = new TextEncoder().encode(JSON.stringify(header));
    const start = HASH + LENGTH + text.length;
    const bytes = new Uint8Array(start + values.byteLength);
    new DataView(bytes.buffer).setUint32(HASH, text.length);
    bytes.set(text, HASH + LENGTH);
    bytes.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      start,
    );
    bytes.set(createHash("sha256").update(bytes.subarray(HASH)).digest());
    const folder = join(path, "..");
    try {
      await makeFolder(folder);
      await makeRoom(folder, bytes.length);
      await writeAtomically(path, bytes);
    } catch (error) {
      // The data are read again at the next start.
      if (!(error instanceof FileError)) throw error;
    }
  }
}

async function makeRoom(folder: string, bytes: number): Promise<void> {
  const found = await Promise.all(
    (await entriesOf(folder)).map(async ({ name }) => {
      const path = join(folder, name);
      return { path, stat: await targetOf(path) };
    }),
  );
  const kept = found.flatMap(({ path, stat }) =>
    stat?.isFile
      ? [{ path, size: stat.size, time: stat.mtime?.getTime() ?? 0 }]
      : []
  ).sort((a, b) => b.time - a.time);
  let total = bytes;
  for (const { path, size } of kept) {
    total += size;
    if (total > MOST_KEPT) await removeIfThere(path);
  }
}
