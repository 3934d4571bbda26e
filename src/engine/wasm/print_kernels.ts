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

/** How one half of eight pixels is written. */
const syntax = (half: 0 | 1): Syntax => ({
  declare: "const",
  suffix: half === 0 ? "a" : "b",
  leaves: {
    x: loadOf("pixels", half),
    output: loadOf("outputs", half),
    output2: loadOf("seconds", half),
    shared: "v128.load32_splat(shared)",
    noise: loadOf("noises", half),
  },
  constant,
  // deno-fmt-ignore
  operators: {
    add: call("f32x4.add"), sub: call("f32x4.sub"), mul: call("f32x4.mul"),
    div: call("f32x4.div"), neg: call("f32x4.neg"), abs: call("f32x4.abs"),
    min: call("f32x4.min"), max: call("f32x4.max"), less: call("f32x4.lt"),
    atMost: call("f32x4.le"), exp: call("exp4"), log: call("log4"),
    sign: call("sign4"), sigmoidOf: call("sigmoidOf4"),
    softplusOf: call("softplusOf4"), expMinusAbs: call("expMinusAbs4"),
    select: (condition, a, b) => `v128.bitselect(${a}, ${b}, ${condition})`,
  },
});

const loadOf = (row: string, half: 0 | 1) =>
  `v128.load(${row} + column${half === 0 ? "" : ", 16"})`;

/** All halves' values, then their stores, the upper half's first: so V8 packs. */
function inHalves(
  roots: readonly Node[],
  targets: readonly string[],
): string[] {
  const halves = ([0, 1] as const).map((half) => print(roots, syntax(half)));
  const values = halves.flatMap(({ names }, half) =>
    names.map((name, i) =>
      `const value${i}${"ab"[half]} = v128.and(${name}, mask${"ab"[half]});`
    )
  );
  return [
    ...halves.flatMap(({ statements }) => statements),
    ...values,
    ...targets.flatMap((target, i) => [
      `v128.store(${target}, value${i}b, 16);`,
      `v128.store(${target}, value${i}a);`,
    ]),
  ];
}

/** Statements for each of four rows and, inside, for every eight pixels. */
function kernel(
  name: string,
  [before, after]: readonly [string, string],
  body: readonly string[],
): string {
  return `export function ${name}(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
${before}
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
${body.map((line) => `      ${line}`).join("\n")}
    }
${after}
  }
}
`;
}

/**
 * The kernel of a row's sum and of gradients, from those of `Term`. Terms go
 * through memory, since V8 packs what ends in stores alone; 0 in place of those
 * beyond the last column changes no sum.
 */
function likelihood(name: string, roots: Node[]): string {
  const targets = ["terms", "outputs + column", "seconds + column"];
  return kernel(name, [
    `    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);`,
    "    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));",
  ], [
    ...inHalves(roots, targets.slice(0, roots.length)),
    "sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));",
  ]);
}

function dream(code: number, root: Node): string {
  return kernel(`dream${code}`, [
    "    const noises = own.noise + offset;\n    const pixels = own.x + offset;",
    "",
  ], inHalves([root], ["pixels + column"]));
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
      likelihood(`likelihood${code}`, [term, ...gradients]),
      likelihood(`logLikelihood${code}`, [term]),
      dream(code, pixelwise.draw),
    ];
  });
  return `// Printed by \`deno task build:wasm\` from src/model/likelihood.

import { LIKELIHOOD_ROWS } from "../layout";
import { Outputs } from "./commands";
import {
  exp4, expMinusAbs4, log4, masksBelow, sigmoidOf4, sign4, softplusOf4,
  sumLanes,
} from "./elementary";
import { scratch } from "./threads";

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
/** One task: sums the terms of four rows alone. */
${byCode("logLikelihood")}
/** One task: draws four rows of x. */
${byCode("dream")}`;
}
