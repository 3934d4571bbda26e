/**
 * From the terms of every row to those of the minibatch, and to the weights of
 * rows and dimensions in the gradient. One workgroup has the whole minibatch of
 * a run; its sums are added in a fixed order.
 */

import * as codes from "../../codes.ts";
import { type Fields, TERMS, wgslStruct } from "../../fields.ts";
import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory, WORKGROUP_SIZE } from "./kernel.ts";
import { WORKGROUP_SUM } from "./likelihood.ts";
import type { UpdateCode } from "./update.ts";

const is = (constant: string, code: number) => `${constant} == ${code}u`;
const IS_IWAE = is("OBJECTIVE", codes.IWAE);
const IS_LEARNED = is("SHARED_MODE", codes.LEARNED);

/** The mean of each dimension's KL. */
export const KL_MEANS = /* wgsl */ `
var<workgroup> partial4: array<vec4f, ${layout.WORKGROUP}>;

/// the mean of each dimension's KL over its rows
fn klMeans(args: Terms, lane: u32) {
  let fours = args.klStride >> 2u;
  for (var first = 0u; first < fours; first += ${layout.WORKGROUP}u) {
    let width = min(fours - first, ${layout.WORKGROUP}u);
    let parts = ${layout.WORKGROUP}u / width;
    let column = first + lane % width;
    var sum = vec4f();
    if (lane < parts * width) {
      for (var r = lane / width; r < args.klRows; r += parts) {
        sum += matrices[((args.kl + r * args.klStride) >> 2u) + column];
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
        terms[args.klMeans + 4u * column + i] = sum[i] / f32(args.klRows);
      }
    }
  }
  storageBarrier();
  workgroupBarrier();
}
`;

/** The bound of k draws, and their weights in it. */
export const LOG_MEAN_WEIGHT = /* wgsl */ `
fn exp1(x: f32) -> f32 {
  return exp4(vec4f(x)).x;
}

/// log w of a row, the ratio q(z|x) / p(z) to the power beta
fn logWeight(args: Terms, r: u32, beta: f32) -> f32 {
  return terms[args.logProbs + r] - beta * terms[args.ratios + r];
}

/// log (1/k) sum_i w_i over the k rows from the first, size rows apart; stores
/// w_i / sum w as well where it is asked to
fn logMeanWeight(args: Terms, first: u32, beta: f32, stores: bool) -> f32 {
  let end = first + args.k * args.size;
  var largest = logWeight(args, first, beta);
  for (var r = first; r < end; r += args.size) {
    largest = max(largest, logWeight(args, r, beta));
  }
  var sum = 0f;
  for (var r = first; r < end; r += args.size) {
    sum += exp1(logWeight(args, r, beta) - largest);
  }
  if (stores) {
    for (var r = first; r < end; r += args.size) {
      terms[args.dregFactors + r] = exp1(logWeight(args, r, beta) - largest) / sum;
    }
  }
  return largest + log1(sum / f32(args.k));
}
`;

/** The terms, and where the state of the parameter that pixels share is. */
export const WEIGHTS = {
  ...TERMS,
  // from its address among the values
  addresses: [...TERMS.addresses, "toFirst", "toSecond"],
} as const satisfies Fields;

/** What the terms and weights need of a kernel. */
export const WEIGHTS_BRANCHES = {
  OBJECTIVE: [codes.ELBO, codes.ELBO_SAMPLED, codes.IWAE, codes.WAKE_SLEEP],
  SHARED_MODE: [codes.NO_PARAMETER, codes.KEPT, codes.LEARNED, codes.OPTIMAL],
};

/** The buffers of a kernel with `weighFunctions`. */
export const weighMemory = ({ buffers }: UpdateCode, command: string) =>
  memory(
    { matrices: "vec4f", gradients: "f32", terms: "f32", ...buffers },
    command,
  );

/** `fn weigh(args, run, lane)`, and `weightedKl`, which is a part of it. */
export const weighFunctions = ({ functions }: UpdateCode) => /* wgsl */ `
${WORKGROUP_SUM}
${KL_MEANS}
${LOG_MEAN_WEIGHT}
${functions}
/// log p(x|z) by row from |x - mean|^2; gives 1 / sigma_dec^2
fn gaussian(args: Terms, lane: u32) -> f32 {
  let rows = args.size * args.draws;
  var logVariance = values[args.parameter];
  if (${is("SHARED_MODE", codes.OPTIMAL)}) {
    // that of the mean squared error (Rybkin et al. 2021, equation 4)
    var own = 0f;
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
      own += terms[args.squares + r] / f32(args.columns);
    }
    logVariance = log1(workgroupSum(own, lane) / f32(rows));
    if (lane == 0u) { values[args.parameter] = logVariance; }
  }
  let perVariance = exp1(-logVariance);
  let normaliser = f32(args.columns) * (logVariance + CONSTANT);
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    terms[args.logProbs + r] =
      -SHARE * (terms[args.squares + r] * perVariance + normaliser);
  }
  return perVariance;
}

/// beta |sum_j max(freeBits, KL_j) - capacity|, and its derivative by each
/// KL_j, as src/objective/kl_weighting.ts defines them
fn weightedKl(args: Terms, run: u32, lane: u32) -> f32 {
  let beta = setting(run, ${layout.BETA}u);
  let freeBits = setting(run, ${layout.FREE_BITS}u);
  var sum = 0f;
  for (var j = 0u; j < args.dims; j++) {
    let mean = terms[args.klMeans + j];
    sum += select(mean, freeBits, mean < freeBits);
  }
  let hasCapacity = setting(run, ${layout.HAS_CAPACITY}u) == 1;
  let distance = sum - setting(run, ${layout.CAPACITY}u);
  let slope = select(beta, -beta, hasCapacity && !(distance > 0));
  for (var j = lane; j < args.dims; j += ${layout.WORKGROUP}u) {
    let isFree = terms[args.klMeans + j] < freeBits;
    terms[args.klWeights + j] = select(slope, 0, isFree);
  }
  return beta * select(sum, abs(distance), hasCapacity);
}

/// the terms of the minibatch, to the log, and the weights
fn weigh(args: Terms, run: u32, lane: u32) {
  let rows = args.size * args.draws;
  var perVariance = 1f;
  if (SHARED_MODE != ${codes.NO_PARAMETER}u) { perVariance = gaussian(args, lane); }
  storageBarrier();
  workgroupBarrier();

  var own = 0f;
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    own += terms[args.logProbs + r];
  }
  let reconstruction = workgroupSum(own, lane) / f32(rows);

  klMeans(args, lane);
  var kl = 0f;
  for (var j = 0u; j < args.dims; j++) { kl += terms[args.klMeans + j]; }

  var objective = 0f;
  // the bound of IWAE, or of wake-sleep the mean of log q(z|x) at the dreams
  var bound = 0f;
  if (${IS_IWAE}) {
    let beta = setting(run, ${layout.BETA}u);
    let groups = rows / args.k;
    var ownObjective = 0f;
    var ownBound = 0f;
    for (var g = lane; g < groups; g += ${layout.WORKGROUP}u) {
      let first = g / args.size * args.k * args.size + g % args.size;
      ownObjective += logMeanWeight(args, first, beta, true);
      ownBound += logMeanWeight(args, first, 1, false);
    }
    objective = workgroupSum(ownObjective, lane) / f32(groups);
    bound = workgroupSum(ownBound, lane) / f32(groups);
    storageBarrier();
    workgroupBarrier();
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
      let weight = terms[args.dregFactors + r];
      terms[args.rowWeights + r] = weight / f32(groups);
      // the factor of a tempered dreg: see src/objective/iwae.ts
      terms[args.dregFactors + r] = beta * weight + (1 - beta);
    }
    for (var j = lane; j < args.dims; j += ${layout.WORKGROUP}u) {
      terms[args.klWeights + j] = beta;
    }
  } else {
    if (${is("OBJECTIVE", codes.WAKE_SLEEP)}) {
      var ownSleep = 0f;
      for (var b = lane; b < args.size; b += ${layout.WORKGROUP}u) {
        ownSleep += terms[args.logPosteriors + b];
      }
      bound = workgroupSum(ownSleep, lane) / f32(args.size);
      objective = reconstruction + bound;
    } else if (
      ${is("OBJECTIVE", codes.ELBO)} || ${is("OBJECTIVE", codes.ELBO_SAMPLED)}
    ) {
      objective = reconstruction - weightedKl(args, run, lane);
    }
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
      terms[args.rowWeights + r] = 1 / f32(rows);
    }
  }

  // The loss falls where the log density rises, hence the sign of the sum.
  var byVariance = 0f;
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    let weight = terms[args.rowWeights + r];
    terms[args.factors + r] = weight * perVariance;
    if (${IS_LEARNED}) {
      let square = terms[args.squares + r] * perVariance;
      byVariance += SHARE * weight * (f32(args.columns) - square);
    }
  }
  byVariance = workgroupSum(byVariance, lane);
  if (lane != 0u) { return; }
  if (${IS_LEARNED}) {
    let at = args.parameterGradient;
    gradients[at] = byVariance;
    readSettings(run);
    update(at, byVariance, at + args.toFirst, at + args.toSecond);
  }
  let at = args.log + told(run, ${layout.LOG_ROW}u) * ${layout.LOG_COLUMNS}u;
  terms[at] = reconstruction;
  terms[at + 1u] = kl;
  terms[at + 2u] = objective;
  terms[at + 3u] = bound;
}
`;

/** The kernel of the terms and weights by itself. */
export function rowWeightsKernel(update: UpdateCode): KernelCode {
  return {
    label: "row weights",
    branches: WEIGHTS_BRANCHES,
    code: /* wgsl */ `
${wgslStruct("Terms", WEIGHTS)}
${weighMemory(update, "Terms")}
${ELEMENTARY}
${weighFunctions(update)}
@compute ${WORKGROUP_SIZE}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  weigh(commands[told(group.z, ${layout.RUN}u)], group.z, lane);
}
`,
  };
}
