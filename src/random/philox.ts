/**
 * Philox4x32-10, a counter-based generator: the k-th block of four 32-bit
 * words is a function of (counter, key) alone, so any draw can be recomputed
 * without its history, in any order, on any machine.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC11, section 3.3.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** Weyl increments of the key: the golden ratio and sqrt(3) - 1. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * The upper 32 bits of the unsigned 64-bit product a * b, as a signed integer:
 * V8 has no unsigned ones, and would compute in float64.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Neither sum exceeds 32 bits.
  const middle = Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16) | 0;
  const carry = Math.imul(aLow, bHigh) + (middle & 0xffff) | 0;
  return Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16) | 0;
}

/** Four unsigned 32-bit words: a counter, or one block of output. */
export type Block = readonly [number, number, number, number];

/**
 * Writes the words of consecutive blocks: block b has the counter
 * `(first + b, counter[1], counter[2], counter[3])`. The last block may be cut.
 *
 * @param out receives the words
 * @param first first word of the first block's counter
 */
export function fillPhilox(
  out: Uint32Array,
  first: number,
  counter: readonly [number, number, number],
  key: readonly [number, number],
): void {
  for (let start = 0, block = first; start < out.length; start += 4, block++) {
    // To destructure would make an iterator for each block.
    let x0 = block | 0;
    let x1 = counter[0] | 0;
    let x2 = counter[1] | 0;
    let x3 = counter[2] | 0;
    let key0 = key[0] | 0;
    let key1 = key[1] | 0;
    for (let round = 0; round < ROUNDS; round++) {
      const high0 = multiplyHigh(MULTIPLIER_0, x0);
      const low0 = Math.imul(MULTIPLIER_0, x0);
      const high1 = multiplyHigh(MULTIPLIER_1, x2);
      const low1 = Math.imul(MULTIPLIER_1, x2);
      x0 = high1 ^ x1 ^ key0;
      x1 = low1;
      x2 = high0 ^ x3 ^ key1;
      x3 = low0;
      key0 = key0 + WEYL_0 | 0;
      key1 = key1 + WEYL_1 | 0;
    }
    // Writes past the end of a typed array are dropped.
    out[start] = x0;
    out[start + 1] = x1;
    out[start + 2] = x2;
    out[start + 3] = x3;
  }
}

/** One block of Philox4x32-10 for a counter and a key of 32-bit words. */
export function philox4x32(
  counter: Block,
  key: readonly [number, number],
): Block {
  const out = new Uint32Array(4);
  fillPhilox(out, counter[0], [counter[1], counter[2], counter[3]], key);
  return [...out] as unknown as Block;
}
