// Printed by `deno task build:wasm` from ../commands.ts.

export const PIXELS = 1;
export const NORMALS = 2;
export const ROW_NORMALS = 3;
export const UNIFORMS = 4;
export const LIST_ROWS = 5;
export const LIST_COLUMNS = 6;
export const SPARSE_PRODUCT = 7;
export const PACK = 8;
export const PRODUCT = 9;
export const SUM_COLUMNS = 10;
export const INFER = 11;
export const LOG_POSTERIOR = 12;
export const POSTERIOR_GRADIENT = 13;
export const LIKELIHOOD = 14;
export const LOG_LIKELIHOOD = 15;
export const DREAM = 16;
export const SCALE_OUTPUTS = 17;
export const ROW_WEIGHTS = 18;
export const SUM_TERMS = 19;
export const SPREAD = 20;
export const CHAIN_DENSITY = 21;
export const CHAIN_START = 22;
export const CHAIN_MOMENTUM = 23;
export const CHAIN_LEAP = 24;
export const CHAIN_ACCEPT = 25;
export const SGD = 26;
export const ADAGRAD = 27;
export const ADAM = 28;

@unmanaged
export class Latents {
  objective: i32; posterior: i32; gradient: i32;
  size: i32; draws: i32; dims: i32; stride: i32;
  logVarianceStride: i32;
  mean: usize; logVariance: usize; noise: usize; z: usize;
  kl: usize; ratios: usize; logPosteriors: usize; zGradient: usize;
  meanGradient: usize; logVarianceGradient: usize; klWeights: usize; rowWeights: usize;
  dregFactors: usize; mask: usize;
}

@unmanaged
export class Outputs {
  likelihood: i32;
  rows: i32; size: i32; columns: i32; stride: i32;
  x: usize; output: usize; output2: usize; parameter: usize;
  sums: usize; factors: usize; noise: usize;
}

@unmanaged
export class Terms {
  share: f64; constant: f64;
  objective: i32; sharedMode: i32;
  size: i32; draws: i32; dims: i32; columns: i32;
  k: i32; klRows: i32; klStride: i32;
  kl: usize; logProbs: usize; squares: usize; ratios: usize;
  logPosteriors: usize; rowWeights: usize; factors: usize; dregFactors: usize;
  klMeans: usize; klWeights: usize; parameter: usize; parameterGradient: usize;
  log: usize;
}

@unmanaged
export class Chains {
  share: f64; constant: f64;
  sharedMode: i32;
  kicks: i32; rows: i32; dims: i32; columns: i32;
  stride: i32; uniformStride: i32;
  z: usize; gradient: usize; momentum: usize; keptZ: usize;
  keptGradient: usize; momenta: usize; uniforms: usize; logProbs: usize;
  squares: usize; parameter: usize; densities: usize; keptDensities: usize;
  energies: usize;
}

@unmanaged
export class Update {
  weightDecay: f32; beta1: f32; rest1: f32; beta2: f32;
  rest2: f32; epsilon: f32;
  count: i32;
  values: usize; gradients: usize; first: usize; second: usize;
}

@unmanaged
export class Pixels {
  size: i32; columns: i32; stride: i32;
  data: usize; x: usize;
}

@unmanaged
export class Numbers {
  count: i32; columns: i32; stride: i32;
  stream: usize; out: usize;
}

@unmanaged
export class RowNumbers {
  size: i32; draws: i32; columns: i32; stride: i32;
  streams: usize; out: usize;
}

@unmanaged
export class Lists {
  stride: i32; rows: i32; columns: i32; capacity: i32;
  x: usize; counts: usize; entries: usize;
}

@unmanaged
export class SparseProduct {
  finisher: i32;
  capacity: i32; bStride: i32; stride: i32; rows: i32;
  columns: i32;
  counts: usize; entries: usize; b: usize; c: usize;
  bias: usize;
}

@unmanaged
export class Pack {
  laneStride: i32; depthStride: i32; lanes: i32; depth: i32;
  width: i32;
  source: usize; out: usize;
}

@unmanaged
export class Product {
  finisher: i32;
  depth: i32; stride: i32; tilesDown: i32; tilesAcross: i32;
  accumulates: i32; activationStride: i32;
  a: usize; b: usize; c: usize; bias: usize;
  activations: usize;
}

@unmanaged
export class SumColumns {
  stride: i32; rows: i32; columns: i32;
  matrix: usize; sums: usize;
}
