/**
 * Elementary functions of four floats at once, from basic arithmetic only:
 * WebAssembly fixes each of their bits. Polynomials are minimax fits of the
 * relative error, their coefficients rounded to float32.
 */

// V8 makes a splat of a constant out of several instructions at every use, and
// of a load with a splat one: hence constants are in memory.
const HALF = memory.data<f32>([0.5]);
const ONE = memory.data<f32>([1]);
const TWO = memory.data<f32>([2]);
// e^x beyond these is infinite, or 0
const LARGEST = memory.data<f32>([89]);
const SMALLEST = memory.data<f32>([-105]);
const LOG2_E = memory.data<f32>([1.44269504]);
// 1.5 2^23: a float of which the last bit is 1, so that n more has n in its bits
const MAGIC = memory.data<f32>([12582912]);
const SIGN = memory.data<u32>([0x80000000]);
// of 2^0
const EXPONENT = memory.data<i32>([127]);
// log 2 in two parts: the first has 10 bits, so that its multiples are exact
const LN2_HIGH = memory.data<f32>([0.693359375]);
const LN2_LOW = memory.data<f32>([-2.12194440e-4]);
// (e^r - 1 - r) / r^2 for |r| <= log 2 / 2, to 4e-9 of e^r
const EXP_0 = memory.data<f32>([0.4999999403953552]);
const EXP_1 = memory.data<f32>([0.1666651964187622]);
const EXP_2 = memory.data<f32>([0.04166839271783829]);
const EXP_3 = memory.data<f32>([0.008368780836462975]);
const EXP_4 = memory.data<f32>([0.0013814467238262296]);
// (2 atanh(s) - 2 s) / s^3 in powers of s^2, for s <= 1/3, to 6e-9
const LOG_0 = memory.data<f32>([0.6666641235351562]);
const LOG_1 = memory.data<f32>([0.4002159833908081]);
const LOG_2 = memory.data<f32>([0.2800053656101227]);
const LOG_3 = memory.data<f32>([0.280187726020813]);
// (tanh(x) - x) / x^3 in powers of x^2, up to the split, to 9e-9
const TANH_SPLIT = memory.data<f32>([0.625]);
const TANH_0 = memory.data<f32>([-0.3333328068256378]);
const TANH_1 = memory.data<f32>([0.13331441581249237]);
const TANH_2 = memory.data<f32>([-0.05373971536755562]);
const TANH_3 = memory.data<f32>([0.0206390880048275]);
const TANH_4 = memory.data<f32>([-0.005704987328499556]);
// Taylor series
const THIRD = memory.data<f32>([1.0 / 3.0]);
const QUARTER = memory.data<f32>([1.0 / 4.0]);
const FIFTH = memory.data<f32>([1.0 / 5.0]);
const SIXTH = memory.data<f32>([1.0 / 6.0]);
const SEVENTH = memory.data<f32>([1.0 / 7.0]);
const EIGHTH = memory.data<f32>([1.0 / 8.0]);

/** Sixteen floats. */
export const ZEROS = memory.data(64, 64);

/** The constant at an address, four times. */
@inline
function constant(address: usize): v128 {
  return v128.load32_splat(address);
}

/**
 * a b + c, rounded after each operation. A fused one, which relaxed SIMD has
 * where the CPU does, would save 4 to 15 % of a step, and browsers without
 * relaxed SIMD would have other bits.
 */
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * e^x; infinite above 88.73, 0 below -104.
 *
 * V8 makes one instruction of pmin, pmax and an addition, and seven of min, max
 * and trunc_sat, which say more on NaN and -0.
 */
@inline
export function exp4(x: v128): v128 {
  const clamped = f32x4.pmax(
    f32x4.pmin(x, constant(LARGEST)),
    constant(SMALLEST),
  );
  const n = f32x4.nearest(f32x4.mul(clamped, constant(LOG2_E)));
  const r = f32x4.sub(
    f32x4.sub(clamped, f32x4.mul(n, constant(LN2_HIGH))),
    f32x4.mul(n, constant(LN2_LOW)),
  );
  let p = constant(EXP_4);
  p = mulAdd(p, r, constant(EXP_3));
  p = mulAdd(p, r, constant(EXP_2));
  p = mulAdd(p, r, constant(EXP_1));
  p = mulAdd(p, r, constant(EXP_0));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
  p = f32x4.add(p, constant(ONE));
  // 2^n in two factors: n may lie outside the exponents of normal numbers.
  const magic = constant(MAGIC);
  const integer = i32x4.sub(f32x4.add(n, magic), magic);
  const half = i32x4.shr_s(integer, 1);
  return f32x4.mul(
    f32x4.mul(p, powerOfTwo(half)),
    powerOfTwo(i32x4.sub(integer, half)),
  );
}

@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, constant(EXPONENT)), 23);
}

/** log(1 + y) for y in [0, 1]. */
@inline
export function log1p4(y: v128): v128 {
  // 2 atanh(s) with s = y / (2 + y) <= 1/3
  const s = f32x4.div(y, f32x4.add(y, constant(TWO)));
  const s2 = f32x4.mul(s, s);
  let p = constant(LOG_3);
  p = mulAdd(p, s2, constant(LOG_2));
  p = mulAdd(p, s2, constant(LOG_1));
  p = mulAdd(p, s2, constant(LOG_0));
  return f32x4.add(f32x4.add(s, s), f32x4.mul(f32x4.mul(s, s2), p));
}

/** log x of positive normal numbers; minus infinity at 0. */
@inline
export function log4(x: v128): v128 {
  const one = constant(ONE);
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(bits, 23);
  const m = i32x4.sub(x, i32x4.shl(exponent, 23));
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const s2 = f32x4.mul(s, s);
  let p = constant(LOG_3);
  p = mulAdd(p, s2, constant(LOG_2));
  p = mulAdd(p, s2, constant(LOG_1));
  p = mulAdd(p, s2, constant(LOG_0));
  const n = f32x4.convert_i32x4_s(exponent);
  const small = f32x4.add(
    f32x4.mul(f32x4.mul(s, s2), p),
    f32x4.mul(n, constant(LN2_LOW)),
  );
  const log = f32x4.add(
    f32x4.add(f32x4.add(s, s), small),
    f32x4.mul(n, constant(LN2_HIGH)),
  );
  return v128.bitselect(
    f32x4.splat(-Infinity),
    log,
    f32x4.eq(x, f32x4.splat(0)),
  );
}

/** -1, 0 or 1 */
@inline
export function sign4(x: v128): v128 {
  const one = constant(ONE);
  const zero = f32x4.splat(0);
  return f32x4.sub(
    v128.and(one, f32x4.gt(x, zero)),
    v128.and(one, f32x4.lt(x, zero)),
  );
}

/** e^-|x|, in (0, 1]. */
@inline
export function expMinusAbs4(x: v128): v128 {
  return exp4(v128.or(x, constant(SIGN)));
}

/** log(1 + e^x), given e^-|x|. */
@inline
export function softplusOf4(x: v128, expMinusAbs: v128): v128 {
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), log1p4(expMinusAbs));
}

/** 1 / (1 + e^-x), given e^-|x|. */
@inline
export function sigmoidOf4(x: v128, expMinusAbs: v128): v128 {
  const one = constant(ONE);
  const numerator = v128.bitselect(
    expMinusAbs,
    one,
    f32x4.lt(x, f32x4.splat(0)),
  );
  return f32x4.div(numerator, f32x4.add(one, expMinusAbs));
}

/** log(1 + e^x). */
@inline
export function softplus4(x: v128): v128 {
  return softplusOf4(x, expMinusAbs4(x));
}

/** tanh x. */
@inline
export function tanh4(x: v128): v128 {
  // x + x^3 p(x^2) up to 0.625, and 1 - 2 / (e^2|x| + 1) beyond
  const x2 = f32x4.mul(x, x);
  let p = constant(TANH_4);
  p = mulAdd(p, x2, constant(TANH_3));
  p = mulAdd(p, x2, constant(TANH_2));
  p = mulAdd(p, x2, constant(TANH_1));
  p = mulAdd(p, x2, constant(TANH_0));
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, x2), p));
  const sign = v128.and(x, constant(SIGN));
  const magnitude = v128.xor(x, sign);
  const power = exp4(f32x4.add(magnitude, magnitude));
  const one = constant(ONE);
  const beyond = f32x4.sub(
    one,
    f32x4.div(constant(TWO), f32x4.add(power, one)),
  );
  return v128.bitselect(
    near,
    v128.or(beyond, sign),
    f32x4.lt(magnitude, constant(TANH_SPLIT)),
  );
}

/**
 * e^v - 1 - v to float32 precision of its value, as in src/model/kl.ts: a
 * series where the difference would cancel.
 */
@inline
export function expMinusOneMinus4(v: v128): v128 {
  const one = constant(ONE);
  let s = f32x4.add(f32x4.mul(v, constant(EIGHTH)), one);
  s = f32x4.add(f32x4.mul(f32x4.mul(v, constant(SEVENTH)), s), one);
  s = f32x4.add(f32x4.mul(f32x4.mul(v, constant(SIXTH)), s), one);
  s = f32x4.add(f32x4.mul(f32x4.mul(v, constant(FIFTH)), s), one);
  s = f32x4.add(f32x4.mul(f32x4.mul(v, constant(QUARTER)), s), one);
  s = f32x4.add(f32x4.mul(f32x4.mul(v, constant(THIRD)), s), one);
  s = f32x4.mul(f32x4.mul(f32x4.mul(v, v), constant(HALF)), s);
  const direct = f32x4.sub(f32x4.sub(exp4(v), one), v);
  return v128.bitselect(
    s,
    direct,
    f32x4.lt(f32x4.abs(v), constant(HALF)),
  );
}

/** Lane i of four: all bits set where `first + i` < `count`, else none. */
@inline
export function lanesBelow(first: i32, count: i32): v128 {
  return i32x4.lt_s(
    i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)),
    i32x4.splat(count),
  );
}

// Eight lanes of all bits, then of none
const LANES = memory.data<i32>([
  -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** Where {@linkcode lanesBelow} of eight lanes is, for `first` < `count`. */
@inline
export function masksBelow(first: i32, count: i32): usize {
  return LANES + (<usize>max<i32>(first + 8 - count, 0) << 2);
}

/** (lane 0 + lane 1) + (lane 2 + lane 3). */
@inline
export function sumLanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
