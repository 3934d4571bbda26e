/**
 * Matrix products, with the bias or activation that follows. With a plain tile
 * an invocation keeps a tile of sums in registers, and every sum runs over the
 * inner dimension from first to last, whatever the tile, so that tiles change no
 * bit; product_shared.ts has those of shared tiles.
 */

import type { Activation } from "../../../model/spec.ts";
import { type Fields, wgslStruct, wordsOf } from "../../fields.ts";
import type { Placed, Product } from "../../lower.ts";
import { entryOf } from "../../supported.ts";
import * as layout from "../layout.ts";
import { invocationsOf, type PlainTile, type Tile } from "../tiles.ts";
import { BATCH_FUNCTIONS, BATCH_STRUCT } from "./batch.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory } from "./kernel.ts";
import type { UpdateCode } from "./update.ts";
import type { ProductForm } from "./product_form.ts";
import { sharedMain } from "./product_shared.ts";

/** Which product kernel. */
export interface ProductOptions {
  readonly form: ProductForm;
  /** of the layer's output, or of the layer's input on the way back */
  readonly activation: Activation | null;
  /** whether every row of the weights begins at a multiple of four words */
  readonly aligned: boolean;
  readonly tile: Tile;
  /** of gradients of layers: what is done with them; absent: nothing */
  readonly last?: LastOptions;
}

/** What the last dispatch of a step does beside its products. */
export interface LastOptions {
  /** what is done with the gradients */
  readonly update: UpdateCode;
  /** jobs of each run: those of the batch of the next step follow */
  readonly jobs: number;
}

/** An activation of x, and its derivative from its value y. */
export const ACTIVATIONS: Partial<
  Record<Activation, { readonly value: string; readonly derivative: string }>
> = {
  tanh: { value: "tanh4(x)", derivative: "1 - y * y" },
  relu: {
    value: "select(x, vec4f(0), x < vec4f(0))",
    derivative: "select(vec4f(0), vec4f(1), y > vec4f(0))",
  },
  softplus: { value: "softplus4(x)", derivative: "1 - exp4(-y)" },
};

/** One product that is added to a job's sums. */
const SOURCE = {
  // `inner`: values that each sum runs over
  counts: ["aStride", "bStride", "inner"],
  addresses: ["a", "b"],
} as const satisfies Fields;

/** A job: its sources follow. Its tiles are numbered from `firstTile` on. */
const JOB = {
  counts: [
    ...["rows", "columns", "firstTile", "tiles"] as const,
    ...["outputStride", "extraStride"] as const,
  ],
  // `extra`: the bias, its gradient, or the activation's values; from a
  // gradient's address to those of its numbers in the state
  addresses: ["output", "extra", "toFirst", "toSecond"],
} as const satisfies Fields;

const COMPONENTS = ["x", "y", "z", "w"] as const;

/** Lines, one for each number below n. */
function each(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => line(i)).join("\n");
}

/** Tiles of a product of so many rows and columns. */
function tilesOf(
  tile: Tile,
  productRows: number,
  columns: number,
): number {
  const { rows, fours, across, down } = tile;
  return Math.ceil(productRows / (rows * down)) *
    Math.ceil(columns / (4 * fours * across));
}

/** Code that adds the products over the inner dimension to the sums. */
const INNER: Record<ProductForm, (tile: PlainTile) => string> = {
  "affine": ({ rows, fours }) => `
${each(rows, (i) => `var a${i} = (source.a + row${i} * source.aStride) >> 2u;`)}
for (var k = 0u; k < source.inner; k += 4u) {
  ${
    each(4, (q) => `
    // Beyond the last the input is 0, which any number may meet.
    let line${q} = source.b + min(k + ${q}u, source.inner - 1u) * source.bStride;
    ${each(fours, (j) => `let y${q}_${j} = weight(line${q} + column${j});`)}`)
  }
  ${
    each(rows, (i) =>
      `{
    let x = matrices[a${i}]; a${i}++;
    ${
        each(fours, (j) => {
          const sum = `s${i}_${j}`;
          return `${sum} = (((${sum} + x.x * y0_${j}) + x.y * y1_${j}) +
      x.z * y2_${j}) + x.w * y3_${j};`;
        })
      }
  }`)
  }
}`,
  "input-gradient": ({ rows, fours }) => `
${each(rows, (i) => `var a${i} = (source.a + row${i} * source.aStride) >> 2u;`)}
${
    each(4 * fours, (j) =>
      `var b${j} = source.b + min(column${j >> 2} + ${
        j & 3
      }u, job.columns - 1u) * source.bStride;`)
  }
for (var k = 0u; k < source.inner; k += 4u) {
  ${each(rows, (i) => `let x${i} = matrices[a${i}]; a${i}++;`)}
  ${
    each(4 * fours, (j) => {
      const column = `${j >> 2}.${COMPONENTS[j & 3]}`;
      return `{
    let y = weight(b${j}); b${j} += 4u;
    ${
        each(
          rows,
          (i) => `s${i}_${column} = plusDot(s${i}_${column}, x${i}, y);`,
        )
      }
  }`;
    })
  }
}`,
  "layer-gradient": ({ rows, fours }) => `
${
    each(
      rows / 4,
      (i) =>
        `var a${i} = (source.a + first + ${4 * i}u) >> 2u;
// The bias is the weight of an input that is always 1.
let isOne${i} = vec4u(first) + vec4u(0, 1, 2, 3) + ${4 * i}u ==
  vec4u(job.rows - 1u);`,
    )
  }
${each(fours, (j) => `var b${j} = (source.b + column${j}) >> 2u;`)}
for (var k = 0u; k < source.inner; k++) {
  ${
    each(
      fours,
      (j) => `let y${j} = matrices[b${j}]; b${j} += source.bStride >> 2u;`,
    )
  }
  ${
    each(rows / 4, (i) =>
      `{
    let x = select(matrices[a${i}], vec4f(1), isOne${i});
    a${i} += source.aStride >> 2u;
    ${
        each(4, (q) =>
          each(
            fours,
            (j) => `s${4 * i + q}_${j} += x.${COMPONENTS[q]} * y${j};`,
          ))
      }
  }`)
  }
}`,
};

/** Code that finishes and stores four sums from (row, column) on. */
function finish({ form, activation, last }: ProductOptions): string {
  if (form === "layer-gradient") {
    const at = "select(job.output + row * job.outputStride, job.extra, " +
      "row == job.rows - 1u) + column";
    return `
let at = ${at};
for (var q = 0u; q < min(4u, job.columns - column); q++) {
  gradients[at + q] = sums[q];
  ${
      last === undefined
        ? ""
        : "update(group.z, at + q, sums[q], at + q + job.toFirst, " +
          "at + q + job.toSecond);"
    }
}`;
  }
  const y = "matrices[(job.extra + row * job.extraStride + column) >> 2u]";
  const { value, derivative } = activation === null
    ? { value: "x", derivative: "" }
    : entryOf(ACTIVATIONS, activation);
  const finished = form === "affine"
    ? `let x = sums + weight(job.extra + column);
let finished = ${value};`
    : derivative === ""
    ? "let finished = sums;"
    : `let y = ${y};
let finished = sums * (${derivative});`;
  return `
${finished}
matrices[(job.output + row * job.outputStride + column) >> 2u] =
  select(vec4f(0), finished, below(column, job.columns));`;
}

/**
 * The kernel of products of one form. A dispatch may have several jobs for
 * each run, whose tiles are numbered through.
 */
export function productKernel(options: ProductOptions): KernelCode {
  const { form, activation, aligned, tile, last } = options;
  const withWeights = form !== "layer-gradient";
  const weight = aligned
    ? "fn weight(at: u32) -> vec4f { return values[at >> 2u]; }"
    : `fn weight(at: u32) -> vec4f {
  return vec4f(values[at], values[at + 1u], values[at + 2u], values[at + 3u]);
}`;
  const entry = last === undefined ? JOBS_ALONE : jobsAndBatch(last, tile);
  const code = /* wgsl */ `
${wgslStruct("Source", SOURCE)}
${wgslStruct("Job", JOB, [`sources: array<Source, ${layout.MOST_SOURCES}>`])}
${entry.structs}
${
    memory(
      withWeights
        ? { matrices: "vec4f", values: aligned ? "vec4f" : "f32" }
        : { matrices: "vec4f", gradients: "f32", ...last?.update.buffers },
      entry.command,
    )
  }
/// jobs of each run, and sources of each job
override JOBS: u32;
override SOURCES: u32;
${ELEMENTARY}
${withWeights ? weight : ""}
${entry.functions}
/// sum + x'y, one product after the other
fn plusDot(sum: f32, x: vec4f, y: vec4f) -> f32 {
  return (((sum + x.x * y.x) + x.y * y.y) + x.z * y.z) + x.w * y.w;
}

${
    tile.kind === "shared"
      ? sharedMain(form, tile, entry.begin, finish(options))
      : plainMain(form, tile, entry.begin, finish(options))
  }
`;
  return {
    label: form + (activation === null ? "" : ` with ${activation}`) +
      (last === undefined ? "" : ", update, next batch"),
    code,
  };
}

/** How the jobs of a run lie in memory, and what an invocation begins with. */
interface Entry {
  readonly structs: string;
  readonly command: string;
  /** `fn jobOf(run, number)` */
  readonly functions: string;
  readonly begin: string;
}

const JOBS_ALONE: Entry = {
  structs: "",
  command: "Job",
  functions: /* wgsl */ `
fn jobOf(run: u32, number: u32) -> Job {
  return commands[told(run, ${layout.RUN}u) * JOBS + number];
}
`,
  begin: "",
};

/**
 * Workgroups of the second row make the batch of the next step: as many values
 * each as in the kernel of the batch alone.
 */
function jobsAndBatch({ update, jobs }: LastOptions, tile: Tile): Entry {
  return {
    structs: `${BATCH_STRUCT}
struct Last { jobs: array<Job, ${jobs}>, batch: Batch }`,
    command: "Last",
    functions: /* wgsl */ `
${update.functions}
${BATCH_FUNCTIONS}
fn jobOf(run: u32, number: u32) -> Job {
  return commands[told(run, ${layout.RUN}u)].jobs[number];
}
`,
    begin: /* wgsl */ `
  if (group.y == 1u) {
    ahead = 1u;
    let batch = commands[told(group.z, ${layout.RUN}u)].batch;
    for (var i = index; i < ${layout.WORKGROUP}u; i += ${
      invocationsOf(tile)
    }u) {
      makeBatch(group.z, batch, group.x * ${layout.WORKGROUP}u + i);
    }
    return;
  }`,
  };
}

/**
 * The entry point of plain tiles.
 *
 * @param begin see `Entry`
 * @param finish stores four sums from (row, column) on
 */
function plainMain(
  form: ProductForm,
  tile: PlainTile,
  begin: string,
  finish: string,
): string {
  const { rows, fours, across, down } = tile;
  return /* wgsl */ `
@compute @workgroup_size(${across}, ${down})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  ${begin}
  var number = 0u;
  while (number + 1u < JOBS && group.x >= jobOf(group.z, number + 1u).firstTile) {
    number++;
  }
  let job = jobOf(group.z, number);
  let tile = group.x - job.firstTile;
  if (tile >= job.tiles) { return; }
  let tilesAcross = (job.columns + ${4 * fours * across - 1}u) / ${
    4 * fours * across
  }u;
  let first = (tile / tilesAcross * ${down}u + lane.y) * ${rows}u;
  ${each(rows, (i) => `let row${i} = min(first + ${i}u, job.rows - 1u);`)}
  let left = tile % tilesAcross * ${4 * fours * across}u + lane.x * 4u;
  let last = (job.columns - 1u) & ~3u;
  ${
    each(fours, (j) =>
      `let column${j} = min(left + ${4 * across * j}u, last);`)
  }
  ${each(rows, (i) => each(fours, (j) => `var s${i}_${j} = vec4f(0);`))}
  for (var added = 0u; added < SOURCES; added++) {
    let source = job.sources[added];
    ${INNER[form](tile)}
  }
  var tileSums = array<vec4f, ${rows * fours}>(${
    each(rows, (i) => each(fours, (j) => `s${i}_${j},`))
  });
  for (var i = 0u; i < ${rows}u; i++) {
    let row = first + i;
    for (var j = 0u; j < ${fours}u; j++) {
      let column = left + ${4 * across}u * j;
      if (row >= job.rows || column >= job.columns) { continue; }
      let sums = tileSums[i * ${fours}u + j];
      ${finish}
    }
  }
}
`;
}

/** How many values each sum runs over. */
function innerOf(form: ProductForm, a: Placed): number {
  switch (form) {
    case "affine":
    case "input-gradient":
      return a.columns;
    case "layer-gradient":
      return a.rows;
  }
}

/**
 * The words of a run's jobs in one dispatch, and how many tiles they have.
 *
 * @param toState from a gradient's address to those of its numbers in the state
 */
export function writeJobs(
  form: ProductForm,
  jobs: readonly Product[],
  tile: Tile,
  toState = { toFirst: 0, toSecond: 0 },
): { words: number[]; tiles: number } {
  let firstTile = 0;
  const words = jobs.flatMap(({ sources, output, bias, values }) => {
    // Below the gradient of the weights is that of the bias.
    const rows = output.rows + (form === "layer-gradient" ? 1 : 0);
    const { columns } = output;
    const tiles = tilesOf(tile, rows, columns);
    const job = wordsOf(JOB, {
      ...{ rows, columns, firstTile, tiles },
      ...{ output: output.at, outputStride: output.stride },
      ...{ extra: values?.at ?? bias, extraStride: values?.stride ?? 0 },
      ...toState,
    });
    firstTile += tiles;
    const all = sources.map(({ a, b }) => ({
      ...{ a: a.at, aStride: a.stride, b: b.at, bStride: b.stride },
      inner: innerOf(form, a),
    }));
    const none = { a: 0, aStride: 0, b: 0, bStride: 0, inner: 0 };
    return Array.from({ length: layout.MOST_SOURCES }, (_, i) => all[i] ?? none)
      .reduce((words, source) => [...words, ...wordsOf(SOURCE, source)], job);
  });
  return { words, tiles: firstTile };
}
