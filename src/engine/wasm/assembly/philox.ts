/**
 * Philox4x32-10, the same words as src/random/philox.ts.
 */

const MULTIPLIER_0: u64 = 0xd2511f53;
const MULTIPLIER_1: u64 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * Writes one block of four words. A stream is five words in memory: the key's
 * two, then the counter's upper three; the block is the counter's first.
 */
export function philoxBlock(out: usize, stream: usize, block: u32): void {
  let key0 = load<u32>(stream);
  let key1 = load<u32>(stream, 4);
  let x0 = block;
  let x1 = load<u32>(stream, 8);
  let x2 = load<u32>(stream, 12);
  let x3 = load<u32>(stream, 16);
  for (let round = 0; round < ROUNDS; round++) {
    const product0 = MULTIPLIER_0 * <u64>x0;
    const product1 = MULTIPLIER_1 * <u64>x2;
    x0 = <u32>(product1 >> 32) ^ x1 ^ key0;
    x1 = <u32>product1;
    x2 = <u32>(product0 >> 32) ^ x3 ^ key1;
    x3 = <u32>product0;
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  store<u32>(out, x0);
  store<u32>(out, x1, 4);
  store<u32>(out, x2, 8);
  store<u32>(out, x3, 12);
}
