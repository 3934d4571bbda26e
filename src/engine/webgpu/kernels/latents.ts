/** Draws of z from q(z|x), the KL's terms, and the gradients by q(z|x). */

import * as codes from "../../codes.ts";
import { type Fields, LATENTS, wgslStruct } from "../../fields.ts";
import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory, WORKGROUP_SIZE } from "./kernel.ts";
import type { Addition } from "./product.ts";

const IS_ISOTROPIC = `POSTERIOR == ${codes.ISOTROPIC}u`;
const IS_CLOSED_FORM = `OBJECTIVE == ${codes.ELBO}u`;
const IS_PLAIN = `GRADIENT == ${codes.PLAIN}u`;

/** Of kernels of q(z|x). */
export const LATENTS_BRANCHES = {
  OBJECTIVE: [codes.ELBO, codes.ELBO_SAMPLED, codes.IWAE, codes.WAKE_SLEEP],
  GRADIENT: [codes.PLAIN, codes.STL, codes.DREG],
  POSTERIOR: [codes.DIAGONAL, codes.ISOTROPIC],
};

const LOG_VARIANCE = /* wgsl */ `
fn logVarianceOf(latents: Latents, b: u32, j: u32) -> vec4f {
  let row = latents.logVariance + b * latents.logVarianceStride;
  if (${IS_ISOTROPIC}) { return vec4f(matrices[row >> 2u].x); }
  return matrices[(row + j) >> 2u];
}
`;

const COMMAND = /* wgsl */ `
${wgslStruct("Latents", LATENTS)}
${memory({ matrices: "vec4f", terms: "f32" }, "Latents")}
${ELEMENTARY}
${LOG_VARIANCE}
`;

/** `fn klOf` of four dimensions. */
const KL_OF = /* wgsl */ `
/// KL(N(m, e^v) || N(0, 1))
fn klOf(m: vec4f, v: vec4f) -> vec4f {
  return 0.5 * (expMinusOneMinus4(v) + m * m);
}
`;

/** `fn drawZ`, which draws four dimensions of one z. */
const DRAW_Z = /* wgsl */ `
${KL_OF}
/// z of a row from dimension j on, and its terms of the KL; gives
/// log q(z|x) - log p(z) = 1/2 (z^2 - noise^2 - log sigma^2) by dimension
fn drawZ(
  latents: Latents, row: u32, j: u32, m: vec4f, v: vec4f, inside: vec4<bool>,
) -> vec4f {
  let at = (row * latents.stride + j) >> 2u;
  let e = matrices[(latents.noise >> 2u) + at];
  let z = m + e * exp4(v * 0.5);
  matrices[(latents.z >> 2u) + at] = select(vec4f(), z, inside);
  let logRatio = select(vec4f(), 0.5 * ((z * z - e * e) - v), inside);
  if (OBJECTIVE == ${codes.ELBO_SAMPLED}u) {
    matrices[(latents.kl >> 2u) + at] = logRatio;
  } else if (row < latents.size) {
    matrices[(latents.kl >> 2u) + at] =
      select(vec4f(), klOf(m, v), inside);
  }
  return logRatio;
}
`;

/** Draws one z in each invocation. */
export const INFER: KernelCode = inferKernel("below(j, latents.dims)");

/**
 * The same from a choice of the dimensions: the others are 0 in z, and left out
 * of the ratios. The KL's terms have all.
 */
export const INFER_KEPT: KernelCode = inferKernel(
  "below(j, latents.dims) & (vec4f(terms[latents.mask + j], " +
    "terms[latents.mask + j + 1u], terms[latents.mask + j + 2u], " +
    "terms[latents.mask + j + 3u]) != vec4f(0))",
);

/** @param inside which of four dimensions from j on there are */
function inferKernel(inside: string): KernelCode {
  return {
    label: "infer",
    branches: LATENTS_BRANCHES,
    code: /* wgsl */ `
${COMMAND}
${DRAW_Z}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let latents = commands[told(id.z, ${layout.RUN}u)];
  let row = id.x;
  if (row >= latents.size * latents.draws) { return; }
  let b = row % latents.size;
  var ratio = vec4f();
  for (var j = 0u; j < latents.dims; j += 4u) {
    let m = matrices[(latents.mean >> 2u) + ((b * latents.stride + j) >> 2u)];
    let v = logVarianceOf(latents, b, j);
    ratio += drawZ(latents, row, j, m, v, ${inside});
  }
  terms[latents.ratios + row] = sum4(ratio);
}
`,
  };
}

/** KL(q(z|x) || p(z)) by dimension, of a datapoint in each invocation. */
export const KL: KernelCode = {
  label: "KL",
  branches: LATENTS_BRANCHES,
  code: /* wgsl */ `
${COMMAND}
${KL_OF}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let latents = commands[told(id.z, ${layout.RUN}u)];
  let b = id.x;
  if (b >= latents.size) { return; }
  for (var j = 0u; j < latents.dims; j += 4u) {
    let at = (b * latents.stride + j) >> 2u;
    let m = matrices[(latents.mean >> 2u) + at];
    let v = logVarianceOf(latents, b, j);
    matrices[(latents.kl >> 2u) + at] =
      select(vec4f(), klOf(m, v), below(j, latents.dims));
  }
}
`,
};

/** The arguments of {@linkcode HEADS}. */
export const HEADS_FIELDS = {
  ...LATENTS,
  addresses: [...LATENTS.addresses, "logVarianceBias"],
} as const satisfies Fields;

/**
 * Of the products that end the encoder, where each dimension has a variance of
 * its own and nothing reads the ratios by row: the sums of both are the mean
 * and the log variance, and the draws of z come with them.
 */
export const HEADS: Addition = {
  label: "infer",
  struct: wgslStruct("Own", HEADS_FIELDS) + "\nalias Latents = Own;",
  functions: DRAW_Z,
  buffers: {},
  branches: { ...LATENTS_BRANCHES, POSTERIOR: [codes.DIAGONAL] },
  begin: `let own = commands[told(group.z, ${layout.RUN}u)].own;`,
  isPaired: true,
  finish: /* wgsl */ `
let inside = below(column, own.dims);
let m = select(vec4f(), sums + weight(job.extra + column), inside);
let v = select(vec4f(), others + weight(own.logVarianceBias + column), inside);
let at = (row * own.stride + column) >> 2u;
matrices[(own.mean >> 2u) + at] = m;
matrices[(own.logVariance >> 2u) + at] = v;
for (var s = 0u; s < own.draws; s++) {
  _ = drawZ(own, s * own.size + row, column, m, v, inside);
}`,
};

/**
 * From the gradient by z to those by the mean and the log variance of q(z|x),
 * four dimensions of a datapoint in each invocation, or all of them where q is
 * isotropic. All gradients are of the loss.
 *
 * z = mean + sigma * noise carries its gradient g to the mean, and
 * g sigma noise / 2 to the log variance. log q(z|x) - log p(z) adds z to g;
 * under `stl` and `dreg`, where only the way through z counts, it adds
 * z - noise / sigma, and under `plain` the log variance has another -1/2 from
 * the normalising constant. `dreg` multiplies the whole of g by its factors.
 *
 * @param rowWeight of a row in the gradient
 */
export const posteriorGradient = (rowWeight: string) => /* wgsl */ `
${LOG_VARIANCE}
fn posteriorGradient(latents: Latents, index: u32) {
  let fours = latents.stride >> 2u;
  let b = select(index / fours, index, ${IS_ISOTROPIC});
  if (b >= latents.size) { return; }
  var j = select(4u * (index % fours), 0u, ${IS_ISOTROPIC});
  let end = select(j + 4u, latents.dims, ${IS_ISOTROPIC});
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
      if (!(${IS_CLOSED_FORM})) {
        let weight = ${rowWeight} * klWeight;
        let z = matrices[(latents.z >> 2u) + drawn];
        if (${IS_PLAIN}) {
          g += weight * z;
          byLogVariance -= weight * 0.5;
        } else {
          g += weight * (z - e / deviation);
        }
      }
      if (OBJECTIVE == ${codes.IWAE}u && GRADIENT == ${codes.DREG}u) {
        g *= terms[latents.dregFactors + row];
      }
      byMean += g;
      byLogVariance += (g * 0.5) * (deviation * e);
    }
    if (${IS_CLOSED_FORM}) {
      // its derivatives: the mean, and (e^v - 1) / 2
      let weight = klWeight / f32(latents.size);
      byMean += weight * m;
      byLogVariance += weight * (0.5 * (expMinusOneMinus4(v) + v));
    }
    byLogVariance = select(vec4f(), byLogVariance, inside);
    total += byLogVariance;
    matrices[(latents.meanGradient >> 2u) + at] =
      select(vec4f(), byMean, inside);
    if (!(${IS_ISOTROPIC})) {
      matrices[(latents.logVarianceGradient >> 2u) + at] = byLogVariance;
    }
  }
  if (${IS_ISOTROPIC}) {
    matrices[(latents.logVarianceGradient >> 2u) + b] =
      vec4f(sum4(total), 0, 0, 0);
  }
}
`;

/** The kernel of these gradients by itself. */
export const POSTERIOR_GRADIENT: KernelCode = {
  label: "posterior gradient",
  branches: LATENTS_BRANCHES,
  code: /* wgsl */ `
${wgslStruct("Latents", LATENTS)}
${memory({ matrices: "vec4f", terms: "f32" }, "Latents")}
${ELEMENTARY}
${posteriorGradient("terms[latents.rowWeights + row]")}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  posteriorGradient(commands[told(id.z, ${layout.RUN}u)], id.x);
}
`,
};

/**
 * log q(z|x) at dreams, row by row, and the gradients of minus its mean by the
 * mean and the log variance: those of the dreams, as are `mean` and `z`.
 */
export const LOG_POSTERIOR: KernelCode = {
  label: "log posterior",
  branches: LATENTS_BRANCHES,
  code: /* wgsl */ `
${COMMAND}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let latents = commands[told(id.z, ${layout.RUN}u)];
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
    if (!(${IS_ISOTROPIC})) {
      matrices[(latents.logVarianceGradient >> 2u) + at] = byLogVariance;
    }
  }
  terms[latents.logPosteriors + b] = -0.5 * sum4(sum);
  if (${IS_ISOTROPIC}) {
    matrices[(latents.logVarianceGradient >> 2u) + b] =
      vec4f(sum4(total), 0, 0, 0);
  }
}
`,
};
