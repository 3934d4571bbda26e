/** The IDX format, in which MNIST is published: a short header, then bytes. */

import { UserError } from "../errors.ts";

/** The header's type code of unsigned bytes, shifted into its place. */
const UNSIGNED_BYTES = 0x0800;

/**
 * The data of an IDX file of unsigned bytes, as a view of `bytes`.
 *
 * The header is a big-endian magic number (0x00000801 for labels, 0x00000803
 * for images: two zeros, the type, the number of dimensions), then one
 * big-endian 32-bit size per dimension. Format: http://yann.lecun.com/exdb/mnist/
 *
 * @param bytes the whole file, already decompressed
 * @param dims the sizes that the file must have: `[count]` for labels,
 *   `[count, rows, columns]` for images
 * @param name the file's name, for messages
 * @returns the product of `dims` bytes, row-major
 * @throws {UserError} the header or the length is not what `dims` asks for
 */
export function parseIdx(
  bytes: Uint8Array<ArrayBuffer>,
  dims: readonly number[],
  name: string,
): Uint8Array<ArrayBuffer> {
  function reject(what: string): never {
    throw new UserError(
      `${name}: ${what}; replace the file with the original one`,
    );
  }

  const headerLength = 4 + 4 * dims.length;
  if (bytes.length < headerLength) {
    reject(
      `truncated in the header: ${bytes.length} of ${headerLength} bytes`,
    );
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);

  const expectedMagic = UNSIGNED_BYTES + dims.length;
  const magic = header.getUint32(0);
  if (magic !== expectedMagic) {
    reject(`magic number ${hex(magic)} instead of ${hex(expectedMagic)}`);
  }

  const found = dims.map((_, i) => header.getUint32(4 + 4 * i));
  if (found.some((size, i) => size !== dims[i])) {
    reject(`sizes ${found.join(" x ")} instead of ${dims.join(" x ")}`);
  }

  const length = dims.reduce((product, size) => product * size, 1);
  const data = bytes.subarray(headerLength);
  if (data.length < length) {
    reject(`truncated: ${data.length} of ${length} bytes of data`);
  }
  if (data.length > length) {
    reject(`${data.length - length} bytes too many at the end`);
  }
  return data;
}

function hex(magic: number): string {
  return `0x${magic.toString(16).padStart(8, "0")}`;
}
