/** Files that come with the toolkit, also where it came from a registry. */

import { fileURLToPath } from "node:url";
import { readBytes } from "./files.ts";

/**
 * The bytes of a file beside a module.
 *
 * @param url of the file, from that of the module
 */
export async function asset(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  return url.protocol === "file:"
    ? await readBytes(fileURLToPath(url))
    : await (await fetch(url)).bytes();
}
