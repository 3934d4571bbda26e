/**
 * Long curves as the few places that a screen has: of the rows of each place
 * the mean and both extremes, so that a single step that stands out is seen
 * among any number of them.
 */

/** Where the rows of each place begin, and after the last one where they end. */
export type Places = readonly number[];

/** A column of a curve, by place. */
export interface ThinColumn {
  /** NaN where a row of the place is not finite: the curve breaks there */
  readonly mean: Float32Array;
  /** of the finite rows; NaN where there is none */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** A place holds so much of the rows before it, so that a logarithmic axis has enough of them at its beginning. */
const GROWTH = 0.03;

/**
 * The places of a number of rows: single rows at first, then a fixed share of
 * the rows before, then equal parts, and the last row alone, whose value is the
 * result. They depend on the number alone: curves of equal length share them.
 *
 * @param most equal parts that all rows would have; all rows are places of
 *   their own where there are no more of them
 */
export function placesOf(rows: number, most: number): Places {
  const even = rows / most;
  const begins: number[] = [];
  for (let row = 0; row < rows - 1;) {
    begins.push(row);
    row += Math.max(1, Math.floor(Math.min(even, GROWTH * row)));
  }
  return rows === 0 ? [0] : [...begins, rows - 1, rows];
}

/** The column at the places. */
export function thinned(values: Float64Array, places: Places): ThinColumn {
  const count = places.length - 1;
  const [mean, low, high] = [
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
  ];
  for (let place = 0; place < count; place++) {
    let [sum, least, most] = [0, Infinity, -Infinity];
    for (let row = places[place]!; row < places[place + 1]!; row++) {
      const value = values[row]!;
      sum += value;
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    const length = places[place + 1]! - places[place]!;
    mean[place] = Number.isFinite(sum) ? sum / length : NaN;
    low[place] = least <= most ? least : NaN;
    high[place] = least <= most ? most : NaN;
  }
  return { mean, low, high };
}

/** The mean x of each place. */
export function meansAt(x: Float64Array, places: Places): number[] {
  return Array.from({ length: places.length - 1 }, (_, place) => {
    const rows = x.subarray(places[place]!, places[place + 1]!);
    return rows.reduce((sum, value) => sum + value, 0) / rows.length;
  });
}
