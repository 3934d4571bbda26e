/** What part of the curves a figure shows. */

import type { Place } from "../plot/series_figure.ts";
import { framed, logDomain, max } from "../plot/theme.ts";

/** A curve: places by rising x, which is a number above 0. */
export type Curve = readonly { readonly x: number; readonly y: number }[];

/** The first part of a training, whose values are far from where they end. */
const SETTLING = 0.05;

/** Ends of curves widen the range to so many times of what it else is. */
const FAR = 5;

/**
 * The range of values to show: of those after the first 5 % of each curve, and
 * not so many that one that diverged flattens the others; but those at the ends
 * of curves, unless they lie very far away. Of curves in the background, which are noisy, the outermost 5 % are left out, too, on the side
 * that curves come from.
 */
export function valueRange(
  curves: readonly Curve[],
  background: readonly Curve[],
): [number, number] {
  const all = [...curves, ...background];
  const sign = all.filter(rises).length >= all.length / 2 ? 1 : -1;
  const settled = (curves: readonly Curve[]) =>
    curves.flatMap((curve) => {
      const end = max(curve.map(({ x }) => x));
      return curve.filter(({ x }) => x > SETTLING * end);
    }).map(({ y }) => sign * y).sort((a, b) => a - b);
  const [values, both] = [settled(curves), settled(all)];
  const high = quantile(both, 1);
  const spread = high - quantile(both, 0.5);
  const low = Math.max(
    Math.min(values[0] ?? Infinity, quantile(settled(background), 0.05)),
    high - 4 * spread,
  );
  const farthest = high - FAR * (high - low);
  const ends = curves.flatMap((curve) => sign * (curve.at(-1)?.y ?? NaN))
    .filter((end) => end >= farthest);
  const shown = [...both.filter((value) => value >= low), ...ends];
  return framed(shown.map((value) => sign * value));
}

function rises(curve: Curve): boolean {
  return curve.length < 2 || curve.at(-1)!.y >= curve[0]!.y;
}

/** Bands widen a range by at most this part of it, each way. */
const REACH = 0.35;

/**
 * A range with the ends of bands, as far as they leave what lies between them
 * large enough: of two runs a 95 % interval is nine times as long as their
 * distance.
 */
export function withBands(
  [low, high]: readonly [number, number],
  bands: readonly (readonly [number, number])[],
): [number, number] {
  const reach = REACH * (high - low);
  const [least, most] = framed([low, high, ...bands.flat()]);
  return bands.length === 0
    ? [low, high]
    : [Math.max(least, low - reach), Math.min(most, high + reach)];
}

/**
 * The range along x, from where the first curve enters the range of values to
 * the end. A curve with n values outside, on the way to its best, enters after
 * the n-th of its values: near enough, and a single spike of noise moves it by
 * one.
 */
export function progressRange(
  curves: readonly { readonly curve: Curve; readonly y: readonly number[] }[],
): [number, number] {
  const drawn = curves.filter(({ curve }) => curve.length > 0);
  if (drawn.length === 0) return [1, 10];
  const begin = Math.min(...drawn.map(({ curve, y: [low, high] }) => {
    const isOutside = ({ y }: { readonly y: number }) => y < low! || y > high!;
    const sign = rises(curve) ? 1 : -1;
    const best = max(curve.map(({ y }) => sign * y));
    const climb = curve.slice(0, curve.findIndex(({ y }) => sign * y === best));
    const outside = climb.filter(isOutside).length;
    return curve.every(isOutside) ? Infinity : curve[outside]!.x;
  }));
  const end = max(drawn.map(({ curve }) => curve.at(-1)!.x));
  return logDomain(Math.min(begin, end), end);
}

/** The means of the places within about 2 % of x. */
export function averaged(curve: Curve): Curve {
  const columns = Map.groupBy(
    curve,
    ({ x }) => Math.floor(Math.log(x) / Math.log(1.02)),
  );
  return [...columns.values()].map((column) => ({
    x: mean(column.map(({ x }) => x)),
    y: mean(column.map(({ y }) => y)),
  }));
}

/**
 * The places that no other is below in both: the fewest nats of distortion for
 * each rate, by rising x.
 */
export function paretoFront(
  places: readonly (Place & { readonly x: number })[],
): (Place & { readonly x: number })[] {
  const front: (Place & { readonly x: number })[] = [];
  for (const place of places.toSorted((a, b) => a.x - b.x || a.y - b.y)) {
    if (front.length === 0 || place.y < front.at(-1)!.y) front.push(place);
  }
  return front;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** The q-quantile of sorted values; Infinity where there are none. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Infinity;
}
