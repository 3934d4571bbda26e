/** What parts of the curves panels show, as figures choose it. */

import { progressRange, valueRange, withBands } from "../../figures/frame.ts";
import { framed, logDomain } from "../../plot/theme.ts";
import type { Curves, LineCurves } from "./drawn_curves.ts";
import type { NumberAxis } from "../scales.ts";
import * as state from "./state.ts";

/** The range of values as figures have it. */
export function rangeOf(
  { main, faint, other }: Curves,
): readonly [number, number] {
  const finite = (curves: LineCurves) =>
    curves.map(({ points }) =>
      points.filter(({ x, y }) => x > 0 && Number.isFinite(y))
    ).filter(({ length }) => length > 0);
  const curves = finite([...main, ...other]);
  if (curves.length === 0) return [-1, 0];
  const isMean = state.splits.value !== "train";
  const bands = isMean
    ? curves.flat().flatMap(({ band }) =>
      band?.every(Number.isFinite) ? [band] : []
    )
    : [];
  return withBands(valueRange(curves, finite(faint)), bands);
}

/** The x axis, from where the first curve is in sight to the end. */
export function xAxisOf(
  all: readonly Curves[],
  ranges: readonly (readonly [number, number])[],
): NumberAxis {
  const isLog = state.logAxes.value.x;
  const kind = isLog ? "log" : "linear";
  if (state.zoom.value !== null) {
    const [low, high] = state.zoom.value;
    const least = high * 1e-7;
    return { kind, domain: isLog ? [Math.max(low, least), high] : [low, high] };
  }
  const curves = all.flatMap(({ main, faint, other }, i) =>
    [...main, ...faint, ...other].map(({ points }) => ({
      curve: points.filter(({ x, y }) => x > 0 && Number.isFinite(y)),
      y: ranges[i]!,
    }))
  );
  if (isLog) return { kind, domain: progressRange(curves) };
  const ends = curves.map(({ curve }) => curve.at(-1)?.x ?? 0);
  return { kind, domain: [0, Math.max(1, ...ends)] };
}

/** The usual range of values, or all that lies in the part that is zoomed to. */
export function yAxisOf(
  { main, faint, other }: Curves,
  range: readonly [number, number],
  { domain: [begin, end] }: NumberAxis,
): NumberAxis {
  const inView = [...main, ...faint, ...other].flatMap(({ points }) =>
    points.filter(({ x, y }) => x >= begin && x <= end && Number.isFinite(y))
      .map(({ y }) => y)
  );
  const whole = state.zoom.value !== null && inView.length > 0
    ? framed(inView)
    : range;
  if (!state.logAxes.value.y) return { kind: "linear", domain: whole };
  // Values of one sign have a logarithm, or that of their size.
  const seen = inView.filter((y) => y >= whole[0] && y <= whole[1]);
  const sign = seen.every((y) => y < 0) ? -1 : 1;
  if (seen.length === 0 || seen.some((y) => sign * y <= 0)) {
    return { kind: "linear", domain: whole };
  }
  const sizes = seen.map((y) => sign * y);
  const [low, high] = logDomain(Math.min(...sizes), Math.max(...sizes));
  return {
    kind: "log",
    domain: sign > 0 ? [low / 1.03, high * 1.03] : [-high * 1.03, -low / 1.03],
  };
}
