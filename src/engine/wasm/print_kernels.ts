/**
 * Prints assembly/pixelwise.ts: the module's kernels of the likelihoods, in
 * AssemblyScript, from their expressions.
 */

import { KERNELS, pixelwiseOf } from "../../model/likelihood/families.ts";
import type { Node } from "../../model/pixelwise/expression.ts";
import { termOf } from "../../model/pixelwise/pixelwise.ts";
import { call, print, type Syntax } from "../../model/pixelwise/print.ts";

/**
 * Names of constants. They are kept in memory, since V8 compiles a splat of a
 * constant to more instructions than a load.
 */
const constants = new Map<number, string>();

function constant(value: number): string {
  if (value === 0) return "f32x4.splat(0)";
  if (!constants.has(value)) constants.set(value, `C${constants.size}`);
  return `v128.load32_splat(${constants.get(value)})`;
}

// deno-fmt-ignore
const SYNTAX: Syntax = {
  declare: "const",
  leaves: {
    x: "v128.load(pixels + column)",
    output: "v128.load(outputs + column)",
    output2: "v128.load(seconds + column)",
    shared: "v128.load32_splat(shared)",
    noise: "v128.load(noises + column)",
  },
  constant,
  operators: {
    add: call("f32x4.add"), sub: call("f32x4.sub"), mul: call("f32x4.mul"),
    div: call("f32x4.div"), neg: call("f32x4.neg"), abs: call("f32x4.abs"),
    min: call("f32x4.min"), max: call("f32x4.max"), less: call("f32x4.lt"),
    atMost: call("f32x4.le"), exp: call("exp4"), log: call("log4"),
    sign: call("sign4"), sigmoidOf: call("sigmoidOf4"),
    softplusOf: call("softplusOf4"), expMinusAbs: call("expMinusAbs4"),
    select: (condition, a, b) => `v128.bitselect(${a}, ${b}, ${condition})`,
  },
};

/** Statements for each of four rows and, inside, for every four pixels. */
function kernel(
  name: string,
  [before, after]: readonly [string, string],
  body: readonly string[],
): string {
  return `function ${name}(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
${before}
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
${body.map((line) => `      ${line}`).join("\n")}
    }
${after}
  }
}
`;
}

/** The kernel of a row's sum and gradients, from those of `Term`. */
function likelihood(code: number, roots: Node[]): string {
  const { statements, names: [term, ...gradients] } = print(roots, SYNTAX);
  const stores = gradients.map((gradient, i) =>
    `v128.store(${
      ["outputs", "seconds"][i]
    } + column, v128.and(${gradient}, mask));`
  );
  return kernel(`likelihood${code}`, [
    `    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);`,
    "    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));",
  ], [
    ...statements,
    `sum = f32x4.add(sum, v128.and(${term}, mask));`,
    ...stores,
  ]);
}

function dream(code: number, root: Node): string {
  const { statements, names } = print([root], SYNTAX);
  return kernel(`dream${code}`, [
    "    const noises = own.noise + offset;\n    const pixels = own.x + offset;",
    "",
  ], [
    ...statements,
    `v128.store(pixels + column, v128.and(${names[0]}, mask));`,
  ]);
}

/** A task that takes the kernel of the likelihood's code. */
const byCode = (name: string) =>
  `export function ${name}Task(own: Outputs, task: i32): void {
  switch (own.likelihood) {
${
    KERNELS.map((_, code) =>
      `    case ${code}: return ${name}${code}(own, task);`
    ).join("\n")
  }
    default: unreachable();
  }
}
`;

export function kernels(): string {
  constants.clear();
  const parts = KERNELS.flatMap((spec, code) => {
    const pixelwise = pixelwiseOf(spec);
    const { term, gradients } = termOf(pixelwise);
    return [
      `// ${JSON.stringify(spec)}`,
      likelihood(code, [term, ...gradients]),
      dream(code, pixelwise.draw),
    ];
  });
  return `// Printed by \`deno task build:wasm\` from src/model/likelihood.

import { LIKELIHOOD_ROWS } from "../layout";
import { Outputs } from "./commands";
import {
  exp4, expMinusAbs4, lanesBelow, log4, sigmoidOf4, sign4, softplusOf4,
  sumLanes,
} from "./elementary";

${
    [...constants].map(([value, name]) =>
      `const ${name} = memory.data<f32>([${value}]);`
    ).join("\n")
  }

${parts.join("\n")}
/**
 * One task: sums the terms of four rows and replaces the outputs by their
 * gradients. Row s * size + b belongs to datapoint b.
 */
${byCode("likelihood")}
/** One task: draws four rows of x. */
${byCode("dream")}`;
}
