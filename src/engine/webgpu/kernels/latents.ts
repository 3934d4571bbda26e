/** Draws of z from q(z|x), the KL's terms, and the way back from z. */

import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import {
  commandStruct,
  type Kernel,
  memory,
  WORKGROUP_SIZE,
} from "./kernel.ts";

/**
 * What the kernels are told of a run's latent variables, in words. Row
 * s * size + b of z, its noise and its gradient is draw s of datapoint b; their
 * rows, and those of `kl`, have `stride` words.
 */
export const LATENTS_FIELDS = [
  "size",
  "draws",
  "dims",
  "stride",
  "mean",
  "logVariance",
  // 4 where q is isotropic: a matrix of one column, four words wide
  "logVarianceStride",
  "noise",
  "z",
  /**
   * by datapoint in closed form, or by draw ln q(z|x) - ln p(z) where it is
   * what training goes up
   */
  "kl",
  // in the terms: ln q(z|x) - ln p(z) of every draw
  "ratios",
  "zGradient",
  "meanGradient",
  "logVarianceGradient",
  // in the terms: what a draw's ln w counts in the objective
  "rowWeights",
  // in the terms: factors of dreg by row
  "takes",
  // in the terms: what the KL of each dimension counts
  "klWeights",
] as const;

const COMMAND = /* wgsl */ `
${commandStruct("Latents", LATENTS_FIELDS)}
${memory({ matrices: "vec4f", terms: "f32" }, "Latents")}
/// whether q(z|x) has one variance for all dimensions
override ISOTROPIC: bool;
${ELEMENTARY}
fn logVarianceOf(latents: Latents, b: u32, j: u32) -> vec4f {
  let row = latents.logVariance + b * latents.logVarianceStride;
  if (ISOTROPIC) { return vec4f(matrices[row >> 2u].x); }
  return matrices[(row + j) >> 2u];
}
`;

/** Draws one z in each invocation. */
export const INFER: Omit<Kernel, "constants"> = {
  label: "infer",
  code: /* wgsl */ `
${COMMAND}
/// whether the KL is estimated at the draws
override SAMPLED: bool;

@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let latents = commands[told(id.z, ${layout.SLOT}u)];
  let row = id.x;
  if (row >= latents.size * latents.draws) { return; }
  let b = row % latents.size;
  var ratio = vec4f();
  for (var j = 0u; j < latents.dims; j += 4u) {
    let inside = below(j, latents.dims);
    let at = (row * latents.stride + j) >> 2u;
    let m = matrices[(latents.mean >> 2u) + ((b * latents.stride + j) >> 2u)];
    let v = logVarianceOf(latents, b, j);
    let e = matrices[(latents.noise >> 2u) + at];
    let z = m + e * exp4(v * 0.5);
    matrices[(latents.z >> 2u) + at] = select(vec4f(), z, inside);
    // ln q - ln p = 1/2 (z^2 - noise^2 - ln sigma^2)
    let logRatio = select(vec4f(), 0.5 * ((z * z - e * e) - v), inside);
    ratio += logRatio;
    if (SAMPLED) {
      matrices[(latents.kl >> 2u) + at] = logRatio;
    } else if (row < latents.size) {
      matrices[(latents.kl >> 2u) + at] =
        select(vec4f(), 0.5 * (expMinusOneMinus4(v) + m * m), inside);
    }
  }
  terms[latents.ratios + row] = sum4(ratio);
}
`,
};

/**
 * From the gradient by z to those by the mean and the log variance of q(z|x),
 * four dimensions of a datapoint in each invocation, or all of them where q is
 * isotropic. All gradients are of the loss.
 *
 * z = mean + sigma * noise carries its gradient g to the mean, and
 * g sigma noise / 2 to the log variance. ln q(z|x) - ln p(z) adds z to g; under
 * `stl` and `dreg`, where only the way through z counts, it adds
 * z - noise / sigma, and under `plain` the log variance has another -1/2 from
 * the normalising constant. `dreg` weights the whole of g.
 */
export const POSTERIOR_GRADIENT: Omit<Kernel, "constants"> = {
  label: "posterior gradient",
  code: /* wgsl */ `
${COMMAND}
/// whether the KL is in closed form
override CLOSED_FORM: bool;
/// whether ln q(z|x) counts through z alone
override PATH: bool;
/// whether g is weighted
override TAKES: bool;

@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let latents = commands[told(id.z, ${layout.SLOT}u)];
  let fours = latents.stride >> 2u;
  let b = select(id.x / fours, id.x, ISOTROPIC);
  if (b >= latents.size) { return; }
  var j = select(4u * (id.x % fours), 0u, ISOTROPIC);
  let end = select(j + 4u, latents.dims, ISOTROPIC);
  var total = vec4f();
  for (; j < end; j += 4u) {
    let inside = below(j, latents.dims);
    let at = (b * latents.stride + j) >> 2u;
    let m = matrices[(latents.mean >> 2u) + at];
    let v = logVarianceOf(latents, b, j);
    let deviation = exp4(v * 0.5);
    let k = latents.klWeights + j;
    let klWeight = vec4f(terms[k], terms[k + 1u], terms[k + 2u], terms[k + 3u]);
    var byMean = vec4f();
    var byLogVariance = vec4f();
    for (var s = 0u; s < latents.draws; s++) {
      let row = s * latents.size + b;
      let drawn = (row * latents.stride + j) >> 2u;
      let e = matrices[(latents.noise >> 2u) + drawn];
      var g = matrices[(latents.zGradient >> 2u) + drawn];
      if (!CLOSED_FORM) {
        let weight = terms[latents.rowWeights + row] * klWeight;
        let z = matrices[(latents.z >> 2u) + drawn];
        if (PATH) {
          g += weight * (z - e / deviation);
        } else {
          g += weight * z;
          byLogVariance -= weight * 0.5;
        }
      }
      if (TAKES) { g *= terms[latents.takes + row]; }
      byMean += g;
      byLogVariance += (g * 0.5) * (deviation * e);
    }
    if (CLOSED_FORM) {
      // its derivatives: the mean, and (e^v - 1) / 2
      let weight = klWeight / f32(latents.size);
      byMean += weight * m;
      byLogVariance += weight * (0.5 * (expMinusOneMinus4(v) + v));
    }
    byLogVariance = select(vec4f(), byLogVariance, inside);
    total += byLogVariance;
    matrices[(latents.meanGradient >> 2u) + at] =
      select(vec4f(), byMean, inside);
    if (!ISOTROPIC) {
      matrices[(latents.logVarianceGradient >> 2u) + at] = byLogVariance;
    }
  }
  if (ISOTROPIC) {
    matrices[(latents.logVarianceGradient >> 2u) + b] =
      vec4f(sum4(total), 0, 0, 0);
  }
}
`,
};

/**
 * ln q(z|x) at dreams, row by row, and the gradients of minus its mean by the
 * mean and the log variance: those of the dreams, as are `mean` and `z`.
 */
export const LOG_POSTERIOR: Omit<Kernel, "constants"> = {
  label: "log posterior",
  code: /* wgsl */ `
${COMMAND}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let latents = commands[told(id.z, ${layout.SLOT}u)];
  let b = id.x;
  if (b >= latents.size) { return; }
  let perRow = 1 / f32(latents.size);
  var sum = vec4f();
  var total = vec4f();
  for (var j = 0u; j < latents.dims; j += 4u) {
    let inside = below(j, latents.dims);
    let at = (b * latents.stride + j) >> 2u;
    let v = logVarianceOf(latents, b, j);
    let distance =
      matrices[(latents.z >> 2u) + at] - matrices[(latents.mean >> 2u) + at];
    let scaled = distance * exp4(-v);
    let square = distance * scaled;
    sum += select(vec4f(), (square + v) + 1.8378770664093453, inside);
    matrices[(latents.meanGradient >> 2u) + at] =
      select(vec4f(), -(scaled * perRow), inside);
    let byLogVariance =
      select(vec4f(), (0.5 * perRow) * (1 - square), inside);
    total += byLogVariance;
    if (!ISOTROPIC) {
      matrices[(latents.logVarianceGradient >> 2u) + at] = byLogVariance;
    }
  }
  terms[latents.ratios + b] = -0.5 * sum4(sum);
  if (ISOTROPIC) {
    matrices[(latents.logVarianceGradient >> 2u) + b] =
      vec4f(sum4(total), 0, 0, 0);
  }
}
`,
};
