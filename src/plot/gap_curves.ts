/** ELBO and log p(x) during training, as a vega-lite specification. */

import type { TopLevelSpec } from "vega-lite";
import { fitted } from "./fitted.ts";
import { notebookFigure } from "./notebook_figure.ts";
import type { Panel, Series } from "./series_figure.ts";
import { framed, type Heading, logDomain } from "./theme.ts";

/** The gap of one run. */
export interface GapCurve {
  /** the heading of the run's panel */
  readonly run: string;
  /** evaluations by rising `samplesSeen`, which is above 0 */
  readonly points: readonly GapPoint[];
}

/** One evaluation; log terms in nats per datapoint. */
export interface GapPoint {
  /** training samples seen so far, repeats counted */
  readonly samplesSeen: number;
  /** E_q[log p(x|z)] - KL(q(z|x) || p(z)) */
  readonly elbo: number;
  /** log p(x) under the run's model */
  readonly logLikelihood: number;
}

/** The lines of a panel, in the order of the legend. */
const LINES = [
  "ELBO",
  "log p(x), the trained model",
  "log p(x), the model that drew the data",
] as const;

/** Of a page's two columns, in units of the SVG. */
const WIDTH = 648;

/** Panels beside each other. */
const MOST_COLUMNS = 3;

/**
 * One panel per run, all on one scale: the ELBO, the model's exact log p(x)
 * above it, the gap KL(q(z|x) || p(z|x)) shaded between the two, and the log
 * likelihood of the model that drew the data.
 *
 * The scale frames the second half of each run's evaluations. Notebooks show
 * the figure.
 *
 * @throws {RangeError} no runs, or one without points
 */
export async function gapCurves(
  runs: readonly GapCurve[],
  dataLogLikelihood: number,
  { title, subtitle }: Heading,
): Promise<TopLevelSpec> {
  if (runs.length === 0) throw new RangeError("no runs to draw");
  for (const { run, points } of runs) {
    if (points.length === 0) throw new RangeError(`${run} has no points`);
  }
  const late = runs.flatMap(({ points }) =>
    points.slice(Math.floor(points.length / 2))
  );
  const y = framed([
    dataLogLikelihood,
    ...late.flatMap((point) => [point.elbo, point.logLikelihood]),
  ]);
  const samples = runs.flatMap(({ points }) =>
    points.map(({ samplesSeen }) => samplesSeen)
  );
  const x = logDomain(Math.min(...samples), Math.max(...samples));
  const rows = Math.ceil(runs.length / MOST_COLUMNS);
  return notebookFigure(
    await fitted({
      title,
      subtitle: [
        ...subtitle === undefined ? [] : [subtitle],
        "test split; shaded: the gap, KL(q(z|x) || p(z|x))",
      ].join("; "),
      notes: runs.some(({ points }) => points.some(({ elbo }) => elbo < y[0]))
        ? ["part of the curves lies outside the frame"]
        : [],
      xTitle: "training samples seen",
      x: { kind: "log", domain: x },
      panels: runs.map(({ run, points }): Panel => ({
        ...runs.length > 1 && { title: run },
        yTitle: "nats per datapoint",
        y: { kind: "linear", domain: y },
        series: linesOf(points, dataLogLikelihood),
      })),
      colours: { entries: LINES },
      dashes: [""],
    }, { width: WIDTH, columns: Math.ceil(runs.length / rows) }),
  );
}

function linesOf(
  points: readonly GapPoint[],
  dataLogLikelihood: number,
): Series[] {
  const [elbo, model, data] = LINES;
  const line = (
    colour: string,
    place: (point: GapPoint) => Omit<Series["points"][number], "x">,
  ): Series => ({
    ...{ colour, dash: "", isMean: true },
    points: points.map((point) => ({ x: point.samplesSeen, ...place(point) })),
  });
  return [
    line(elbo, (point) => ({ y: point.elbo })),
    line(model, (point) => ({
      y: point.logLikelihood,
      band: [point.elbo, point.logLikelihood],
    })),
    line(data, () => ({ y: dataLogLikelihood })),
  ];
}
