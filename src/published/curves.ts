/** Curves of runs and of papers, at the same places. */

import { type Counted, samplesPerStep } from "../train/samples_evaluated.ts";
import type { ObtainedRun } from "./obtained.ts";
import type { PublishedPoint } from "./reference.ts";

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
 * The mean of the minibatches' ELBOs from each published point to the next, as
 * far as the run has evaluations at both: what such a curve is of that is
 * logged while training.
 *
 * A run that ends between two published points has a last one there. The mean
 * since the first of them has as much of it as the published curve, between its
 * points, has of the second: see {@linkcode curveAt}.
 */
export function minibatchCurve(
  { evaluations, config }: ObtainedRun,
  published: readonly PublishedPoint[],
): PublishedPoint[] {
  const perStep = samplesPerStep(config);
  const rows = evaluations.map((row, i) => ({
    step: Number(row["step"]),
    steps: Number(row["step"]) - Number(evaluations[i - 1]?.["step"] ?? 0),
    elbo: Number(row["minibatch_elbo"]),
  }));
  const ends = published.map((p) => Math.round(p.samples / perStep))
    .filter((end) => rows.some(({ step }) => step === end));
  const pointAt = (end: number, after: number): PublishedPoint => {
    const part = rows.filter(({ step }) => step > after && step <= end);
    const steps = part.reduce((sum, row) => sum + row.steps, 0);
    const sum = part.reduce((sum, row) => sum + row.steps * row.elbo, 0);
    return { samples: end * perStep, value: sum / steps };
  };
  const points = ends.map((end, i) => pointAt(end, ends[i - 1] ?? 0));
  const left = points.at(-1);
  const last = rows.at(-1)?.step ?? 0;
  const next = published.find((p) => p.samples / perStep > last);
  if (left === undefined || next === undefined || last === ends.at(-1)) {
    return points;
  }
  const { samples, value } = pointAt(last, ends.at(-1)!);
  const end = curveAt([left, { ...next, value }], samples)!;
  return [...points, { samples, value: end }];
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

/** The means of curves at places that all of them have. */
export function meanCurve(
  curves: readonly (readonly PublishedPoint[])[],
): PublishedPoint[] {
  const [first = []] = curves;
  return first.flatMap(({ samples }) => {
    const values = curves.flatMap((curve) =>
      curve.filter((point) => point.samples === samples)
        .map(({ value }) => value)
    );
    if (values.length < curves.length) return [];
    const sum = values.reduce((sum, value) => sum + value, 0);
    return [{ samples, value: sum / curves.length }];
  });
}

/** Training samples at which curves are compared: 1, 2, 5 times powers of ten. */
export function marks(most: number): number[] {
  const decades = Array.from({ length: 6 }, (_, i) => 10 ** (i + 4));
  return decades.flatMap((decade) => [decade, 2 * decade, 5 * decade])
    .filter((mark) => mark <= most);
}

/**
 * The steps nearest to the points of the curves and to the {@linkcode marks},
 * as far as the run goes, and its last.
 */
export function stepsAtPoints(
  curves: readonly { readonly points: readonly PublishedPoint[] }[],
  config: Counted,
): number[] {
  const { steps } = config;
  const perStep = samplesPerStep(config);
  const places = [
    ...marks(steps * perStep),
    ...curves.flatMap(({ points }) => points.map((p) => p.samples)),
  ].map((samples) => Math.round(samples / perStep));
  return [...new Set([...places, steps])]
    .filter((step) => step >= 1 && step <= steps)
    .sort((a, b) => a - b);
}
