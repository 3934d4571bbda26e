/** The ELBO of runs during training, as a vega-lite specification. */

import type { TopLevelSpec } from "vega-lite";
import { COLOURS, CONFIG, framed, logDomain } from "./theme.ts";
import { logTicks, max, SCHEMA } from "./theme.ts";
import type { Heading } from "./theme.ts";

/** The learning curve of one run. */
export interface Curve {
  /** name of the run, as in the legend */
  readonly run: string;
  /** minibatches of the train split, by rising `samplesSeen` */
  readonly train: readonly CurvePoint[];
  /** evaluations on the test split, by rising `samplesSeen` */
  readonly test: readonly CurvePoint[];
}

/** One value of a learning curve. */
export interface CurvePoint {
  /** training samples seen so far, repeats counted */
  readonly samplesSeen: number;
  /** nats per datapoint */
  readonly elbo: number;
}

/** Once the colours are used up, shape and dash distinguish runs as well. */
const SHAPES = ["circle", "square", "triangle-up", "diamond"];
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

/**
 * ELBO against training samples seen, one colour per run.
 *
 * The axes leave out the first steps: y begins at the values after the first
 * few per cent of the training, and x where the first curve rises above that.
 * Minibatches within 2 % of the samples seen are drawn as their mean, since
 * late in training there are more of them than columns of pixels. Values that
 * are not finite, and those at 0 samples (x is logarithmic), are left out.
 *
 * @throws {RangeError} no runs, or two of the same name
 */
export function learningCurves(
  runs: readonly Curve[],
  { title, subtitle }: Heading,
): TopLevelSpec {
  const names = runs.map(({ run }) => run);
  if (names.length === 0) throw new RangeError("no runs to draw");
  if (new Set(names).size < names.length) {
    throw new RangeError(`two runs of one name: ${names.join(", ")}`);
  }
  const curves = runs.map(({ run, train, test }) => ({
    run,
    train: average(train.filter(isDrawable)),
    test: test.filter(isDrawable),
  }));
  const y = elboDomain(curves);
  const x = samplesDomain(curves, y[0]);
  // resvg fails where a clip path hides a mark wholly, so it is not drawn.
  const touches = (points: readonly CurvePoint[]) =>
    points.some(({ elbo }) => elbo >= y[0]) &&
    points.some(({ elbo }) => elbo <= y[1]) &&
    points.some(({ samplesSeen }) => samplesSeen >= x[0]);
  const drawn = (run: string, points: readonly CurvePoint[]) =>
    touches(points) ? named(run, points) : [];
  const train = curves.flatMap((curve) => drawn(curve.run, curve.train));
  const test = curves.flatMap((curve) => drawn(curve.run, curve.test));
  const isInside = ({ samplesSeen, elbo }: CurvePoint) =>
    samplesSeen >= x[0] && elbo >= y[0] && elbo <= y[1];

  // The n-th lap through the colours.
  const laps = names.map((_, i) => Math.floor(i / COLOURS.length));
  const byRun = <T>(range: T[]) => ({
    field: "run",
    type: "nominal" as const,
    scale: { domain: names, range },
  });
  return {
    $schema: SCHEMA,
    config: CONFIG,
    title: {
      text: title,
      subtitle: [
        ...subtitle === undefined ? [] : [subtitle],
        "line with points: test split; " +
        "thin line: train minibatches, averaged where dense",
        ...curves.flatMap(({ train, test }) => [...train, ...test])
            .every(isInside)
          ? []
          : ["part of the curves lies outside the frame"],
      ],
    },
    width: 560,
    height: 340,
    encoding: {
      x: {
        field: "samplesSeen",
        type: "quantitative",
        title: "training samples seen",
        scale: { type: "log", domain: x, nice: false },
        axis: { values: logTicks(x), format: "~s", grid: false },
      },
      y: {
        field: "elbo",
        type: "quantitative",
        title: "ELBO (nats per datapoint)",
        scale: { domain: y, zero: false, nice: false },
      },
      color: byRun(names.map((_, i) => cycle(COLOURS, i))),
    },
    layer: [
      {
        data: { values: train },
        mark: { type: "line", clip: true, strokeWidth: 1, strokeOpacity: 0.4 },
      },
      {
        data: { values: test },
        mark: { type: "line", clip: true, strokeWidth: 2 },
        encoding: {
          strokeDash: byRun(laps.map((lap) => cycle(DASHES, lap))),
        },
      },
      {
        // Left out rather than clipped, which would cut those on the edge.
        data: { values: test.filter(isInside) },
        mark: { type: "point", filled: true, size: 30, opacity: 1 },
        encoding: { shape: byRun(laps.map((lap) => cycle(SHAPES, lap))) },
      },
    ],
  };
}

function isDrawable({ samplesSeen, elbo }: CurvePoint): boolean {
  return samplesSeen > 0 && samplesSeen < Infinity && Number.isFinite(elbo);
}

function named(run: string, points: readonly CurvePoint[]) {
  return points.map(({ samplesSeen, elbo }) => ({ run, samplesSeen, elbo }));
}

/**
 * The range of ELBOs to show: that of the values after the first 5 % of each
 * run, without the lowest 5 %, and not so low that one run that diverged
 * flattens the others.
 */
function elboDomain(curves: readonly Curve[]): [number, number] {
  const settled = curves.flatMap(({ train, test }) => {
    const points = [...train, ...test];
    const end = max(points.map((point) => point.samplesSeen));
    return points.filter((point) => point.samplesSeen > 0.05 * end);
  }).map((point) => point.elbo).sort((a, b) => a - b);
  const high = quantile(settled, 1);
  const spread = high - quantile(settled, 0.5);
  const low = Math.max(quantile(settled, 0.05), high - 4 * spread);
  return framed(settled.filter((elbo) => elbo >= low));
}

/**
 * Samples seen, from where the first run rises above `low` to the end. A run
 * with n values below, on the way to its best, rises above after the n-th of
 * its values: near enough, and a single spike of noise moves it by one.
 */
function samplesDomain(
  curves: readonly Curve[],
  low: number,
): [number, number] {
  const runs = curves.map(({ train, test }) =>
    [...train, ...test].sort((a, b) => a.samplesSeen - b.samplesSeen)
  ).filter((points) => points.length > 0);
  if (runs.length === 0) return [1, 10];
  const begin = Math.min(...runs.map((points) => {
    const best = max(points.map((point) => point.elbo));
    const climb = points.slice(0, points.findIndex((p) => p.elbo === best));
    const below = climb.filter((point) => point.elbo < low).length;
    return best < low ? Infinity : points[below]!.samplesSeen;
  }));
  const end = Math.max(...runs.map((points) => points.at(-1)!.samplesSeen));
  return logDomain(begin, end);
}

/** The means of the points within about 2 % of the samples seen. */
function average(points: readonly CurvePoint[]): CurvePoint[] {
  const columns = Map.groupBy(
    points,
    ({ samplesSeen }) => Math.floor(Math.log(samplesSeen) / Math.log(1.02)),
  );
  return [...columns.values()].map((column) => ({
    samplesSeen: mean(column.map((point) => point.samplesSeen)),
    elbo: mean(column.map((point) => point.elbo)),
  }));
}

function cycle<T>(items: readonly T[], i: number): T {
  return items[i % items.length]!;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** The q-quantile of sorted values; NaN where there are none. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
}
