/** Curves of the page: runs, or means over seeds, as lines. */

import { momentsOf } from "../../statistics/moments.ts";
import {
  type CurveColumn,
  type Curves,
  numbersOf,
  type RunRecord,
  type Split,
} from "./record/record.ts";
import type { Look } from "./looks.ts";

/** What has a line of its own: runs that differ in their seed alone, or one. */
export interface LineOfRuns extends Look {
  readonly key: string;
  readonly runs: readonly RunRecord[];
}

/** The lines of runs. @param isSingle whether each has its own */
export function linesOf(
  runs: readonly RunRecord[],
  looks: ReadonlyMap<RunRecord, Look>,
  isSingle: boolean,
): LineOfRuns[] {
  const groups = Map.groupBy(
    runs,
    ({ path, group }) => isSingle ? path : `${group}`,
  );
  return [...groups].map(([key, own]) => {
    const look = looks.get(own[0]!)!;
    const hasSeeds = isSingle &&
      runs.some(({ group, path }) => group === own[0]!.group && path !== key);
    const label = hasSeeds ? `${look.label}, seed ${own[0]!.seed}` : look.label;
    return { ...look, key, label, runs: own };
  });
}

/** A place of a curve; the band is absent where there is none. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly band?: readonly [low: number, high: number];
}

/** What a curve is of. */
export interface CurveRequest {
  readonly split: Split;
  readonly column: string;
  readonly along: "samples" | "steps";
  /** t quantiles by degrees of freedom, from 1 */
  readonly tValues: readonly number[];
}

/**
 * The curve of a line: of one run, with its extremes where it was thinned, or
 * the mean of several, with its 95 % t interval, as far as all of them go.
 */
export function curveOf(
  runs: readonly RunRecord[],
  request: CurveRequest,
): CurvePoint[] {
  const curves = runs.flatMap((run) => {
    const points = pointsOf(run[request.split], request);
    return points.length === 0 ? [] : [points];
  });
  return curves.length > 1 ? meanOf(curves, request.tValues) : curves[0] ?? [];
}

/** The curves of the same runs in the other revision, each its own. */
export function otherCurvesOf(
  runs: readonly RunRecord[],
  request: CurveRequest,
): CurvePoint[][] {
  return runs.map((run) => {
    const other = run.other?.[request.split] ?? null;
    return pointsOf(other === "same" ? run[request.split] : other, request);
  }).filter(({ length }) => length > 0);
}

function pointsOf(
  curves: Curves | null,
  { column, along }: CurveRequest,
): CurvePoint[] {
  const values = curves?.columns[column];
  if (!curves || values === undefined) return [];
  const { mean, low, high } = decoded(values);
  return curves[along].map((x, i) => ({
    x,
    y: mean[i]!,
    ...low && high && { band: [low[i]!, high[i]!] as const },
  }));
}

interface Decoded {
  readonly mean: Float32Array;
  readonly low: Float32Array | undefined;
  readonly high: Float32Array | undefined;
}

const known = new WeakMap<CurveColumn, Decoded>();

function decoded(column: CurveColumn): Decoded {
  const before = known.get(column);
  if (before !== undefined) return before;
  const { mean, low, high } = column;
  const numbers = {
    mean: numbersOf(mean),
    low: low === undefined ? undefined : numbersOf(low),
    high: high === undefined ? undefined : numbersOf(high),
  };
  known.set(column, numbers);
  return numbers;
}

/** The mean at the places of the longest curve. */
function meanOf(
  curves: readonly (readonly CurvePoint[])[],
  tValues: readonly number[],
): CurvePoint[] {
  const end = Math.min(...curves.map((points) => points.at(-1)!.x));
  const longest = curves.reduce((a, b) => b.length > a.length ? b : a);
  const walks = curves.map((points) => ({ points, at: 0 }));
  return longest.filter(({ x }) => x <= end).map(({ x }) => {
    const values = walks.map((walk) => {
      while ((walk.points[walk.at + 1]?.x ?? Infinity) <= x) walk.at += 1;
      return between(walk.points, walk.at, x);
    });
    return { x, ...meanPlace(values, tValues) };
  });
}

/** The value at x, on the line from the point `at` to the next. */
function between(points: readonly CurvePoint[], at: number, x: number): number {
  const [a, b] = [points[at]!, points[at + 1]];
  if (x <= a.x || b === undefined) return a.y;
  return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
}

/** A mean, with its interval where there are several values. */
export function meanPlace(
  values: readonly number[],
  tValues: readonly number[],
): Pick<CurvePoint, "y" | "band"> {
  const { n, mean, standardError } = momentsOf(values);
  const half = (tValues[n - 2] ?? NaN) * standardError;
  return n < 2 || Number.isNaN(half)
    ? { y: mean }
    : { y: mean, band: [mean - half, mean + half] };
}

/** The value of a curve where it is read off: at x, or the last one before. */
export function valueAt(
  points: readonly CurvePoint[],
  x: number | null,
): number | null {
  if (points.length === 0) return null;
  const after = x === null ? -1 : points.findIndex((point) => point.x > x);
  const point = points.at(after < 0 ? -1 : Math.max(0, after - 1))!;
  return Number.isFinite(point.y) ? point.y : null;
}
