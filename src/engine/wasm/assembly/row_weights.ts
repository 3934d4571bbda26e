/**
 * From the terms of every row to those of the minibatch, and to the weights of
 * rows and dimensions in the gradient. Sums run in float64 from the first row
 * to the last.
 */

import {
  ELBO,
  ELBO_SAMPLED,
  IWAE,
  KEPT,
  LEARNED,
  MCEM,
  NO_PARAMETER,
  OPTIMAL,
  WAKE_SLEEP,
} from "../../codes";
import {
  ACCEPTANCE,
  BETA,
  CAPACITY,
  FREE_BITS,
  START_RECONSTRUCTION,
  TRANSITION,
} from "../layout";
import { Terms } from "./commands";
import { exp64, log64OfAny } from "./scalar";

@inline
function at(array: usize, i: i32): usize {
  return array + (<usize>i << 2);
}

/** log sigma_dec^2 of this batch. */
function decoderLogVariance(own: Terms): f64 {
  const mode = own.sharedMode;
  if (mode == OPTIMAL) {
    // that of the mean squared error (Rybkin et al. 2021, equation 4)
    const rows = own.size * own.draws;
    let sum: f64 = 0;
    for (let r = 0; r < rows; r++) sum += load<f32>(at(own.squares, r));
    const mean = sum / (<f64>rows * <f64>own.columns);
    store<f32>(own.parameter, <f32>log64OfAny(mean));
  } else if (mode != KEPT && mode != LEARNED) unreachable();
  return load<f32>(own.parameter);
}

/** log p(x|z) from the distances, row by row: see Pixelwise.spread. */
function spreadLogProbs(own: Terms, logVariance: f64): void {
  const rows = own.size * own.draws;
  const precision = exp64(-logVariance);
  const normaliser = <f64>own.columns * (logVariance + own.constant);
  for (let r = 0; r < rows; r++) {
    const square = <f64>load<f32>(at(own.squares, r));
    const logProb = -own.share * (square * precision + normaliser);
    store<f32>(at(own.logProbs, r), <f32>logProb);
  }
}

/** The only task of that alone, at the parameter as it is. */
export function spreadTask(own: Terms): void {
  spreadLogProbs(own, <f64>load<f32>(own.parameter));
}

/** log w of a row, the ratio q(z|x) / p(z) to the power beta. */
@inline
function logWeight(own: Terms, r: i32, beta: f64): f64 {
  return <f64>load<f32>(at(own.logProbs, r)) -
    beta * <f64>load<f32>(at(own.ratios, r));
}

/**
 * log (1/k) sum_i w_i over the k rows of a group's datapoint.
 *
 * @param weights receives w_i / sum w by row; 0: nothing does
 */
function logMeanWeight(
  own: Terms,
  group: i32,
  b: i32,
  beta: f64,
  weights: usize,
): f64 {
  const k = own.k;
  const size = own.size;
  const first = group * k * size + b;
  let largest = logWeight(own, first, beta);
  for (let i = 1; i < k; i++) {
    const other = logWeight(own, first + i * size, beta);
    if (other > largest) largest = other;
  }
  let sum: f64 = 0;
  for (let i = 0; i < k; i++) {
    sum += exp64(logWeight(own, first + i * size, beta) - largest);
  }
  if (weights) {
    for (let i = 0; i < k; i++) {
      const r = first + i * size;
      const power = exp64(logWeight(own, r, beta) - largest);
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
function weightedKl(own: Terms): f64 {
  const means = own.klMeans;
  const dims = own.dims;
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
    store<f32>(at(own.klWeights, j), <f32>(mean < freeBits ? 0 : slope));
  }
  return beta * (hasCapacity ? abs<f64>(distance) : distance);
}

/** The sum of a column of the KL over the datapoints. */
function klSum(own: Terms, j: i32): f64 {
  let sum: f64 = 0;
  for (let b = 0; b < own.klRows; b++) {
    sum += load<f32>(at(own.kl + <usize>b * <usize>own.klStride, j));
  }
  return sum;
}

/**
 * The only task of a training step's terms. The log receives reconstruction,
 * kl, objective, and the columns that the objective has more: see
 * src/objective/spec.ts.
 */
export function rowWeightsTask(own: Terms): void {
  const rows = own.size * own.draws;
  const dims = own.dims;
  const objective = own.objective;
  const perRow = 1.0 / <f64>rows;
  let precision: f64 = 1;
  if (own.sharedMode != NO_PARAMETER) {
    const logVariance = decoderLogVariance(own);
    precision = exp64(-logVariance);
    spreadLogProbs(own, logVariance);
  }

  let reconstruction: f64 = 0;
  for (let r = 0; r < rows; r++) {
    reconstruction += load<f32>(at(own.logProbs, r));
  }
  reconstruction *= perRow;

  let totalKl: f64 = 0;
  for (let j = 0; j < dims; j++) {
    const mean = klSum(own, j) / <f64>own.klRows;
    store<f64>(own.klMeans + (<usize>j << 3), mean);
    totalKl += mean;
  }

  let target: f64 = 0;
  let more: f64 = 0;
  if (objective == IWAE) {
    const beta = load<f64>(BETA);
    const groups = own.draws / own.k;
    for (let group = 0; group < groups; group++) {
      for (let b = 0; b < own.size; b++) {
        const tempered = logMeanWeight(own, group, b, beta, own.dregFactors);
        target += tempered;
        more += beta == 1 ? tempered : logMeanWeight(own, group, b, 1, 0);
      }
    }
    const perGroup = 1.0 / <f64>(groups * own.size);
    target *= perGroup;
    more *= perGroup;
    for (let r = 0; r < rows; r++) {
      const weight = <f64>load<f32>(at(own.dregFactors, r));
      store<f32>(at(own.rowWeights, r), <f32>(weight * perGroup));
      // The factor of a tempered dreg: see src/objective/iwae.ts.
      store<f32>(at(own.dregFactors, r), <f32>(beta * weight + (1 - beta)));
    }
    for (let j = 0; j < dims; j++) store<f32>(at(own.klWeights, j), <f32>beta);
  } else {
    if (objective == WAKE_SLEEP || objective == MCEM) {
      // Of dreams, [size], or of chains, [rows]
      const count = objective == MCEM ? rows : own.size;
      for (let i = 0; i < count; i++) {
        more += load<f32>(at(own.logPosteriors, i));
      }
      more /= <f64>count;
      target = reconstruction + more;
    } else if (objective == ELBO || objective == ELBO_SAMPLED) {
      target = reconstruction - weightedKl(own);
    } else unreachable();
    for (let r = 0; r < rows; r++) {
      store<f32>(at(own.rowWeights, r), <f32>perRow);
    }
  }

  // The loss falls where the log density rises, hence the sign of the sum.
  let byVariance: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const weight = <f64>load<f32>(at(own.rowWeights, r));
    store<f32>(at(own.factors, r), <f32>(weight * precision));
    if (own.sharedMode == LEARNED) {
      const square = <f64>load<f32>(at(own.squares, r)) * precision;
      byVariance += own.share * weight * (<f64>own.columns - square);
    }
  }
  if (own.sharedMode == LEARNED) {
    store<f32>(own.parameterGradient, <f32>byVariance);
  }
  const log = own.log;
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
 * The only task of an evaluation's terms. The log receives sums over
 * datapoints, as doubles, of the mean of log p(x|z) over the draws, of IWAE's
 * bound, and of the KL by dimension.
 */
export function sumTermsTask(own: Terms): void {
  const rows = own.size * own.draws;
  if (own.sharedMode != NO_PARAMETER) {
    spreadTask(own);
  }
  let reconstruction: f64 = 0;
  for (let r = 0; r < rows; r++) {
    reconstruction += load<f32>(at(own.logProbs, r));
  }
  let bound: f64 = 0;
  if (own.objective == IWAE) {
    const groups = own.draws / own.k;
    for (let group = 0; group < groups; group++) {
      for (let b = 0; b < own.size; b++) {
        bound += logMeanWeight(own, group, b, 1, 0);
      }
    }
    bound /= <f64>groups;
  } else if (own.objective != ELBO) unreachable();
  store<f64>(own.log, reconstruction / <f64>own.draws);
  store<f64>(own.log, bound, 8);
  for (let j = 0; j < own.dims; j++) {
    store<f64>(own.log + (<usize>j << 3), klSum(own, j), 16);
  }
}
