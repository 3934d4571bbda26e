/**
 * From the terms of every row to those of the minibatch, and to what each row
 * and each dimension counts in the gradient. One workgroup has the whole
 * minibatch of a run; its sums are added in a fixed order.
 */

import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import {
  commandStruct,
  type Kernel,
  memory,
  WORKGROUP_SIZE,
} from "./kernel.ts";
import { WORKGROUP_SUM } from "./likelihood.ts";

/** What the kernel is told of a run's minibatch, in words. */
export const WEIGH_FIELDS = [
  "size",
  "draws",
  "dims",
  "columns",
  // importance samples of one group
  "k",
  "kl",
  "klRows",
  "klStride",
  // in the terms, by row, as all up to `takes`
  "logProbs",
  "squares",
  "ratios",
  // receives what a row's ln w counts: a sum of 1 over a batch
  "rowWeights",
  // receives the factor of a row of the likelihood's gradient
  "factors",
  // receives the factors of dreg: see kernels/latents.ts
  "takes",
  // in the terms, by dimension
  "klMeans",
  // receives what the KL of each dimension counts
  "klWeights",
  // ln q(z|x) of each dream of wake-sleep
  "logPosteriors",
  // in the terms: the rows of the log
  "log",
  // among the values and the gradients: ln sigma_dec^2
  "variance",
] as const;

/** How the decoder has one variance for all pixels. */
export const VARIANCES = { none: 0, kept: 1, learned: 2, optimal: 3 } as const;

/** See the head of the file. */
export const WEIGH: Omit<Kernel, "constants"> = {
  label: "weigh",
  code: /* wgsl */ `
${commandStruct("Weigh", WEIGH_FIELDS)}
${
    memory(
      { matrices: "vec4f", values: "f32", gradients: "f32", terms: "f32" },
      "Weigh",
    )
  }
override VARIANCE: u32;
/// see Pixelwise.spread
override SHARE: f32 = 0;
override CONSTANT: f32 = 0;
override IWAE: bool;
override WAKE_SLEEP: bool;
${ELEMENTARY}
${WORKGROUP_SUM}
var<workgroup> partial4: array<vec4f, ${layout.WORKGROUP}>;

fn exp1(x: f32) -> f32 {
  return exp4(vec4f(x)).x;
}

/// ln p(x|z) by row from |x - mean|^2; gives 1 / sigma_dec^2
fn gaussian(weigh: Weigh, lane: u32) -> f32 {
  let rows = weigh.size * weigh.draws;
  var logVariance = values[weigh.variance];
  if (VARIANCE == ${VARIANCES.optimal}u) {
    // that of the mean squared error (Rybkin et al. 2021, equation 4)
    var own = 0f;
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
      own += terms[weigh.squares + r] / f32(weigh.columns);
    }
    logVariance = log1(workgroupSum(own, lane) / f32(rows));
    if (lane == 0u) { values[weigh.variance] = logVariance; }
  }
  let perVariance = exp1(-logVariance);
  let normaliser = f32(weigh.columns) * (logVariance + CONSTANT);
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    terms[weigh.logProbs + r] =
      -SHARE * (terms[weigh.squares + r] * perVariance + normaliser);
  }
  return perVariance;
}

/// the mean of each dimension's KL over its rows
fn klMeans(weigh: Weigh, lane: u32) {
  let fours = weigh.klStride >> 2u;
  for (var first = 0u; first < fours; first += ${layout.WORKGROUP}u) {
    let width = min(fours - first, ${layout.WORKGROUP}u);
    let parts = ${layout.WORKGROUP}u / width;
    let column = first + lane % width;
    var sum = vec4f();
    if (lane < parts * width) {
      for (var r = lane / width; r < weigh.klRows; r += parts) {
        sum += matrices[((weigh.kl + r * weigh.klStride) >> 2u) + column];
      }
    }
    workgroupBarrier();
    partial4[lane] = sum;
    workgroupBarrier();
    if (lane < width) {
      for (var part = 1u; part < parts; part++) {
        sum += partial4[part * width + lane];
      }
      for (var i = 0u; i < 4u; i++) {
        terms[weigh.klMeans + 4u * column + i] = sum[i] / f32(weigh.klRows);
      }
    }
  }
  storageBarrier();
  workgroupBarrier();
}

/// ln w of a row, the ratio q(z|x) / p(z) to the power beta
fn logWeight(weigh: Weigh, r: u32, beta: f32) -> f32 {
  return terms[weigh.logProbs + r] - beta * terms[weigh.ratios + r];
}

/// ln (1/k) sum_i w_i over the k rows from the first, size rows apart; stores
/// w_i / sum w as well where it is asked to
fn logMeanWeight(weigh: Weigh, first: u32, beta: f32, stores: bool) -> f32 {
  let end = first + weigh.k * weigh.size;
  var largest = logWeight(weigh, first, beta);
  for (var r = first; r < end; r += weigh.size) {
    largest = max(largest, logWeight(weigh, r, beta));
  }
  var sum = 0f;
  for (var r = first; r < end; r += weigh.size) {
    sum += exp1(logWeight(weigh, r, beta) - largest);
  }
  if (stores) {
    for (var r = first; r < end; r += weigh.size) {
      terms[weigh.takes + r] = exp1(logWeight(weigh, r, beta) - largest) / sum;
    }
  }
  return largest + log1(sum / f32(weigh.k));
}

/// beta |sum_j max(freeBits, KL_j) - capacity|, and its derivative by each
/// KL_j, as src/objective/kl_weighting.ts defines them
fn weightedKl(weigh: Weigh, run: u32, lane: u32) -> f32 {
  let beta = setting(run, ${layout.BETA}u);
  let freeBits = setting(run, ${layout.FREE_BITS}u);
  var sum = 0f;
  for (var j = 0u; j < weigh.dims; j++) {
    let mean = terms[weigh.klMeans + j];
    sum += select(mean, freeBits, mean < freeBits);
  }
  let hasCapacity = setting(run, ${layout.HAS_CAPACITY}u) == 1;
  let distance = sum - setting(run, ${layout.CAPACITY}u);
  let slope = select(beta, -beta, hasCapacity && !(distance > 0));
  for (var j = lane; j < weigh.dims; j += ${layout.WORKGROUP}u) {
    let isFree = terms[weigh.klMeans + j] < freeBits;
    terms[weigh.klWeights + j] = select(slope, 0, isFree);
  }
  return beta * select(sum, abs(distance), hasCapacity);
}

@compute ${WORKGROUP_SIZE}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let run = group.z;
  let weigh = commands[told(run, ${layout.SLOT}u)];
  let rows = weigh.size * weigh.draws;
  var perVariance = 1f;
  if (VARIANCE != ${VARIANCES.none}u) { perVariance = gaussian(weigh, lane); }
  storageBarrier();
  workgroupBarrier();

  var own = 0f;
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    own += terms[weigh.logProbs + r];
  }
  let reconstruction = workgroupSum(own, lane) / f32(rows);

  klMeans(weigh, lane);
  var kl = 0f;
  for (var j = 0u; j < weigh.dims; j++) { kl += terms[weigh.klMeans + j]; }

  var objective = 0f;
  // the bound of IWAE, or of wake-sleep the mean of ln q(z|x) at the dreams
  var bound = 0f;
  if (IWAE) {
    let beta = setting(run, ${layout.BETA}u);
    let groups = rows / weigh.k;
    var ownObjective = 0f;
    var ownBound = 0f;
    for (var g = lane; g < groups; g += ${layout.WORKGROUP}u) {
      let first = g / weigh.size * weigh.k * weigh.size + g % weigh.size;
      ownObjective += logMeanWeight(weigh, first, beta, true);
      ownBound += logMeanWeight(weigh, first, 1, false);
    }
    objective = workgroupSum(ownObjective, lane) / f32(groups);
    bound = workgroupSum(ownBound, lane) / f32(groups);
    storageBarrier();
    workgroupBarrier();
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
      let weight = terms[weigh.takes + r];
      terms[weigh.rowWeights + r] = weight / f32(groups);
      // the factor of a tempered dreg: see src/objective/iwae.ts
      terms[weigh.takes + r] = beta * weight + (1 - beta);
    }
    for (var j = lane; j < weigh.dims; j += ${layout.WORKGROUP}u) {
      terms[weigh.klWeights + j] = beta;
    }
  } else {
    if (WAKE_SLEEP) {
      var ownSleep = 0f;
      for (var b = lane; b < weigh.size; b += ${layout.WORKGROUP}u) {
        ownSleep += terms[weigh.logPosteriors + b];
      }
      bound = workgroupSum(ownSleep, lane) / f32(weigh.size);
      objective = reconstruction + bound;
    } else {
      objective = reconstruction - weightedKl(weigh, run, lane);
    }
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
      terms[weigh.rowWeights + r] = 1 / f32(rows);
    }
  }

  // The loss falls where the log density rises, hence the sign of the sum.
  var byVariance = 0f;
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    let weight = terms[weigh.rowWeights + r];
    terms[weigh.factors + r] = weight * perVariance;
    if (VARIANCE == ${VARIANCES.learned}u) {
      let square = terms[weigh.squares + r] * perVariance;
      byVariance += SHARE * weight * (f32(weigh.columns) - square);
    }
  }
  byVariance = workgroupSum(byVariance, lane);
  if (lane != 0u) { return; }
  if (VARIANCE == ${VARIANCES.learned}u) {
    gradients[weigh.variance] = byVariance;
  }
  let at = weigh.log + told(run, ${layout.LOG_ROW}u) * ${layout.LOG_COLUMNS}u;
  terms[at] = reconstruction;
  terms[at + 1u] = kl;
  terms[at + 2u] = objective;
  terms[at + 3u] = bound;
}
`,
};
