/** After which steps a run is evaluated that is held against a curve. */

import { type Counted, samplesPerStep } from "../train/samples_evaluated.ts";
import type { PublishedPoint } from "./reference.ts";

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
