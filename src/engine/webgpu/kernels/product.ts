/**
 * Matrix products, with what follows them: product_plain.ts and
 * product_shared.ts have the sums.
 */

import type { Activation } from "../../../model/spec.ts";
import { type Fields, wgslStruct, wordsOf } from "../../fields.ts";
import type { Placed, Product } from "../../lower.ts";
import { entryOf } from "../../supported.ts";
import * as layout from "../layout.ts";
import type { Tile } from "../tiles.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory } from "./kernel.ts";
import type { ProductForm } from "./product_form.ts";
import { plainMain } from "./product_plain.ts";
import { sharedMain } from "./product_shared.ts";

/** Which product kernel. */
export interface ProductOptions {
  readonly form: ProductForm;
  /** of the layer's output, or of the layer's input on the way back */
  readonly activation: Activation | null;
  /** whether every row of the weights begins at a multiple of four words */
  readonly aligned: boolean;
  readonly tile: Tile;
  /** what else the dispatch does, and the jobs of each run; absent: nothing */
  readonly more?: { readonly jobs: number; readonly addition: Addition };
}

/**
 * What a dispatch does beside its products. The code sees its arguments, which
 * follow those of the jobs, as `own`.
 */
export interface Addition {
  /** for error messages */
  readonly label: string;
  /** the struct of its arguments */
  readonly struct: string;
  readonly functions: string;
  /** buffers that products do not have by themselves */
  readonly buffers: Parameters<typeof memory>[0];
  readonly branches?: KernelCode["branches"];
  /**
   * what an invocation begins with; those of the second row of workgroups, which
   * have no products, end there
   */
  readonly begin: string;
  /**
   * what becomes of four sums from (row, column) on, where that is not what the
   * form has; with `isPaired` also of the `others`
   */
  readonly finish?: string;
  /**
   * whether the two sources of the job are summed apart, as the products of two
   * layers with one input
   */
  readonly isPaired?: true;
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

/** Code that stores four sums of a gradient. @param then for each, at `at + q` */
export const storeGradients = (then = "") => /* wgsl */ `
let at = select(job.output + row * job.outputStride, job.extra,
  row == job.rows - 1u) + column;
for (var q = 0u; q < min(4u, job.columns - column); q++) {
  gradients[at + q] = sums[q];
  ${then}
}`;

/** Code that finishes and stores four sums from (row, column) on. */
function finish({ form, activation, more }: ProductOptions): string {
  if (more?.addition.finish !== undefined) return more.addition.finish;
  if (form === "layer-gradient") return storeGradients();
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

/** The commands of a dispatch: the jobs of a run, or these and more. */
function commandsOf(more: ProductOptions["more"]) {
  return more === undefined
    ? {
      ...{ struct: "", command: "Job" },
      job: `commands[told(run, ${layout.RUN}u) * JOBS + number]`,
    }
    : {
      struct: `${more.addition.struct}
struct Jobs { all: array<Job, ${more.jobs}>, own: Own }`,
      command: "Jobs",
      job: `commands[told(run, ${layout.RUN}u)].all[number]`,
    };
}

/**
 * The kernel of products of one form. A dispatch may have several jobs for
 * each run, whose tiles are numbered through.
 */
export function productKernel(options: ProductOptions): KernelCode {
  const { form, activation, aligned, tile, more } = options;
  const withWeights = form !== "layer-gradient";
  const weight = aligned
    ? "fn weight(at: u32) -> vec4f { return values[at >> 2u]; }"
    : `fn weight(at: u32) -> vec4f {
  return vec4f(values[at], values[at + 1u], values[at + 2u], values[at + 3u]);
}`;
  const { struct, command, job } = commandsOf(more);
  const addition = more?.addition;
  const main = {
    begin: addition?.begin ?? "",
    finish: finish(options),
    isPaired: addition?.isPaired ?? false,
  };
  const code = /* wgsl */ `
${wgslStruct("Source", SOURCE)}
${wgslStruct("Job", JOB, [`sources: array<Source, ${layout.MOST_SOURCES}>`])}
${struct}
${
    memory({
      matrices: "vec4f",
      ...withWeights
        ? { values: aligned ? "vec4f" : "f32" }
        : { gradients: "f32" },
      ...addition?.buffers,
    }, command)
  }
/// jobs of each run, and sources of each job
override JOBS: u32;
override SOURCES: u32;
${ELEMENTARY}
${withWeights ? weight : ""}
fn jobOf(run: u32, number: u32) -> Job {
  return ${job};
}
${addition?.functions ?? ""}
/// sum + x'y, one product after the other
fn plusDot(sum: f32, x: vec4f, y: vec4f) -> f32 {
  return (((sum + x.x * y.x) + x.y * y.y) + x.z * y.z) + x.w * y.w;
}

${
    tile.kind === "shared"
      ? sharedMain(form, tile, main)
      : plainMain(form, tile, main)
  }
`;
  return {
    label: form + (activation === null ? "" : ` with ${activation}`) +
      (addition === undefined ? "" : `, ${addition.label}`),
    code,
    ...addition?.branches && { branches: addition.branches },
  };
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
