/** One image of a folder, decoded. */

import { refuse } from "./sheet.ts";

/** Pixels by row, column and channel. */
export interface Picture {
  /** [H, W, C] */
  readonly shape: readonly number[];
  /** of 8 or 16 bits each */
  readonly pixels: Uint8Array | Uint16Array;
}

/** The most pixels of an image: 4096x4096. */
const MOST_PIXELS = 2 ** 24;

/** @throws {UserError} an image of that size is not read */
export function requireSize(
  { width, height }: { readonly width: number; readonly height: number },
  path: string,
): void {
  const pixels = width * height;
  if (pixels > 0 && pixels <= MOST_PIXELS) return;
  refuse(path, `${width}x${height} pixels; from 1 to ${MOST_PIXELS} are read`);
}
