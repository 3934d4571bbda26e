/**
 * Elementary functions of four floats, from basic arithmetic only: WGSL's own
 * are as exact as the adapter has them. Polynomials are those of the wasm
 * engine, minimax fits of the relative error.
 */
export const ELEMENTARY = /* wgsl */ `
/// e^x; infinite above 88.73, 0 below -104
fn exp4(x: vec4f) -> vec4f {
  let clamped = clamp(x, vec4f(-105), vec4f(89));
  let n = round(clamped * 1.44269504);
  // log 2 in two parts: the first has 10 bits, so that its multiples are exact
  let r = (clamped - n * 0.693359375) - n * -2.12194440e-4;
  var p = vec4f(0.0013814467238262296);
  p = p * r + 0.008368780836462975;
  p = p * r + 0.04166839271783829;
  p = p * r + 0.1666651964187622;
  p = p * r + 0.4999999403953552;
  p = (p * (r * r) + r) + 1;
  // 2^n in two factors: n may lie outside the exponents of normal numbers
  let whole = vec4i(n);
  let half = whole >> vec4u(1);
  let power = p * powerOfTwo(half) * powerOfTwo(whole - half);
  return select(power, x, isNan4(x));
}

/// by their bits: WGSL lets a compiler take it that there are none
fn isNan4(x: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(x) & vec4u(0x7fffffff)) > vec4u(0x7f800000);
}

fn powerOfTwo(n: vec4i) -> vec4f {
  return bitcast<vec4f>((n + 127) << vec4u(23));
}

/// 2 atanh(s) for |s| <= 1/3
fn twiceAtanh4(s: vec4f) -> vec4f {
  let s2 = s * s;
  var p = vec4f(0.280187726020813);
  p = p * s2 + 0.2800053656101227;
  p = p * s2 + 0.4002159833908081;
  p = p * s2 + 0.6666641235351562;
  return (s + s) + (s * s2) * p;
}

/// log x of a normal number that is not below 0; -infinity at 0
fn log1(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits == 0u) { return bitcast<f32>(bits | 0xff800000u); }
  if (bits >= 0x7f800000u) { return x; }
  var exponent = f32(i32(bits >> 23u) - 127);
  var mantissa = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (mantissa > 1.4142135) {
    mantissa *= 0.5;
    exponent += 1;
  }
  let s = (mantissa - 1) / (mantissa + 1);
  return exponent * 0.6931471805599453 + twiceAtanh4(vec4f(s)).x;
}

/// log x by component
fn log4(x: vec4f) -> vec4f {
  return vec4f(log1(x.x), log1(x.y), log1(x.z), log1(x.w));
}

/// e^-|x|, in (0, 1]
fn expMinusAbs4(x: vec4f) -> vec4f {
  return exp4(-abs(x));
}

/// log(1 + e^x), given e^-|x|
fn softplusOf4(x: vec4f, expMinusAbs: vec4f) -> vec4f {
  return max(x, vec4f(0)) + twiceAtanh4(expMinusAbs / (expMinusAbs + 2));
}

/// 1 / (1 + e^-x), given e^-|x|
fn sigmoidOf4(x: vec4f, expMinusAbs: vec4f) -> vec4f {
  return select(vec4f(1), expMinusAbs, x < vec4f(0)) / (1 + expMinusAbs);
}

fn softplus4(x: vec4f) -> vec4f {
  return softplusOf4(x, expMinusAbs4(x));
}

fn sigmoid4(x: vec4f) -> vec4f {
  return sigmoidOf4(x, expMinusAbs4(x));
}

/// x + x^3 p(x^2) up to 0.625, and 1 - 2 / (e^2|x| + 1) beyond
fn tanh4(x: vec4f) -> vec4f {
  let x2 = x * x;
  var p = vec4f(-0.005704987328499556);
  p = p * x2 + 0.0206390880048275;
  p = p * x2 - 0.05373971536755562;
  p = p * x2 + 0.13331441581249237;
  p = p * x2 - 0.3333328068256378;
  let near = x + (x * x2) * p;
  let magnitude = abs(x);
  let beyond = sign(x) * (1 - 2 / (exp4(magnitude + magnitude) + 1));
  return select(beyond, near, magnitude < vec4f(0.625));
}

/// e^v - 1 - v to float32 precision of its value: a series where the
/// difference would cancel, as in src/model/kl.ts
fn expMinusOneMinus4(v: vec4f) -> vec4f {
  var series = v * 0.125 + 1;
  series = (v * 0.14285714) * series + 1;
  series = (v * 0.16666667) * series + 1;
  series = (v * 0.2) * series + 1;
  series = (v * 0.25) * series + 1;
  series = (v * 0.33333334) * series + 1;
  series = ((v * v) * 0.5) * series;
  let direct = (exp4(v) - 1) - v;
  return select(direct, series, abs(v) < vec4f(0.5));
}

/// which of four columns from the first are below the count
fn below(first: u32, count: u32) -> vec4<bool> {
  return vec4u(first) + vec4u(0, 1, 2, 3) < vec4u(count);
}

fn sum4(x: vec4f) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}
`;
