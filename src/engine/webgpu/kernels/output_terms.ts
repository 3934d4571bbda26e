/**
 * The terms of the likelihood as parts of two products, where all rows weigh
 * the same and a pixel has one output: the decoder's last layer leaves the
 * gradients by its outputs and the terms of the pixels, and the product after it
 * sums these by row, as likelihood.ts does.
 */

import type { LikelihoodSpec } from "../../../model/spec.ts";
import { type Fields, OUTPUTS, wgslStruct } from "../../fields.ts";
import * as layout from "../layout.ts";
import { invocationsOf, type Tile } from "../tiles.ts";
import { printTerms, weightOfRows } from "./likelihood.ts";
import type { Addition } from "./product.ts";

/** The arguments of both. */
export const OUTPUT_TERMS_FIELDS = {
  ...OUTPUTS,
  // by pixel; their rows lie as those of the outputs
  addresses: [...OUTPUTS.addresses, "terms"],
} as const satisfies Fields;

const STRUCT = wgslStruct("Own", OUTPUT_TERMS_FIELDS);

/** Of the decoder's last product. */
export function outputTerms(spec: LikelihoodSpec): Addition {
  const { statements, term, gradients: [gradient] } = printTerms(spec, true, {
    x: "matrices[pixels]",
    output: "outputs",
  });
  return {
    label: `likelihood (${spec.family})`,
    struct: STRUCT,
    functions: "",
    buffers: {},
    begin: /* wgsl */ `
let own = commands[told(group.z, ${layout.RUN}u)].own;
let factor = ${weightOfRows(spec, "own.rows", "weight(own.parameter).x")};`,
    finish: /* wgsl */ `
let outputs = sums + weight(job.extra + column);
let inside = below(column, own.columns);
let at = (row * own.stride + column) >> 2u;
let pixels = (own.x + (row % own.size) * own.stride + column) >> 2u;
${statements}
matrices[(own.output >> 2u) + at] =
  select(vec4f(), ${gradient} * factor, inside);
matrices[(own.terms >> 2u) + at] = select(vec4f(), ${term}, inside);`,
  };
}

/**
 * Of the next product: workgroups of the second row have a row each. The sums
 * are those of a workgroup of likelihood.ts, however many lanes there are.
 */
export function rowSums(tile: Tile): Addition {
  const lanes = invocationsOf(tile);
  const each = (end: string) =>
    `for (var lane = index; lane < ${end}; lane += ${lanes}u)`;
  return {
    label: "sums of rows",
    struct: STRUCT,
    buffers: { terms: "f32" },
    functions: /* wgsl */ `
var<workgroup> partial: array<f32, ${layout.WORKGROUP}>;

fn sumRow(own: Own, row: u32, index: u32) {
  if (row >= own.rows) { return; }
  ${each(`${layout.WORKGROUP}u`)} {
    var sum = vec4f();
    for (var j = 4u * lane; j < own.columns; j += ${4 * layout.WORKGROUP}u) {
      sum += matrices[(own.terms + row * own.stride + j) >> 2u];
    }
    partial[lane] = sum4(sum);
  }
  for (var half = ${layout.WORKGROUP / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    ${each("half")} { partial[lane] += partial[lane + half]; }
  }
  workgroupBarrier();
  if (index == 0u) { terms[own.sums + row] = partial[0]; }
}
`,
    begin: /* wgsl */ `
if (group.y == 1u) {
  sumRow(commands[told(group.z, ${layout.RUN}u)].own, group.x, index);
  return;
}`,
  };
}
