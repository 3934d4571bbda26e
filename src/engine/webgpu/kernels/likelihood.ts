/**
 * log p(x|z) by row, and its gradient by the decoder's outputs, which replaces
 * them. Row s * size + b belongs to datapoint b. A workgroup has a row; its
 * invocations' sums are added in a fixed order.
 */

import { pixelwiseOf, sharedName } from "../../../model/likelihood/families.ts";
import { reads, shared } from "../../../model/pixelwise/expression.ts";
import { termOf } from "../../../model/pixelwise/pixelwise.ts";
import { call, print, type Syntax } from "../../../model/pixelwise/print.ts";
import type { LikelihoodSpec } from "../../../model/spec.ts";
import { OUTPUTS, wgslStruct } from "../../fields.ts";
import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory, WORKGROUP_SIZE } from "./kernel.ts";

const STRUCT = wgslStruct("Output", OUTPUTS);

const COMMAND = /* wgsl */ `
${STRUCT}
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

const infix = (operator: string) => (a: string, b: string) =>
  `(${a} ${operator} ${b})`;

// deno-fmt-ignore
const SYNTAX: Syntax = {
  declare: "let",
  leaves: {
    x: "matrices[pixels + at]",
    output: "matrices[(output.output >> 2u) + at]",
    output2: "matrices[(output.output2 >> 2u) + at]",
    shared: "vec4f(values[output.parameter])",
    noise: "matrices[(output.noise >> 2u) + at]",
  },
  constant: (value) => `vec4f(${value})`,
  operators: {
    add: infix("+"), sub: infix("-"), mul: infix("*"), div: infix("/"),
    neg: (a) => `(-${a})`, abs: call("abs"), min: call("min"),
    max: call("max"), less: infix("<"), atMost: infix("<="), exp: call("exp4"),
    log: call("log4"), sign: call("sign"), sigmoidOf: call("sigmoidOf4"),
    softplusOf: call("softplusOf4"), expMinusAbs: call("expMinusAbs4"),
    select: (condition, a, b) => `select(${b}, ${a}, ${condition})`,
  },
};

/**
 * What becomes of the outputs: they stay; their gradients replace them; or these
 * times their weights in the loss, where all rows have the same one.
 */
export type OutputUse = "kept" | "gradients" | "weighed gradients";

/**
 * The terms of four pixels, and their gradients by the outputs.
 *
 * @param leaves where values are, if not where `likelihoodKernel` has them
 */
export function printTerms(
  spec: LikelihoodSpec,
  withGradients: boolean,
  leaves: Partial<Syntax["leaves"]> = {},
): { statements: string; term: string; gradients: string[] } {
  const { term, gradients } = termOf(pixelwiseOf(spec));
  const { statements, names: [printed, ...others] } = print(
    [term, ...withGradients ? gradients : []],
    { ...SYNTAX, leaves: { ...SYNTAX.leaves, ...leaves } },
  );
  return {
    ...{ statements: statements.join("\n    "), term: printed! },
    gradients: others,
  };
}

/**
 * The weight of gradients by the outputs in the loss, where all rows have the
 * same one: of a spread with 1 / sigma_dec^2.
 *
 * @param value of the parameter that all pixels share
 */
export function weightOfRows(
  spec: LikelihoodSpec,
  rows: string,
  value: string,
): string {
  const isSpread = sharedName(spec) !== null;
  return `1 / f32(${rows})${isSpread ? ` * exp4(vec4f(-${value})).x` : ""}`;
}

/** The kernel that sums the terms of each row. */
export function likelihoodKernel(
  spec: LikelihoodSpec,
  use: OutputUse,
): KernelCode {
  const { statements, term, gradients } = printTerms(spec, use !== "kept");
  const isWeighed = use === "weighed gradients";
  const isSpread = isWeighed && sharedName(spec) !== null;
  const weight = weightOfRows(spec, "output.rows", "values[output.parameter]");
  const factor = isWeighed ? `let factor = ${weight};` : "";
  const stores = gradients.map((value, i) =>
    `${SYNTAX.leaves[i === 0 ? "output" : "output2"]} =
      select(vec4f(), ${value}${isWeighed ? " * factor" : ""}, inside);`
  );
  const values = isSpread ? { values: "f32" } as const : {};
  return {
    label: `${use === "kept" ? "log " : ""}likelihood (${spec.family})`,
    code: /* wgsl */ `
${STRUCT}
${memory({ matrices: "vec4f", terms: "f32", ...values }, "Output")}
${ELEMENTARY}
${WORKGROUP_SUM}
@compute ${WORKGROUP_SIZE}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let output = commands[told(group.z, ${layout.RUN}u)];
  let row = group.x;
  if (row >= output.rows) { return; }
  ${factor}
  var sum = vec4f();
  for (var j = 4u * lane; j < output.columns; j += ${4 * layout.WORKGROUP}u) {
    let inside = below(j, output.columns);
    let at = (row * output.stride + j) >> 2u;
    let pixels = ((output.x + (row % output.size) * output.stride + j) >> 2u) - at;
    ${statements}
    sum += select(vec4f(), ${term}, inside);
    ${stores.join("\n    ")}
  }
  let total = workgroupSum(sum4(sum), lane);
  if (lane == 0u) { terms[output.sums + row] = total; }
}
`,
  };
}

/** Multiplies the rows of the outputs' gradients by their weights. */
export const SCALE: KernelCode = {
  label: "scale",
  code: /* wgsl */ `
${COMMAND}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let output = commands[told(id.z, ${layout.RUN}u)];
  let fours = output.stride >> 2u;
  let row = id.x / fours;
  if (row >= output.rows) { return; }
  let factor = terms[output.factors + row];
  matrices[(output.output >> 2u) + id.x] *= factor;
  if (output.output2 != 0u) {
    matrices[(output.output2 >> 2u) + id.x] *= factor;
  }
}
`,
};

/** The kernel that draws x from p(x|z), four pixels in each invocation. */
export function dreamKernel(spec: LikelihoodSpec): KernelCode {
  const { draw } = pixelwiseOf(spec);
  const { statements, names } = print([draw], SYNTAX);
  return {
    label: `dream (${spec.family})`,
    code: /* wgsl */ `
${COMMAND}
${
      reads(draw, shared)
        ? `@group(0) @binding(${layout.VALUES})
var<storage, read_write> values: array<f32>;`
        : ""
    }
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let output = commands[told(id.z, ${layout.RUN}u)];
  let fours = output.stride >> 2u;
  if (id.x >= output.rows * fours) { return; }
  let at = id.x;
  ${statements.join("\n  ")}
  matrices[(output.x >> 2u) + id.x] =
    select(vec4f(), ${names[0]}, below(4u * (id.x % fours), output.columns));
}
`,
  };
}
