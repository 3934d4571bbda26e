/** The figures of the report: published curves and ours in the paper's axes. */

import {
  type PublishedAxes,
  publishedCurves,
  type PublishedPanel,
} from "../plot/published_curves.ts";
import type { Heading } from "../plot/theme.ts";
import { type CurvePair, METHODS } from "./aevb.ts";
import { meanCurve } from "./curves.ts";
import type { Split } from "./reference.ts";

/** The range of training samples that the paper draws. */
const X = [1e5, 1e8] as const;

/** What a figure shows, beside its curves. */
export interface FigureOptions extends Heading {
  /** what y is */
  readonly yTitle: string;
  /** the range of y in a panel, as the paper draws it */
  readonly yOf: (panel: string) => readonly [number, number];
}

/**
 * The specification of a figure with a column for each panel of the curves and
 * a row for each split.
 */
export function curvesFigure(
  curves: readonly CurvePair[],
  { yTitle, yOf, ...heading }: FigureOptions,
) {
  const titles = [...new Set(curves.map(({ panel }) => panel))];
  const isDrawn = (method: string) => curves.some((c) => c.method === method);
  const splits: readonly Split[] = ["test", "train"];
  const panels = splits.flatMap((split) =>
    titles.map((title): PublishedPanel => ({
      title: `${title}, ${split}`,
      y: yOf(title),
      lines: curves
        .filter((curve) => curve.panel === title && curve.split === split)
        .flatMap(({ method, published, ofSeeds }) => [
          { name: METHODS[method], isPublished: true, points: published },
          {
            name: METHODS[method],
            isPublished: false,
            points: meanCurve(ofSeeds),
          },
        ]),
    }))
  );
  const axes: PublishedAxes = {
    x: X,
    yTitle,
    columns: titles.length,
    names: Object.entries(METHODS)
      .map(([method, name]) => isDrawn(method) ? name : null),
  };
  return publishedCurves(panels, axes, heading);
}
