/**
 * Philox4x32-10, the same words as src/random/philox.ts, four blocks at once.
 */

const MULTIPLIER_0: i32 = 0xd2511f53;
const MULTIPLIER_1: i32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * Writes the 16 words of four blocks from `block`. A stream is five words in
 * memory: the key's two, then the counter's upper three; the number of the
 * block is the counter's first.
 */
export function philoxBlocks(out: usize, stream: usize, block: u32): void {
  philoxAt(out, stream, i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3)));
}

/** As {@linkcode philoxBlocks}, of any four blocks. */
@inline
export function philoxAt(out: usize, stream: usize, blocks: v128): void {
  let key0 = v128.load32_splat(stream);
  let key1 = v128.load32_splat(stream, 4);
  const weyl0 = i32x4.splat(WEYL_0);
  const weyl1 = i32x4.splat(WEYL_1);
  // Lane i of x0..x3 belongs to block i.
  let x0 = blocks;
  let x1 = v128.load32_splat(stream, 8);
  let x2 = v128.load32_splat(stream, 12);
  let x3 = v128.load32_splat(stream, 16);
  const multiplier0 = i32x4.splat(MULTIPLIER_0);
  const multiplier1 = i32x4.splat(MULTIPLIER_1);
  for (let round = 0; round < ROUNDS; round++) {
    // Products of 64 bits: of lanes 0 and 1, and of lanes 2 and 3
    const low0 = i64x2.extmul_low_i32x4_u(x0, multiplier0);
    const high0 = i64x2.extmul_high_i32x4_u(x0, multiplier0);
    const low1 = i64x2.extmul_low_i32x4_u(x2, multiplier1);
    const high1 = i64x2.extmul_high_i32x4_u(x2, multiplier1);
    x0 = v128.xor(
      v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), x1),
      key0,
    );
    x2 = v128.xor(
      v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), x3),
      key1,
    );
    x1 = v128.shuffle<i32>(low1, high1, 0, 2, 4, 6);
    x3 = v128.shuffle<i32>(low0, high0, 0, 2, 4, 6);
    key0 = i32x4.add(key0, weyl0);
    key1 = i32x4.add(key1, weyl1);
  }
  // A block's words stand side by side.
  const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i32>(low01, low23, 0, 1, 4, 5));
  v128.store(out, v128.shuffle<i32>(low01, low23, 2, 3, 6, 7), 16);
  v128.store(out, v128.shuffle<i32>(high01, high23, 0, 1, 4, 5), 32);
  v128.store(out, v128.shuffle<i32>(high01, high23, 2, 3, 6, 7), 48);
}
