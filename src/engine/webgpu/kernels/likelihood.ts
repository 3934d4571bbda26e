/**
 * ln p(x|z) by row, and its gradient by the decoder's outputs, which replaces
 * them. Row s * size + b belongs to datapoint b. A workgroup has a row; its
 * invocations' sums are added in a fixed order.
 */

import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import {
  commandStruct,
  type Kernel,
  memory,
  WORKGROUP_SIZE,
} from "./kernel.ts";

/** What the kernels are told of a run's outputs, in words. */
export const OUTPUT_FIELDS = [
  "rows",
  "size",
  "columns",
  // of x and of the outputs
  "stride",
  "x",
  "output",
  // of a variance per pixel
  "logVariance",
  // in the terms: what each row is summed to
  "sums",
  // in the terms: the factor of a row of the gradient
  "factors",
  // of dreams: what their pixels are drawn with
  "noise",
  // among the values: ln sigma_dec^2 of all pixels
  "variance",
] as const;

const COMMAND = /* wgsl */ `
${commandStruct("Output", OUTPUT_FIELDS)}
${memory({ matrices: "vec4f", terms: "f32" }, "Output")}
${ELEMENTARY}
`;

/** The sum over a workgroup, which every invocation gets. */
export const WORKGROUP_SUM = /* wgsl */ `
var<workgroup> partial: array<f32, ${layout.WORKGROUP}>;

fn workgroupSum(own: f32, lane: u32) -> f32 {
  workgroupBarrier();
  partial[lane] = own;
  for (var half = ${layout.WORKGROUP / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  workgroupBarrier();
  return partial[0];
}
`;

/** Pixels in {0, 1}: sum x logit - softplus(logit). */
const BERNOULLI = /* wgsl */ `
fn rowTerm(output: Output, at: u32, x: vec4f, inside: vec4<bool>) -> vec4f {
  let logit = matrices[(output.output >> 2u) + at];
  let power = expMinusAbs4(logit);
  matrices[(output.output >> 2u) + at] =
    select(vec4f(), sigmoidOf4(logit, power) - x, inside);
  return logit * x - softplusOf4(logit, power);
}
`;

const MEAN = /* wgsl */ `
override SIGMOID: bool;

fn meanOf(output: vec4f) -> vec4f {
  if (SIGMOID) { return sigmoid4(output); }
  return output;
}

/// the mean's derivative by the output
fn slopeOf(mean: vec4f) -> vec4f {
  if (SIGMOID) { return mean * (1 - mean); }
  return vec4f(1);
}
`;

/**
 * |x - mean|^2; the outputs become (mean - x) times the mean's derivative. The
 * variance, which may depend on all rows, comes in later.
 */
const GAUSSIAN = /* wgsl */ `
${MEAN}
fn rowTerm(output: Output, at: u32, x: vec4f, inside: vec4<bool>) -> vec4f {
  let mean = meanOf(matrices[(output.output >> 2u) + at]);
  let difference = mean - x;
  matrices[(output.output >> 2u) + at] =
    select(vec4f(), difference * slopeOf(mean), inside);
  return difference * difference;
}
`;

/** With a variance for each pixel, whose output has a gradient, too. */
const PER_PIXEL = /* wgsl */ `
${MEAN}
fn rowTerm(output: Output, at: u32, x: vec4f, inside: vec4<bool>) -> vec4f {
  let mean = meanOf(matrices[(output.output >> 2u) + at]);
  let v = matrices[(output.logVariance >> 2u) + at];
  let inverse = exp4(v * -0.5);
  // (mean - x) / sigma, which is squared only then: it may be large.
  let z = (mean - x) * inverse;
  matrices[(output.output >> 2u) + at] =
    select(vec4f(), (z * inverse) * slopeOf(mean), inside);
  matrices[(output.logVariance >> 2u) + at] =
    select(vec4f(), 0.5 * (1 - z * z), inside);
  return -0.5 * ((z * z + v) + 1.8378770664093453);
}
`;

/** The families of decoders that there are kernels of. */
export type LikelihoodKernel = "bernoulli" | "gaussian" | "per-pixel";

const ROW_TERMS: Record<LikelihoodKernel, string> = {
  bernoulli: BERNOULLI,
  gaussian: GAUSSIAN,
  "per-pixel": PER_PIXEL,
};

/** The kernel that sums the terms of each row. */
export function likelihoodKernel(
  family: LikelihoodKernel,
): Omit<Kernel, "constants"> {
  return {
    label: `likelihood (${family})`,
    code: /* wgsl */ `
${COMMAND}
${ROW_TERMS[family]}
${WORKGROUP_SUM}
@compute ${WORKGROUP_SIZE}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let output = commands[told(group.z, ${layout.SLOT}u)];
  let row = group.x;
  if (row >= output.rows) { return; }
  var sum = vec4f();
  for (var j = 4u * lane; j < output.columns; j += ${4 * layout.WORKGROUP}u) {
    let inside = below(j, output.columns);
    let x = matrices[(output.x + (row % output.size) * output.stride + j) >> 2u];
    let term = rowTerm(output, (row * output.stride + j) >> 2u, x, inside);
    sum += select(vec4f(), term, inside);
  }
  let total = workgroupSum(sum4(sum), lane);
  if (lane == 0u) { terms[output.sums + row] = total; }
}
`,
  };
}

/** The outputs' gradients become those of the loss: rows times what they count. */
export const SCALE: Kernel = {
  label: "scale",
  constants: {},
  code: /* wgsl */ `
${COMMAND}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let output = commands[told(id.z, ${layout.SLOT}u)];
  let fours = output.stride >> 2u;
  let row = id.x / fours;
  if (row >= output.rows) { return; }
  let factor = terms[output.factors + row];
  matrices[(output.output >> 2u) + id.x] *= factor;
  if (output.logVariance != output.output) {
    matrices[(output.logVariance >> 2u) + id.x] *= factor;
  }
}
`,
};

/** How a decoder's pixels are drawn: `Likelihood.sample`. */
const DRAWN: Record<LikelihoodKernel, string> = {
  bernoulli: `let drawn = select(vec4f(), vec4f(1), noise <= sigmoid4(value));`,
  gaussian: `let drawn = meanOf(value) +
    noise * exp4(vec4f(values[output.variance] * 0.5));`,
  "per-pixel": `let drawn = meanOf(value) +
    noise * exp4(matrices[(output.logVariance >> 2u) + id.x] * 0.5);`,
};

/** The kernel that draws x from p(x|z), four pixels in each invocation. */
export function dreamKernel(
  family: LikelihoodKernel,
): Omit<Kernel, "constants"> {
  return {
    label: `dream (${family})`,
    code: /* wgsl */ `
${COMMAND}
${family === "bernoulli" ? "" : MEAN}
${
      family === "gaussian"
        ? `@group(0) @binding(${layout.VALUES})
var<storage, read_write> values: array<f32>;`
        : ""
    }
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let output = commands[told(id.z, ${layout.SLOT}u)];
  let fours = output.stride >> 2u;
  if (id.x >= output.rows * fours) { return; }
  let value = matrices[(output.output >> 2u) + id.x];
  let noise = matrices[(output.noise >> 2u) + id.x];
  ${DRAWN[family]}
  matrices[(output.x >> 2u) + id.x] =
    select(vec4f(), drawn, below(4u * (id.x % fours), output.columns));
}
`,
  };
}
