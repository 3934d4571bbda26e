/**
 * Where things are in the module's memory, in bytes. Matrices are float32,
 * their rows padded to whole tiles.
 */

import { UserError } from "../../errors.ts";
import { isTrained, parameterShapes, type VaeSpec } from "../../model/spec.ts";
import type { Placed, PlacedArray } from "../lower.ts";
import { FREE, TILE_COLUMNS, TILE_ROWS } from "./layout.ts";

/** Bytes that 32-bit addresses reach. */
const MOST_BYTES = 2 ** 32;
const ALIGNMENT = 64;

/** `n` up to the next multiple of `unit`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}

/** A part of memory: from `start` to before `end`. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

/** Hands out addresses in rising order. */
export class Allocator {
  /** all that was handed out, without what aligns it */
  readonly blocks: Block[] = [];
  #next: number;

  /** Hands out from `start`. */
  constructor(start: number) {
    this.#next = roundUp(start, ALIGNMENT);
  }

  /** First address that is not handed out. */
  get end(): number {
    return this.#next;
  }

  /** @throws {UserError} 32-bit addresses do not reach so far */
  bytes(count: number): number {
    const address = this.#next;
    this.#next = roundUp(address + count, ALIGNMENT);
    if (this.#next > MOST_BYTES) {
      throw new UserError(
        "the wasm engine needs more than the 4 GiB of memory that it can " +
          "address; take smaller layers, a smaller batch, or fewer samples",
      );
    }
    this.blocks.push({ start: address, end: address + count });
    return address;
  }

  /** Room for a matrix whose tiles may end beyond its last row and column. */
  matrix([rows, columns]: readonly [number, number]): Placed {
    const stride = 4 * roundUp(columns, TILE_COLUMNS);
    const at = this.bytes(roundUp(rows, TILE_ROWS) * stride);
    return { at, rows, columns, stride };
  }

  /** Room for so many floats, whose last may be written as eight. */
  floats(count: number): number {
    return this.bytes(4 * roundUp(count, 8));
  }
}

/** One parameter array, its gradient and its optimiser's arrays. */
export interface PlacedParameter extends PlacedArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** Adagrad's sum, Adam's two moments; empty where it is not trained */
  readonly state: readonly Placed[];
}

/** All parameters, side by side, so that an update runs over one array. */
export interface PlacedParameters {
  readonly all: readonly PlacedParameter[];
  readonly byName: ReadonlyMap<string, PlacedParameter>;
  /** of the trained parameters: where their arrays begin */
  readonly values: number;
  readonly gradients: number;
  readonly state: readonly number[];
  /** floats in each of those arrays */
  readonly count: number;
  /** first free address behind */
  readonly end: number;
  /** of each array */
  readonly blocks: readonly Block[];
  /** of all values, all gradients and so on: what an update runs over */
  readonly updated: readonly Block[];
}

/** Places parameters, gradients and `states` optimiser arrays. */
export function placeParameters(
  spec: VaeSpec,
  states: number,
): PlacedParameters {
  const shapes = parameterShapes(spec);
  const trained = shapes.filter(({ name }) => isTrained(spec, name));
  const others = shapes.filter(({ name }) => !isTrained(spec, name));
  const allocator = new Allocator(FREE);
  const place = (parameters: typeof shapes) =>
    new Map(parameters.map(({ name, shape }) => {
      const [rows, columns] = shape.length === 2
        ? shape as [number, number]
        : [1, shape[0] ?? 1];
      return [name, allocator.matrix([rows, columns])];
    }));

  const blocks = Array.from({ length: 2 + states }, () => {
    const start = allocator.end;
    const placed = place(trained);
    return { start, placed, bytes: allocator.end - start };
  });
  const untrained = place(others);
  const untrainedGradients = place(others);
  const all = shapes.map(({ name, shape }): PlacedParameter => ({
    name,
    shape,
    value: blocks[0]!.placed.get(name) ?? untrained.get(name)!,
    gradient: blocks[1]!.placed.get(name) ?? untrainedGradients.get(name)!,
    state: blocks.slice(2).flatMap(({ placed }) => placed.get(name) ?? []),
  }));
  return {
    all,
    byName: new Map(all.map((parameter) => [parameter.name, parameter])),
    values: blocks[0]!.start,
    gradients: blocks[1]!.start,
    state: blocks.slice(2).map(({ start }) => start),
    count: blocks[0]!.bytes / 4,
    end: allocator.end,
    blocks: allocator.blocks,
    updated: blocks.map(({ start, bytes }) => ({ start, end: start + bytes })),
  };
}

/** Copies a matrix into its place, without touching the padding. */
export function writeMatrix(
  memory: ArrayBufferLike,
  { at, rows, columns, stride }: Placed,
  values: ArrayLike<number>,
): void {
  const floats = new Float32Array(memory);
  const source = values instanceof Float32Array
    ? values
    : Float32Array.from(values);
  for (let i = 0; i < rows; i++) {
    floats.set(
      source.subarray(i * columns, (i + 1) * columns),
      (at + i * stride) / 4,
    );
  }
}

/** Copies a matrix out of its place. */
export function readMatrix(
  memory: ArrayBufferLike,
  { at, rows, columns, stride }: Placed,
): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(memory);
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const start = (at + i * stride) / 4;
    out.set(floats.subarray(start, start + columns), i * columns);
  }
  return out;
}
