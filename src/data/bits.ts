/** Rows of binary pixels: as packed bits, as bytes, and as text. */

import { UserError } from "../errors.ts";

/**
 * One byte per bit, most significant bit first: 0 for 0, 255 for 1, so that
 * byte / 255 is the bit.
 */
export function unpackBits(bits: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bits.length * 8);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (bits[i >> 3]! >> (7 - (i & 7)) & 1) * 255;
  }
  return bytes;
}

const ZERO = "0".charCodeAt(0);
const ONE = "1".charCodeAt(0);
const SPACES: readonly number[] = [..." \t\r"].map((c) => c.charCodeAt(0));
const NEWLINE = "\n".charCodeAt(0);

/**
 * Packs the bits of a text, most significant bit first. The text has `rows`
 * lines of `dim` numbers, each 0 or 1 and followed by white space.
 *
 * @param text bytes of ASCII, as in the .amat files of H. Larochelle
 * @param rows the number of lines there must be
 * @param dim the count of numbers a line must have; a multiple of 8
 * @param name the text's name, for messages
 * @throws {UserError} the text has another form
 */
export function packAmat(
  text: Uint8Array,
  rows: number,
  dim: number,
  name: string,
): Uint8Array<ArrayBuffer> {
  function reject(what: string): never {
    throw new UserError(
      `${name}: ${what}; replace the file with the original one`,
    );
  }

  const bits = new Uint8Array(rows * dim / 8);
  let row = 0;
  let column = 0;
  let separated = true;
  for (const char of text) {
    if (char === ZERO || char === ONE) {
      if (row === rows) reject(`more than ${rows} rows`);
      if (column === dim) reject(`more than ${dim} pixels in row ${row + 1}`);
      if (!separated) reject(`a number other than 0 and 1 in row ${row + 1}`);
      const i = row * dim + column;
      bits[i >> 3]! |= (char - ZERO) << (7 - (i & 7));
      column += 1;
      separated = false;
    } else if (char === NEWLINE) {
      if (column !== dim) {
        reject(`${column} instead of ${dim} pixels in row ${row + 1}`);
      }
      row += 1;
      column = 0;
      separated = true;
    } else if (SPACES.includes(char)) {
      separated = true;
    } else {
      reject(`a character other than 0, 1 and space in row ${row + 1}`);
    }
  }
  // The last row may lack its newline.
  if (column === dim) row += 1;
  if (row !== rows) reject(`truncated: ${row} of ${rows} rows`);
  return bits;
}
