/** The one operation in which the two builds of the module differ. */

/**
 * a b + c, rounded after each operation: the same bits on every machine. In
 * the build with fast math (relaxed SIMD) it is rounded once where the CPU
 * fuses the two.
 */
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
