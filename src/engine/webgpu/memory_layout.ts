/**
 * Where the things of one run are, in words from the beginning of its part of
 * each buffer.
 */

import { isTrained, parameterShapes } from "../../model/spec.ts";
import type { ParameterShape, VaeSpec } from "../../model/spec.ts";
import { type ObjectiveSpec, traitsOf } from "../../objective/spec.ts";
import {
  type Memory,
  type Placed,
  type PlacedVectors,
  placeVectors,
} from "../lower.ts";
import type { Purpose, StepPlan } from "../step_plan.ts";
import * as layout from "./layout.ts";

/** Hands out words in rising order. */
class Allocator {
  /** first word that is not handed out */
  end = 0;

  words(count: number, alignment: number): number {
    const at = layout.roundUp(this.end, alignment);
    this.end = at + count;
    return at;
  }
}

/** A parameter among the values; its gradient and state lie alike. */
export interface PlacedParameter extends ParameterShape {
  readonly at: number;
  readonly count: number;
  readonly isTrained: boolean;
}

/** All parameters of a run, those that are trained first. */
export interface PlacedParameters {
  /** in the order of `parameterShapes` */
  readonly all: readonly PlacedParameter[];
  /** words of those that are trained */
  readonly trained: number;
  readonly words: number;
}

/** Places parameters row by row without gaps, as tfjs has them. */
export function placeParameters(spec: VaeSpec): PlacedParameters {
  const allocator = new Allocator();
  const shapes = parameterShapes(spec);
  const placed = new Map<string, PlacedParameter>();
  function place(isTrained: boolean, own: readonly ParameterShape[]): number {
    for (const { name, shape } of own) {
      const count = shape.reduce((a, b) => a * b, 1);
      const at = allocator.words(count, layout.ALIGNMENT);
      placed.set(name, { name, shape, at, count, isTrained });
    }
    // Kernels take four words at a time.
    return allocator.words(0, layout.ALIGNMENT);
  }
  const trained = place(
    true,
    shapes.filter(({ name }) => isTrained(spec, name)),
  );
  const words = place(
    false,
    shapes.filter(({ name }) => !isTrained(spec, name)),
  );
  return { all: shapes.map(({ name }) => placed.get(name)!), trained, words };
}

/** The matrices of a step, and the vectors by row and by dimension. */
export interface PlacedMatrices {
  /** their rows begin at multiples of four words, with zeros in between */
  readonly byName: ReadonlyMap<string, Placed>;
  /** in the buffer of matrices */
  readonly words: number;
  readonly vectors: PlacedVectors;
  /** the terms of the last steps, or an evaluation's sums */
  readonly log: number;
  /** for draws: which of the latent dimensions there are, 1 or 0 */
  readonly mask: number;
  /** in the buffer of terms */
  readonly termWords: number;
}

/** x of the step before, in training: see `compileStep`. */
const OTHER_X = "x/other";

/** The terms of the decoder's outputs, by pixel. */
export const OUTPUT_TERMS = "output/terms";

/** Places what a plan needs for `rows` draws of z. */
export function placeMatrices(
  { matrices }: StepPlan,
  objective: ObjectiveSpec,
  { purpose, turn, hasTerms }: {
    readonly purpose: Purpose;
    readonly turn: 0 | 1;
    /** whether `OUTPUT_TERMS` are kept */
    readonly hasTerms: boolean;
  },
): PlacedMatrices {
  const allocator = new Allocator();
  const byName = new Map<string, Placed>();
  const [rows, dims] = matrices.get("z")!;
  // The estimate of a KL is kept by draw.
  const { kl, weights } = traitsOf(objective);
  const isEstimate = kl === "at-draws" && weights === "equal";
  const x = matrices.get("x")!;
  const trains = purpose === "train";
  const more = [
    ...trains ? [[OTHER_X, x] as const] : [],
    ...hasTerms ? [[OUTPUT_TERMS, matrices.get("output")!] as const] : [],
  ];
  for (const [name, shape] of [...matrices, ...more]) {
    const [rows, columns] = name === "kl" && isEstimate
      ? matrices.get("z")!
      : shape;
    const stride = layout.roundUp(columns, 4);
    const at = allocator.words(rows * stride, 4);
    byName.set(name, { at, rows, columns, stride });
  }
  if (trains && turn === 1) {
    const [own, others] = [byName.get("x")!, byName.get(OTHER_X)!];
    byName.set("x", others).set(OTHER_X, own);
  }
  const numbers = new Allocator();
  const log = numbers.words(
    Math.max(layout.LOG_ROWS * layout.LOG_COLUMNS, 2 + dims),
    4,
  );
  const mask = numbers.words(layout.roundUp(dims, 4), 4);
  const vectors = placeVectors(
    { rows, dims },
    (count) => numbers.words(layout.roundUp(count, 4), 4),
  );
  // Every workgroup of kernels/weighed_posterior.ts has its own of these.
  const width = layout.roundUp(dims, 4);
  const workgroups = Math.ceil(x[0] * width / 4 / layout.WORKGROUP);
  const klMeans = numbers.words(2 * width * workgroups, 4);
  return {
    byName,
    words: allocator.words(0, layout.ALIGNMENT),
    vectors: { ...vectors, klMeans, klWeights: klMeans + width },
    ...{ log, mask },
    termWords: numbers.words(0, layout.ALIGNMENT),
  };
}

/** Where a run's part of each buffer begins, in words. */
export interface Offsets {
  readonly matrices: number;
  readonly values: number;
  readonly state: number;
  readonly terms: number;
}

/** The offsets of a run that is alone. */
export const NO_OFFSETS: Offsets = {
  matrices: 0,
  values: 0,
  state: 0,
  terms: 0,
};

/** Where the things of a run are among those of all runs. */
export function memoryOf(
  parameters: PlacedParameters,
  { byName, vectors, log, mask }: PlacedMatrices,
  offsets: Offsets,
): Memory {
  const moved = (placed: Placed, by: number) => ({
    ...placed,
    at: by + placed.at,
  });
  return {
    vectors: Object.fromEntries(
      Object.entries(vectors).map(([name, at]) => [name, offsets.terms + at]),
    ) as PlacedVectors,
    log: offsets.terms + log,
    mask: offsets.terms + mask,
    update: {
      count: parameters.trained,
      values: offsets.values,
      gradients: offsets.values,
      first: offsets.state,
      second: offsets.state + parameters.trained,
    },
    find(name) {
      const placed = byName.get(name);
      return placed === undefined ? null : moved(placed, offsets.matrices);
    },
    parameter(name) {
      const own = parameters.all.find((parameter) => parameter.name === name);
      if (own === undefined) throw new Error(`no parameter ${name}`);
      const [columns = 1, rows = 1] = own.shape.toReversed();
      const value = { at: own.at, rows, columns, stride: columns };
      const placed = moved(value, offsets.values);
      return { value: placed, gradient: placed };
    },
  };
}
