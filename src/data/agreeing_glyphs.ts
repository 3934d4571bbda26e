/** Glyphs that agree in one factor, for FactorVAE's score. */

import { stream } from "../random/stream.ts";
import type { Examples } from "./dataset.ts";
import { drawFactors, GLYPH_LABELS, renderGlyph } from "./glyphs.ts";

/** The first row of all groups: no split of a data set has so many. */
const FIRST_ROW = 2 ** 33;

/** The part of the stream that chooses the factor; those below draw factors. */
const CHOICE = 64;

/** Rows of the same value of one factor. */
export interface AgreeingGlyphs {
  /** its place among {@linkcode GLYPH_LABELS} */
  readonly factor: number;
  /** grey levels */
  readonly examples: Examples;
  /** the number of the first row, of which no other group has any */
  readonly firstRow: number;
}

/**
 * A group of glyphs. One of the labelled factors is chosen, and has the value
 * of the group's first row in all; the others, and the jitter, are drawn anew
 * for each row.
 *
 * @param seed of all draws
 * @param group which of the groups of a seed
 * @param count rows in each
 */
export function agreeingGlyphs(
  seed: number,
  group: number,
  count: number,
): AgreeingGlyphs {
  const firstRow = FIRST_ROW + group * count;
  const [draw] = stream(seed, "data", firstRow, CHOICE).uniforms(1);
  const factor = Math.floor(GLYPH_LABELS.length * draw!);
  const name = GLYPH_LABELS[factor]!;
  const shared = drawFactors(seed, firstRow);
  const images = Array.from(
    { length: count },
    (_, i) =>
      renderGlyph({
        ...drawFactors(seed, firstRow + i),
        [name]: shared[name],
      }),
  );
  const dim = images[0]!.length;
  const values = new Uint8Array(count * dim);
  images.forEach((image, i) => values.set(image, i * dim));
  return { factor, examples: { count, dim, values }, firstRow };
}
