/** Curves of runs and of papers, at the same places. */

import type { ObtainedRun } from "./obtained.ts";
import type { PublishedPoint } from "./reference.ts";

/** A column of a run's evaluations as a curve. */
export function curveOf(
  { evaluations }: ObtainedRun,
  column: string,
): PublishedPoint[] {
  return evaluations.map((row) => ({
    samplesSeen: Number(row["samples_seen"]),
    value: Number(row[column]),
  }));
}

/**
 * The mean of the minibatches' ELBOs from each published point to the next, as
 * far as the run has evaluations at both: what such a curve is of that is
 * logged while training.
 */
export function minibatchCurve(
  { evaluations, config: { batchSize } }: ObtainedRun,
  published: readonly PublishedPoint[],
): PublishedPoint[] {
  const rows = evaluations.map((row, i) => ({
    step: Number(row["step"]),
    steps: Number(row["step"]) - Number(evaluations[i - 1]?.["step"] ?? 0),
    elbo: Number(row["minibatch_elbo"]),
  }));
  const ends = published.map((p) => Math.round(p.samplesSeen / batchSize))
    .filter((end) => rows.some(({ step }) => step === end));
  return ends.map((end, i) => {
    const part = rows.filter(({ step }) =>
      step > (ends[i - 1] ?? 0) && step <= end
    );
    const steps = part.reduce((sum, row) => sum + row.steps, 0);
    const sum = part.reduce((sum, row) => sum + row.steps * row.elbo, 0);
    return { samplesSeen: end * batchSize, value: sum / steps };
  });
}

/**
 * The value of a curve between its points, linear in the logarithm of the
 * samples; null outside of them.
 */
export function valueAt(
  points: readonly PublishedPoint[],
  samples: number,
): number | null {
  const after = points.findIndex((point) => point.samplesSeen >= samples);
  const right = points[after];
  if (right === undefined) return null;
  if (right.samplesSeen === samples) return right.value;
  const left = points[after - 1];
  if (left === undefined) return null;
  const part = Math.log(samples / left.samplesSeen) /
    Math.log(right.samplesSeen / left.samplesSeen);
  return left.value + part * (right.value - left.value);
}

/** The means of curves at places that all of them have. */
export function meanCurve(
  curves: readonly (readonly PublishedPoint[])[],
): PublishedPoint[] {
  const [first = []] = curves;
  return first.map(({ samplesSeen }, i) => ({
    samplesSeen,
    value: curves.reduce((sum, curve) => sum + curve[i]!.value, 0) /
      curves.length,
  }));
}
