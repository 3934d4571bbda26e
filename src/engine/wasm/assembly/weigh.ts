/**
 * From the terms of every row to those of the minibatch, and to what each row
 * and each dimension counts in the gradient. Sums run in float64 from the
 * first row to the last.
 */

import {
  ACCEPTANCE,
  BETA,
  CAPACITY,
  FREE_BITS,
  IWAE,
  LEARNED_VARIANCE,
  MCEM,
  NO_VARIANCE,
  OPTIMAL_VARIANCE,
  START_RECONSTRUCTION,
  TRANSITION,
  WAKE_SLEEP,
} from "../layout";
import { constantOf, shareOf } from "./pixelwise";
import { exp64, log64OfAny } from "./scalar";

@inline
function at(array: usize, i: i32): usize {
  return array + (<usize>i << 2);
}

/**
 * The log variance that a Gaussian likelihood has for this batch. `optimal`
 * sets it to that of the mean squared error (Rybkin et al. 2021, equation 4).
 */
function decoderLogVariance(
  kind: i32,
  parameter: usize,
  squares: usize,
  rows: i32,
  columns: i32,
): f64 {
  if (kind == OPTIMAL_VARIANCE) {
    let sum: f64 = 0;
    for (let r = 0; r < rows; r++) sum += load<f32>(at(squares, r));
    const mean = sum / (<f64>rows * <f64>columns);
    store<f32>(parameter, <f32>log64OfAny(mean));
  }
  return load<f32>(parameter);
}

/** ln p(x|z) from the distances, row by row: see Pixelwise.spread. */
export function spreadLogProbs(
  kernel: i32,
  squares: usize,
  logProbs: usize,
  rows: i32,
  columns: i32,
  logVariance: f64,
): void {
  const precision = exp64(-logVariance);
  const normaliser = <f64>columns * (logVariance + constantOf(kernel));
  const share = shareOf(kernel);
  for (let r = 0; r < rows; r++) {
    const square = <f64>load<f32>(at(squares, r));
    store<f32>(at(logProbs, r), <f32>(-share * (square * precision + normaliser)));
  }
}

/** ln w of a row, the ratio q(z|x) / p(z) to the power beta. */
@inline
export function logWeight(
  logProbs: usize,
  ratios: usize,
  r: i32,
  beta: f64,
): f64 {
  return <f64>load<f32>(at(logProbs, r)) -
    beta * <f64>load<f32>(at(ratios, r));
}

/**
 * ln (1/k) sum_i w_i over the k rows from `first`, `size` rows apart.
 *
 * @param weights receives w_i / sum w by row; 0: nothing does
 */
export function logMeanWeight(
  logProbs: usize,
  ratios: usize,
  first: i32,
  size: i32,
  k: i32,
  beta: f64,
  weights: usize,
): f64 {
  let largest = logWeight(logProbs, ratios, first, beta);
  for (let i = 1; i < k; i++) {
    const other = logWeight(logProbs, ratios, first + i * size, beta);
    if (other > largest) largest = other;
  }
  let sum: f64 = 0;
  for (let i = 0; i < k; i++) {
    const r = first + i * size;
    sum += exp64(logWeight(logProbs, ratios, r, beta) - largest);
  }
  if (weights) {
    for (let i = 0; i < k; i++) {
      const r = first + i * size;
      const power = exp64(logWeight(logProbs, ratios, r, beta) - largest);
      store<f32>(at(weights, r), <f32>(power / sum));
    }
  }
  return largest + log64OfAny(sum / <f64>k);
}

/**
 * beta |sum_j max(freeBits, KL_j) - capacity|, and its derivative by each
 * KL_j, as src/objective/kl_weighting.ts defines them. NaN stands for a
 * setting that is not there.
 */
function weightedKl(
  means: usize,
  dims: i32,
  klWeights: usize,
): f64 {
  const beta = load<f64>(BETA);
  const freeBits = load<f64>(FREE_BITS);
  const capacity = load<f64>(CAPACITY);
  let sum: f64 = 0;
  for (let j = 0; j < dims; j++) {
    const mean = load<f64>(means + (<usize>j << 3));
    sum += mean < freeBits ? freeBits : mean;
  }
  const hasCapacity = capacity == capacity;
  const distance = hasCapacity ? sum - capacity : sum;
  const slope = hasCapacity && !(distance > 0) ? -beta : beta;
  for (let j = 0; j < dims; j++) {
    const mean = load<f64>(means + (<usize>j << 3));
    store<f32>(at(klWeights, j), <f32>(mean < freeBits ? 0 : slope));
  }
  return beta * (hasCapacity ? abs<f64>(distance) : distance);
}

/**
 * The only task of a training step's terms.
 *
 * @param squares of a Gaussian likelihood
 * @param kl [size, dims], by datapoint
 * @param ratios of IWAE: ln q(z|x) - ln p(z) by row
 * @param rowWeights receives what a row's ln w counts: a sum of 1 over a batch
 * @param outputFactors receives the factor of a row of the likelihood's gradient
 * @param takes receives the factors of dreg: see posterior_gradient.ts
 * @param klMeans scratch: dims doubles
 * @param klWeights receives what the KL of each dimension counts
 * @param variance where ln sigma_dec^2 is
 * @param log receives reconstruction, kl, objective, and the columns that the
 *   objective has more: see src/objective/spec.ts
 * @param logPosteriors ln q(z|x) by row: of dreams, [size], or chains, [rows]
 */
export function weighTask(
  logProbs: usize,
  squares: usize,
  kl: usize,
  klStride: i32,
  ratios: usize,
  rowWeights: usize,
  outputFactors: usize,
  takes: usize,
  klMeans: usize,
  klWeights: usize,
  variance: usize,
  varianceGradient: usize,
  varianceKind: i32,
  log: usize,
  size: i32,
  draws: i32,
  dims: i32,
  columns: i32,
  objective: i32,
  k: i32,
  logPosteriors: usize,
  kernel: i32,
): void {
  const rows = size * draws;
  const perRow = 1.0 / <f64>rows;
  let precision: f64 = 1;
  if (varianceKind != NO_VARIANCE) {
    const logVariance = decoderLogVariance(
      varianceKind,
      variance,
      squares,
      rows,
      columns,
    );
    precision = exp64(-logVariance);
    spreadLogProbs(kernel, squares, logProbs, rows, columns, logVariance);
  }

  let reconstruction: f64 = 0;
  for (let r = 0; r < rows; r++) reconstruction += load<f32>(at(logProbs, r));
  reconstruction *= perRow;

  let totalKl: f64 = 0;
  for (let j = 0; j < dims; j++) {
    let sum: f64 = 0;
    for (let b = 0; b < size; b++) {
      sum += load<f32>(at(kl + <usize>b * <usize>klStride, j));
    }
    const mean = sum / <f64>size;
    store<f64>(klMeans + (<usize>j << 3), mean);
    totalKl += mean;
  }

  let target: f64 = 0;
  let more: f64 = 0;
  if (objective == IWAE) {
    const beta = load<f64>(BETA);
    const groups = draws / k;
    for (let group = 0; group < groups; group++) {
      for (let b = 0; b < size; b++) {
        const first = group * k * size + b;
        const tempered = logMeanWeight(
          logProbs,
          ratios,
          first,
          size,
          k,
          beta,
          takes,
        );
        target += tempered;
        more += beta == 1
          ? tempered
          : logMeanWeight(logProbs, ratios, first, size, k, 1, 0);
      }
    }
    const perGroup = 1.0 / <f64>(groups * size);
    target *= perGroup;
    more *= perGroup;
    for (let r = 0; r < rows; r++) {
      const weight = <f64>load<f32>(at(takes, r));
      store<f32>(at(rowWeights, r), <f32>(weight * perGroup));
      // The factor of a tempered dreg: see src/objective/iwae.ts.
      store<f32>(at(takes, r), <f32>(beta * weight + (1 - beta)));
    }
    for (let j = 0; j < dims; j++) store<f32>(at(klWeights, j), <f32>beta);
  } else {
    if (objective == WAKE_SLEEP || objective == MCEM) {
      const count = objective == MCEM ? rows : size;
      for (let i = 0; i < count; i++) more += load<f32>(at(logPosteriors, i));
      more /= <f64>count;
      target = reconstruction + more;
    } else target = reconstruction - weightedKl(klMeans, dims, klWeights);
    for (let r = 0; r < rows; r++) store<f32>(at(rowWeights, r), <f32>perRow);
  }

  // The loss falls where the log density rises, hence the sign of the sum.
  const share = shareOf(kernel);
  let byVariance: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const weight = <f64>load<f32>(at(rowWeights, r));
    store<f32>(at(outputFactors, r), <f32>(weight * precision));
    if (varianceKind == LEARNED_VARIANCE) {
      const square = <f64>load<f32>(at(squares, r)) * precision;
      byVariance += share * weight * (<f64>columns - square);
    }
  }
  if (varianceKind == LEARNED_VARIANCE) {
    store<f32>(varianceGradient, <f32>byVariance);
  }
  store<f32>(log, <f32>totalKl, 4);
  store<f32>(log, <f32>target, 8);
  if (objective == MCEM) {
    const transitions = <f64>load<i32>(TRANSITION);
    store<f32>(log, <f32>load<f64>(START_RECONSTRUCTION));
    store<f32>(log, <f32>reconstruction, 12);
    store<f32>(log, <f32>more, 16);
    store<f32>(log, <f32>(load<f64>(ACCEPTANCE) / transitions), 20);
  } else {
    store<f32>(log, <f32>reconstruction);
    store<f32>(log, <f32>more, 12);
  }
}

/**
 * The only task of an evaluation's terms: sums over datapoints, as doubles, of
 * the mean of ln p(x|z) over the draws, of IWAE's bound, and of the KL by
 * dimension.
 */
export function sumTermsTask(
  logProbs: usize,
  squares: usize,
  kl: usize,
  klStride: i32,
  ratios: usize,
  variance: usize,
  varianceKind: i32,
  sums: usize,
  size: i32,
  draws: i32,
  dims: i32,
  columns: i32,
  objective: i32,
  k: i32,
  kernel: i32,
): void {
  const rows = size * draws;
  if (varianceKind != NO_VARIANCE) {
    const logVariance = <f64>load<f32>(variance);
    spreadLogProbs(kernel, squares, logProbs, rows, columns, logVariance);
  }
  let reconstruction: f64 = 0;
  for (let r = 0; r < rows; r++) reconstruction += load<f32>(at(logProbs, r));
  let bound: f64 = 0;
  if (objective == IWAE) {
    const groups = draws / k;
    for (let group = 0; group < groups; group++) {
      for (let b = 0; b < size; b++) {
        const first = group * k * size + b;
        bound += logMeanWeight(logProbs, ratios, first, size, k, 1, 0);
      }
    }
    bound /= <f64>groups;
  }
  store<f64>(sums, reconstruction / <f64>draws);
  store<f64>(sums, bound, 8);
  for (let j = 0; j < dims; j++) {
    let sum: f64 = 0;
    for (let b = 0; b < size; b++) {
      sum += load<f32>(at(kl + <usize>b * <usize>klStride, j));
    }
    store<f64>(sums + (<usize>j << 3), sum, 16);
  }
}
