/** Curves of runs and of papers, at the same places. */

import { type Counted, samplesPerStep } from "../train/samples_evaluated.ts";
import type { ObtainedRun } from "./obtained.ts";
import type { Figure2Point, PublishedPoint } from "./reference.ts";

export function curveOf(
  { evaluations, config }: ObtainedRun,
  column: string,
): PublishedPoint[] {
  return evaluations.map((row) => ({
    samples: Number(row["step"]) * samplesPerStep(config),
    value: Number(row[column]),
  }));
}

/**
 * The means of the minibatches' ELBOs between the paper's evaluations, at those
 * of its points where the run has one, too, and at the run's end. Each is of one
 * interval of the paper, even where its figure has left out the points before.
 *
 * A row of eval.csv that begins before the interval counts for the part in it.
 */
export function minibatchCurve(
  { evaluations, config }: ObtainedRun,
  published: readonly Figure2Point[],
): PublishedPoint[] {
  const perStep = samplesPerStep(config);
  const rows = evaluations.map((row, i) => ({
    begin: Number(evaluations[i - 1]?.["step"] ?? 0),
    end: Number(row["step"]),
    elbo: Number(row["minibatch_elbo"]),
  }));
  const meanOf = (after: number, upTo: number): number => {
    const parts = rows.map(({ begin, end, elbo }) => ({
      steps: Math.max(0, Math.min(end, upTo) - Math.max(begin, after)),
      elbo,
    }));
    const sum = parts.reduce((sum, { steps, elbo }) => sum + steps * elbo, 0);
    return sum / parts.reduce((sum, { steps }) => sum + steps, 0);
  };
  const points = published.flatMap(({ samples, since }) => {
    const end = Math.round(samples / perStep);
    return rows.some((row) => row.end === end)
      ? [{ samples: end * perStep, value: meanOf(since / perStep, end) }]
      : [];
  });
  const last = rows.at(-1)?.end ?? 0;
  const next = published.find(({ samples }) => samples / perStep > last);
  if (next === undefined || points.at(-1)?.samples === last * perStep) {
    return points;
  }
  const interval = (next.samples - next.since) / perStep;
  const value = meanOf(Math.max(0, last - interval), last);
  return [...points, { samples: last * perStep, value }];
}

/**
 * The value of a curve between its points, linear in the logarithm of the
 * samples; null outside of them.
 */
export function curveAt(
  points: readonly PublishedPoint[],
  samples: number,
): number | null {
  const after = points.findIndex((point) => point.samples >= samples);
  const right = points[after];
  if (right === undefined) return null;
  if (right.samples === samples) return right.value;
  const left = points[after - 1];
  if (left === undefined) return null;
  const part = Math.log(samples / left.samples) /
    Math.log(right.samples / left.samples);
  return left.value + part * (right.value - left.value);
}

/** A point of the mean of curves. */
export interface MeanPoint extends PublishedPoint {
  /** the lowest and the highest value; absent where there is one curve */
  readonly range?: readonly [number, number];
}

/** The means of curves, and their ranges, at places that all of them have. */
export function meanCurve(
  curves: readonly (readonly PublishedPoint[])[],
): MeanPoint[] {
  const [first = []] = curves;
  return first.flatMap(({ samples }): MeanPoint[] => {
    const values = curves.flatMap((curve) =>
      curve.filter((point) => point.samples === samples)
        .map(({ value }) => value)
    );
    const { length } = values;
    if (length < curves.length) return [];
    const value = values.reduce((sum, value) => sum + value, 0) / length;
    return length === 1
      ? [{ samples, value }]
      : [{ samples, value, range: [Math.min(...values), Math.max(...values)] }];
  });
}

/** Training samples at which curves are compared: 1, 2, 5 times powers of ten. */
export function marks(most: number): number[] {
  const decades = Array.from({ length: 6 }, (_, i) => 10 ** (i + 4));
  return decades.flatMap((decade) => [decade, 2 * decade, 5 * decade])
    .filter((mark) => mark <= most);
}

/**
 * The steps nearest to the points of the curves, to the evaluations before them
 * where these are known, and to the {@linkcode marks}, as far as the run goes,
 * and its last.
 */
export function stepsAtPoints(
  curves: readonly {
    readonly points: readonly (PublishedPoint | Figure2Point)[];
  }[],
  config: Counted,
): number[] {
  const { steps } = config;
  const perStep = samplesPerStep(config);
  const places = [
    ...marks(steps * perStep),
    ...curves.flatMap(({ points }) =>
      points.flatMap((point) =>
        "since" in point ? [point.since, point.samples] : [point.samples]
      )
    ),
  ].map((samples) => Math.round(samples / perStep));
  return [...new Set([...places, steps])]
    .filter((step) => step >= 1 && step <= steps)
    .sort((a, b) => a - b);
}
