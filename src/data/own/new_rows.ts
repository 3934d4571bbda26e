/** Rows that a model was not trained on, as it takes its data. */

import type { Dataset, Examples } from "../dataset.ts";
import type { OwnFacts } from "./own.ts";
import { readSource } from "./read.ts";
import { formatShape, product, refuse } from "./sheet.ts";

/**
 * Reads rows in the form of a data set: the same columns, by their names if it
 * has some, the same size of images, and values in the user's units. Bytes are
 * grey levels where the data set's are. Labels are not read.
 *
 * @param own settings of the user's own data; undefined: they are built in
 * @throws {UserError} there is no such file, or its rows are not of that form
 */
export function readNewRows(
  path: string,
  { columns, dim, image, units, train: { masked } }: Dataset,
  own: OwnFacts | undefined,
): Examples {
  const { sheets } = readSource(path, {
    columns: columns ?? own?.columns ?? null,
    labels: null,
    resize: own?.resize,
    missing: own?.missing,
  });
  if (!("count" in sheets)) {
    refuse(path, "it has two splits; name one of them itself");
  }
  const { count, shape, values } = sheets;
  const { height = dim, width = 1, channels = 1 } = image ?? {};
  const isSame = shape.length === 1
    ? shape[0] === dim
    : product(shape) === dim &&
      formatShape([...shape, 1].slice(0, 3)) ===
        formatShape([height, width, channels]);
  if (!isSame) {
    const wanted = image === null ? `${dim}` : `${height}x${width}x${channels}`;
    refuse(path, `rows are ${formatShape(shape)}, and the model's ${wanted}`);
  }
  const areBits = values.every((value) => value === 0 || value === 1);
  const { offset = [0], factor = [1] } = units ??
    (values instanceof Uint8Array && !areBits ? { factor: [255] } : {});
  return {
    count,
    dim,
    values: Float32Array.from(
      values,
      (value, i) =>
        (value - offset[i % offset.length]!) / factor[i % factor.length]!,
    ),
    ...masked && { masked },
  };
}
