/** Gzip decompression of whole files. */

import { UserError } from "../errors.ts";

/**
 * The contents of a gzip file.
 *
 * @param bytes the whole compressed file
 * @param name the file's name, for messages
 * @throws {UserError} the file is truncated, corrupt or not a gzip file
 */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const unzipped = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  try {
    return await new Response(unzipped).bytes();
  } catch (error) {
    // The stream reports bad input, and nothing else, as a TypeError.
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(
      `${name}: not an intact gzip file, truncated or damaged; ` +
        "replace it with an intact copy",
    );
  }
}
