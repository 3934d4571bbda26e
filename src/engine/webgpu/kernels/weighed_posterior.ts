/**
 * The terms of the minibatch and the gradients by q(z|x) in one kernel, where all
 * rows weigh the same. Each workgroup has means and weights of the KL of its
 * own, as none sees what another writes; the first has the other terms as well.
 */

import { LATENTS, together, wgslStruct } from "../../fields.ts";
import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, WORKGROUP_SIZE } from "./kernel.ts";
import { LATENTS_BRANCHES, posteriorGradient } from "./latents.ts";
import {
  weighFunctions,
  weighMemory,
  WEIGHTS,
  WEIGHTS_BRANCHES,
} from "./row_weights.ts";
import type { UpdateCode } from "./update.ts";

/** Its arguments. */
export const WEIGHED_LATENTS = together(WEIGHTS, LATENTS);

/** The kernel, with the update of the parameter that all pixels share. */
export function weighedPosteriorKernel(update: UpdateCode): KernelCode {
  return {
    label: "terms and posterior gradient",
    branches: { ...WEIGHTS_BRANCHES, ...LATENTS_BRANCHES },
    code: /* wgsl */ `
${wgslStruct("Latents", WEIGHED_LATENTS)}
alias Terms = Latents;
${weighMemory(update, "Latents")}
${ELEMENTARY}
${weighFunctions(update)}
${posteriorGradient("(1 / f32(latents.size * latents.draws))")}
@compute ${WORKGROUP_SIZE}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var args = commands[told(group.z, ${layout.RUN}u)];
  let own = group.x * 2u * (args.klWeights - args.klMeans);
  args.klMeans += own;
  args.klWeights += own;
  if (group.x == 0u) {
    weigh(args, group.z, lane);
  } else {
    klMeans(args, lane);
    _ = weightedKl(args, group.z, lane);
  }
  storageBarrier();
  workgroupBarrier();
  posteriorGradient(args, group.x * ${layout.WORKGROUP}u + lane);
}
`,
  };
}
