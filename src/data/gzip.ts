/** Gzip decompression of whole files. */

import { gunzipSync } from "node:zlib";
import { UserError } from "../errors.ts";

/**
 * The contents of a gzip file.
 *
 * @param bytes the whole compressed file
 * @param name the file's name, for messages
 * @param most the most bytes that it may have, unpacked
 * @throws {UserError} the file is truncated, corrupt or not a gzip file, or
 *   has more
 */
export function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  most: number,
): Uint8Array<ArrayBuffer> {
  try {
    const unpacked = gunzipSync(bytes, { maxOutputLength: most });
    const { buffer, byteOffset, byteLength } = unpacked;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  } catch (error) {
    const { code } = error as { code?: string };
    throw new UserError(
      code === "ERR_BUFFER_TOO_LARGE"
        ? `${name}: unpacked it has more than ${most} bytes; split it`
        : `${name}: not an intact gzip file, truncated or damaged; ` +
          "replace it with an intact copy",
    );
  }
}
