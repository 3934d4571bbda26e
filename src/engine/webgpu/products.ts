/** The jobs of product kernels: which matrices, and where. */

import type { Operation } from "../operations.ts";
import { type Tile, tilesOf } from "./kernels/product.ts";
import * as layout from "./layout.ts";
import type { PlacedMatrix, PlacedParameter } from "./memory_layout.ts";

/** One product that is added to a job's sums. */
export interface Source {
  readonly a: number;
  readonly aStride: number;
  readonly b: number;
  readonly bStride: number;
  /** values that each sum runs over */
  readonly inner: number;
}

/** A job without its tiles; see `kernels/product.ts`. */
export interface JobShape {
  readonly rows: number;
  readonly columns: number;
  readonly output: number;
  readonly outputStride: number;
  readonly extra: number;
  readonly extraStride: number;
  readonly sources: readonly Source[];
}

/** Finds matrices and parameters by their names. */
export interface Places {
  matrix(name: string): PlacedMatrix;
  parameter(name: string): PlacedParameter;
}

/** The job of an operation that is a product. */
export function jobOf(
  operation: Operation,
  { matrix, parameter }: Places,
): JobShape {
  switch (operation.kind) {
    case "affine": {
      const input = matrix(operation.input);
      const output = matrix(operation.output);
      const weight = parameter(`${operation.layer}/weight`);
      return {
        rows: output.rows,
        columns: output.columns,
        output: output.at,
        outputStride: output.stride,
        extra: parameter(`${operation.layer}/bias`).at,
        extraStride: 0,
        sources: [{
          a: input.at,
          aStride: input.stride,
          b: weight.at,
          bStride: weight.shape[1]!,
          inner: input.columns,
        }],
      };
    }
    case "input-gradient": {
      const output = matrix(operation.output);
      const values = matrix(operation.activated?.values ?? operation.output);
      return {
        rows: output.rows,
        columns: output.columns,
        output: output.at,
        outputStride: output.stride,
        extra: values.at,
        extraStride: values.stride,
        sources: operation.from.map(({ layer, gradient }) => {
          const from = matrix(gradient);
          const weight = parameter(`${layer}/weight`);
          return {
            a: from.at,
            aStride: from.stride,
            b: weight.at,
            bStride: weight.shape[1]!,
            inner: from.columns,
          };
        }),
      };
    }
    case "layer-gradient": {
      const input = matrix(operation.input);
      const from = matrix(operation.gradient);
      return {
        // and one for the bias
        rows: input.columns + 1,
        columns: from.columns,
        output: parameter(`${operation.layer}/weight`).at,
        outputStride: from.columns,
        extra: parameter(`${operation.layer}/bias`).at,
        extraStride: 0,
        sources: [{
          a: input.at,
          aStride: input.stride,
          b: from.at,
          bStride: from.stride,
          inner: from.rows,
        }],
      };
    }
    default:
      throw new Error(`${operation.kind} is no product`);
  }
}

/** The words of a run's jobs in one dispatch, and how many tiles they have. */
export function writeJobs(
  jobs: readonly JobShape[],
  tile: Tile,
): { words: number[]; tiles: number } {
  let firstTile = 0;
  const words = jobs.flatMap((job) => {
    const tiles = tilesOf(tile, job.rows, job.columns);
    const own = [
      ...[job.rows, job.columns, firstTile, tiles],
      ...[job.output, job.outputStride, job.extra, job.extraStride],
      ...job.sources.flatMap(({ a, aStride, b, bStride, inner }) =>
        padded([a, aStride, b, bStride, inner], layout.SOURCE_WORDS)
      ),
    ];
    firstTile += tiles;
    return padded(own, layout.JOB_WORDS);
  });
  return { words, tiles: firstTile };
}

function padded(words: number[], length: number): number[] {
  return [...words, ...Array(length - words.length).fill(0)];
}
