/** What evaluations make of the terms of rows: nothing is trained by them. */

import * as codes from "../../codes.ts";
import { TERMS, wgslStruct } from "../../fields.ts";
import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory, WORKGROUP_SIZE } from "./kernel.ts";
import { WORKGROUP_SUM } from "./likelihood.ts";
import { KL_MEANS, LOG_MEAN_WEIGHT } from "./row_weights.ts";

const COMMAND = /* wgsl */ `
${wgslStruct("Terms", TERMS)}
${memory({ matrices: "vec4f", values: "f32", terms: "f32" }, "Terms")}
${ELEMENTARY}
${LOG_MEAN_WEIGHT}
/// log p(x|z) of a row from |x - mean|^2, at the variance that there is
fn spread(args: Terms, r: u32) {
  let logVariance = values[args.parameter];
  let normaliser = f32(args.columns) * (logVariance + CONSTANT);
  terms[args.logProbs + r] = -SHARE *
    (terms[args.squares + r] * exp1(-logVariance) + normaliser);
}
`;

/** log p(x|z) by row where all pixels share a parameter. */
export const SPREAD: KernelCode = {
  label: "spread",
  code: /* wgsl */ `
${COMMAND}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let args = commands[told(id.z, ${layout.RUN}u)];
  if (id.x < args.size * args.draws) { spread(args, id.x); }
}
`,
};

/**
 * Sums over datapoints, in the log: of the mean of log p(x|z) over the draws, of
 * IWAE's bound, and of the KL by dimension. One workgroup has all rows.
 */
export const SUM_TERMS: KernelCode = {
  label: "sum terms",
  branches: {
    OBJECTIVE: [codes.ELBO, codes.IWAE],
    SHARED_MODE: [codes.NO_PARAMETER, codes.KEPT, codes.LEARNED, codes.OPTIMAL],
  },
  code: /* wgsl */ `
${COMMAND}
${WORKGROUP_SUM}
${KL_MEANS}
@compute ${WORKGROUP_SIZE}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let args = commands[told(group.z, ${layout.RUN}u)];
  let rows = args.size * args.draws;
  if (SHARED_MODE != ${codes.NO_PARAMETER}u) {
    for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) { spread(args, r); }
    storageBarrier();
    workgroupBarrier();
  }
  var own = 0f;
  for (var r = lane; r < rows; r += ${layout.WORKGROUP}u) {
    own += terms[args.logProbs + r];
  }
  let reconstruction = workgroupSum(own, lane) / f32(args.draws);

  var bound = 0f;
  if (OBJECTIVE == ${codes.IWAE}u) {
    let groups = rows / args.k;
    var ownBound = 0f;
    for (var g = lane; g < groups; g += ${layout.WORKGROUP}u) {
      let first = g / args.size * args.k * args.size + g % args.size;
      ownBound += logMeanWeight(args, first, 1, false);
    }
    bound = workgroupSum(ownBound, lane) / f32(args.draws / args.k);
  }

  klMeans(args, lane);
  for (var j = lane; j < args.dims; j += ${layout.WORKGROUP}u) {
    terms[args.log + 2u + j] = terms[args.klMeans + j] * f32(args.klRows);
  }
  if (lane != 0u) { return; }
  terms[args.log] = reconstruction;
  terms[args.log + 1u] = bound;
}
`,
};
