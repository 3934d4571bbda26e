/** Any IDX file, the format in which MNIST is published, as rows. */

import { decodeRows, type NumberName } from "./array.ts";
import { refuse, type Selection, type Sheet } from "./sheet.ts";

/** The type codes of the header. */
const TYPES: Readonly<Record<number, NumberName>> = {
  0x08: "u1",
  0x09: "i1",
  0x0b: "i2",
  0x0c: "i4",
  0x0d: "f4",
  0x0e: "f8",
};

/**
 * The rows of an IDX file: two zeros, a type, the number of axes, a big-endian
 * 32-bit size for each, then the numbers.
 *
 * @param where the file, for messages
 * @throws {UserError} it is damaged, or no IDX file
 */
export function parseIdxRows(
  bytes: Uint8Array,
  where: string,
  { missing }: Pick<Selection, "missing">,
): Sheet {
  const [zero, zeroToo, code, axes] = bytes;
  const type = TYPES[code ?? 0];
  if (zero !== 0 || zeroToo !== 0 || type === undefined || !axes) {
    refuse(where, "not an IDX file: its magic number is another");
  }
  const start = 4 + 4 * axes;
  if (bytes.length < start) refuse(where, "truncated in its header");
  const header = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from(
    { length: axes },
    (_, i) => header.getUint32(4 + 4 * i),
  );
  return decodeRows(
    bytes.subarray(start),
    { type, shape, littleEndian: false, isFortran: false },
    where,
    missing,
  );
}
