/** The jobs of product kernels: which matrices, and where. */

import { wordsOf } from "../fields.ts";
import type { Placed, Product } from "../lower.ts";
import { JOB, type ProductForm, SOURCE, type Tile } from "./kernels/product.ts";
import { tilesOf } from "./kernels/product.ts";
import { MOST_SOURCES } from "./layout.ts";

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

/** The words of a run's jobs in one dispatch, and how many tiles they have. */
export function writeJobs(
  form: ProductForm,
  jobs: readonly Product[],
  tile: Tile,
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
    });
    firstTile += tiles;
    const all = sources.map(({ a, b }) => ({
      ...{ a: a.at, aStride: a.stride, b: b.at, bStride: b.stride },
      inner: innerOf(form, a),
    }));
    const none = { a: 0, aStride: 0, b: 0, bStride: 0, inner: 0 };
    return Array.from({ length: MOST_SOURCES }, (_, i) => all[i] ?? none)
      .reduce((words, source) => [...words, ...wordsOf(SOURCE, source)], job);
  });
  return { words, tiles: firstTile };
}
