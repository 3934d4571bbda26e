/** The pixels of a PNG file. */

import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";
import { type Picture, requireSize } from "./picture.ts";
import { refuse } from "./sheet.ts";

const SIGNATURE = 0x89504e47;

/** Bytes of a chunk beside its data: length, type, checksum. */
const FRAME = 12;

/** The chunks that pixels depend on; others may hold texts of any size. */
const KEPT = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);

/** Deflate packs a byte into no less than 1/1032 of it. */
const MOST_PACKED = 1032;

/** Bytes that are unpacked without a look at how many there will be. */
const UNCHECKED = 2 ** 24;

/**
 * Pixels by row, column and channel: of 8 bits as bytes, of 16 as they are;
 * palettes become colours, and opaque alpha is left out.
 *
 * @param path for messages
 * @throws {UserError} it is damaged, animated, transparent, or larger unpacked
 *   than its header says
 */
export function pixelsOfPng(file: Uint8Array, path: string): Picture {
  const header = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < 33 || header.getUint32(0) !== SIGNATURE) {
    refuse(path, "not a PNG file, or truncated");
  }
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  requireSize({ width, height }, path);
  const chunks = chunksOf(file, header, path);
  if (chunks.some(({ type }) => type === "acTL")) {
    refuse(path, "animated; save its frames as files");
  }
  requireUnpacked(chunks, { width, height }, path);
  let png: DecodedPng;
  try {
    png = decode(joined(file, chunks), { checkCrc: true });
  } catch (error) {
    refuse(path, `not an intact PNG file (${(error as Error).message})`);
  }
  const isIndexed = png.palette !== undefined;
  if (png.depth < 8 && !isIndexed) {
    refuse(path, `${png.depth} bits for each pixel; save it with 8`);
  }
  const data = (isIndexed ? convertIndexedToRgb(png) : png.data) as
    | Uint8Array
    | Uint16Array;
  const all = data.length / (width * height);
  const channels = all === 2 || all === 4 ? all - 1 : all;
  const shape = [height, width, channels];
  if (channels === all) return { shape, pixels: data };
  const opaque = png.depth === 16 ? 65535 : 255;
  if (!data.every((value, i) => i % all !== channels || value === opaque)) {
    refuse(path, "transparent pixels; save it without alpha");
  }
  return { shape, pixels: data.filter((_, i) => i % all < channels) };
}

interface Chunk {
  readonly type: string;
  /** with length, type and checksum */
  readonly bytes: Uint8Array;
}

function chunksOf(file: Uint8Array, view: DataView, path: string): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at + FRAME <= file.length;) {
    const end = at + FRAME + view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    chunks.push({ type, bytes: file.subarray(at, end) });
    if (type === "IEND") return chunks;
    at = end;
  }
  return refuse(path, "not an intact PNG file, truncated or damaged");
}

/** @throws {UserError} its pixels unpack to more than there is room for */
function requireUnpacked(
  chunks: readonly Chunk[],
  { width, height }: { width: number; height: number },
  path: string,
): void {
  const packed = chunks.filter(({ type }) => type === "IDAT")
    .map(({ bytes }) => bytes.subarray(8, -4));
  const length = packed.reduce((sum, { length }) => sum + length, 0);
  if (length * MOST_PACKED <= UNCHECKED) return;
  // Four channels of 16 bits, and bytes before each line of seven passes.
  const most = 8 * width * height + 8 * (height + 8);
  try {
    inflateSync(Buffer.concat(packed), { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_BUFFER_TOO_LARGE") return;
    refuse(path, `its pixels are more than its ${width}x${height}`);
  }
}

/** The file with the chunks alone that its pixels depend on. */
function joined(file: Uint8Array, chunks: readonly Chunk[]): Uint8Array {
  const kept = chunks.filter(({ type }) => KEPT.has(type));
  if (kept.length === chunks.length) return file;
  return Buffer.concat([
    file.subarray(0, 8),
    ...kept.map(({ bytes }) => bytes),
  ]);
}
