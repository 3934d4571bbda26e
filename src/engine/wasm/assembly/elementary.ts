/**
 * Elementary functions of four floats at once, from basic arithmetic only:
 * WebAssembly fixes each of their bits. Polynomials are minimax fits of the
 * relative error, their coefficients rounded to float32.
 */

// V8 makes a splat of a constant out of several instructions at every use, and
// of a load with a splat one: hence constants are in memory.
const TABLE = memory.data<f32>([
  89,
  -105,
  1.44269504,
  0.693359375,
  -2.12194440e-4,
  0.0013814467238262296,
  0.008368780836462975,
  0.04166839271783829,
  0.1666651964187622,
  0.4999999403953552,
  1,
  2,
  0.280187726020813,
  0.2800053656101227,
  0.4002159833908081,
  0.6666641235351562,
  -0.005704987328499556,
  0.0206390880048275,
  -0.05373971536755562,
  0.13331441581249237,
  -0.3333328068256378,
  0.625,
  1.0 / 8.0,
  1.0 / 7.0,
  1.0 / 6.0,
  1.0 / 5.0,
  1.0 / 4.0,
  1.0 / 3.0,
  0.5,
]);
const LARGEST: usize = TABLE + 0;
const SMALLEST: usize = TABLE + 4;
const LOG2_E: usize = TABLE + 8;
const LN2_HIGH: usize = TABLE + 12;
const LN2_LOW: usize = TABLE + 16;
const EXP_4: usize = TABLE + 20;
const EXP_3: usize = TABLE + 24;
const EXP_2: usize = TABLE + 28;
const EXP_1: usize = TABLE + 32;
const EXP_0: usize = TABLE + 36;
const ONE: usize = TABLE + 40;
const TWO: usize = TABLE + 44;
const LOG_3: usize = TABLE + 48;
const LOG_2: usize = TABLE + 52;
const LOG_1: usize = TABLE + 56;
const LOG_0: usize = TABLE + 60;
const TANH_4: usize = TABLE + 64;
const TANH_3: usize = TABLE + 68;
const TANH_2: usize = TABLE + 72;
const TANH_1: usize = TABLE + 76;
const TANH_0: usize = TABLE + 80;
const TANH_SPLIT: usize = TABLE + 84;
const EIGHTH: usize = TABLE + 88;
const SEVENTH: usize = TABLE + 92;
const SIXTH: usize = TABLE + 96;
const FIFTH: usize = TABLE + 100;
const QUARTER: usize = TABLE + 104;
const THIRD: usize = TABLE + 108;
const HALF: usize = TABLE + 112;

@inline
function constant(address: usize): v128 {
  return v128.load32_splat(address);
}

/** e^x; infinite above 88.73, 0 below -104. */
@inline
export function exp4(x: v128): v128 {
  const clamped = f32x4.max(
    f32x4.min(x, constant(LARGEST)),
    constant(SMALLEST),
  );
  const n = f32x4.nearest(f32x4.mul(clamped, constant(LOG2_E)));
  const r = f32x4.sub(
    f32x4.sub(clamped, f32x4.mul(n, constant(LN2_HIGH))),
    f32x4.mul(n, constant(LN2_LOW)),
  );
  // (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, to 4e-9 of e^r
  let p = constant(EXP_4);
  p = f32x4.add(f32x4.mul(p, r), constant(EXP_3));
  p = f32x4.add(f32x4.mul(p, r), constant(EXP_2));
  p = f32x4.add(f32x4.mul(p, r), constant(EXP_1));
  p = f32x4.add(f32x4.mul(p, r), constant(EXP_0));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
  p = f32x4.add(p, constant(ONE));
  // 2^n in two factors: n may lie outside the exponents of normal numbers.
  const integer = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(integer, 1);
  return f32x4.mul(
    f32x4.mul(p, powerOfTwo(half)),
    powerOfTwo(i32x4.sub(integer, half)),
  );
}

@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** ln(1 + y) for y in [0, 1]. */
@inline
export function log1p4(y: v128): v128 {
  // 2 atanh(s) with s = y / (2 + y) <= 1/3
  const s = f32x4.div(y, f32x4.add(y, constant(TWO)));
  const s2 = f32x4.mul(s, s);
  let p = constant(LOG_3);
  p = f32x4.add(f32x4.mul(p, s2), constant(LOG_2));
  p = f32x4.add(f32x4.mul(p, s2), constant(LOG_1));
  p = f32x4.add(f32x4.mul(p, s2), constant(LOG_0));
  return f32x4.add(f32x4.add(s, s), f32x4.mul(f32x4.mul(s, s2), p));
}

/** e^-|x|, in (0, 1]. */
@inline
export function expMinusAbs4(x: v128): v128 {
  return exp4(f32x4.neg(f32x4.abs(x)));
}

/** ln(1 + e^x), given e^-|x|. */
@inline
export function softplusOf4(x: v128, expMinusAbs: v128): v128 {
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), log1p4(expMinusAbs));
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

/** ln(1 + e^x). */
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
  p = f32x4.add(f32x4.mul(p, x2), constant(TANH_3));
  p = f32x4.add(f32x4.mul(p, x2), constant(TANH_2));
  p = f32x4.add(f32x4.mul(p, x2), constant(TANH_1));
  p = f32x4.add(f32x4.mul(p, x2), constant(TANH_0));
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, x2), p));
  const magnitude = f32x4.abs(x);
  const power = exp4(f32x4.add(magnitude, magnitude));
  const one = constant(ONE);
  const beyond = f32x4.sub(
    one,
    f32x4.div(constant(TWO), f32x4.add(power, one)),
  );
  const sign = v128.and(x, i32x4.splat(0x80000000));
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

/** (lane 0 + lane 1) + (lane 2 + lane 3). */
@inline
export function sumLanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
