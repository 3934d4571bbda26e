/** What curves the page draws: by panel, by line, of which runs. */

import { computed, signal } from "@preact/signals";
import {
  curveOf,
  type CurvePoint,
  type LineOfRuns,
  linesOf,
  otherCurvesOf,
} from "./lines.ts";
import { facetsOf, looksOf } from "./looks.ts";
import { type Split, TERMS } from "./record/record.ts";
import * as state from "./state.ts";

/** Columns that have a panel. */
export const columns = signal<readonly string[]>(TERMS);

/** Columns that there are. */
export const offered = computed(() => {
  const names = new Set<string>(TERMS);
  for (const { test } of state.report.value.runs) {
    for (const name of Object.keys(test?.columns ?? {})) names.add(name);
  }
  return [...names];
});

/** All runs by their panels, whatever the filter leaves of them. */
export const allFacets = computed(() => facetsOf(state.report.value));

/** How they are drawn. */
export const looks = computed(() =>
  looksOf(
    allFacets.value,
    state.report.value.settings,
    state.colourBy.value,
    state.isDark.value,
  )
);

/** A line, and the runs of it that are drawn. */
export interface Shown extends LineOfRuns {
  readonly drawn: LineOfRuns["runs"];
}

/** The lines by the label of their panels. */
export const facets = computed(() => {
  const drawn = new Set(state.drawn.value);
  const isSingle = state.seeds.value === "single";
  const lines = linesOf(state.chosen.value, looks.value, isSingle)
    .map((line): Shown => ({
      ...line,
      drawn: line.runs.filter((run) => drawn.has(run)),
    }));
  return Map.groupBy(lines, ({ facet }) => facet);
});

/** Curves, and whose they are. */
export type LineCurves = readonly {
  readonly line: Shown;
  readonly points: readonly CurvePoint[];
}[];

/** The curves of a panel. */
export interface Curves {
  readonly main: LineCurves;
  /** minibatches behind the test split */
  readonly faint: LineCurves;
  /** of the other revision */
  readonly other: LineCurves;
}

/** The curves of a column, of the runs that are drawn. */
export function curvesOf(lines: readonly Shown[], column: string): Curves {
  const splits = state.splits.value;
  const { tValues } = state.report.value;
  const of = (split: Split) => {
    const request = { split, column, along: state.along.value, tValues };
    return lines.map((line) => ({ line, points: curveOf(line.drawn, request) }))
      .filter(({ points }) => points.length > 0);
  };
  const split = splits === "both" ? "test" : splits;
  const request = { split, column, along: state.along.value, tValues };
  return {
    main: of(split),
    faint: splits === "both" ? of("train") : [],
    other: lines.flatMap((line) =>
      otherCurvesOf(line.drawn, request).map((points) => ({ line, points }))
    ),
  };
}
