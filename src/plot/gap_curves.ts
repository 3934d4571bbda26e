/** ELBO and log p(x) during training, as a vega-lite specification. */

import type { TopLevelSpec } from "vega-lite";
import { notebookFigure } from "./notebook_figure.ts";
import { COLOURS, framed, LINES_CONFIG, logDomain } from "./theme.ts";
import { logTicks, SCHEMA } from "./theme.ts";
import type { Heading } from "./theme.ts";

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

const ELBO = "ELBO";
const MODEL = "log p(x), the trained model";
const DATA = "log p(x), the model that drew the data";

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
export function gapCurves(
  runs: readonly GapCurve[],
  dataLogLikelihood: number,
  { title, subtitle }: Heading,
): TopLevelSpec {
  if (runs.length === 0) throw new RangeError("no runs to draw");
  for (const { run, points } of runs) {
    if (points.length === 0) throw new RangeError(`${run} has no points`);
  }
  const late = runs.flatMap(({ points }) =>
    points.slice(Math.floor(points.length / 2))
  );
  const low = framed([
    dataLogLikelihood,
    ...late.flatMap((point) => [point.elbo, point.logLikelihood]),
  ]);
  const x = {
    field: "samplesSeen",
    type: "quantitative" as const,
    title: "training samples seen",
  };
  const y = {
    type: "quantitative" as const,
    title: "nats per datapoint",
    scale: { domain: low, zero: false, nice: false },
  };
  const color = {
    field: "line",
    type: "nominal" as const,
    scale: {
      domain: [ELBO, MODEL, DATA],
      range: [COLOURS[0]!, COLOURS[1]!, "#000000"],
    },
    legend: { orient: "bottom" as const, symbolType: "stroke" as const },
  };
  return notebookFigure({
    $schema: SCHEMA,
    config: LINES_CONFIG,
    title: {
      text: title,
      subtitle: [
        ...subtitle === undefined ? [] : [subtitle],
        "test split; shaded: the gap, KL(q(z|x) || p(z|x))",
      ],
    },
    spacing: 28,
    hconcat: runs.map(({ run, points }) => {
      const [first, last] = [points[0]!, points.at(-1)!];
      const domain = logDomain(first.samplesSeen, last.samplesSeen);
      const samples = {
        ...x,
        scale: { type: "log" as const, domain, nice: false },
        axis: { values: logTicks(domain), format: "~s", grid: false },
      };
      const line = (name: string, value: (point: GapPoint) => number) =>
        points.map((point) => ({
          line: name,
          samplesSeen: point.samplesSeen,
          value: value(point),
        }));
      return {
        title: { text: run, fontSize: 12, fontWeight: "normal" as const },
        width: 190,
        height: 260,
        layer: [
          {
            data: { values: [...points] },
            mark: {
              type: "area" as const,
              clip: true,
              color: COLOURS[1]!,
              opacity: 0.2,
            },
            encoding: {
              x: samples,
              y: { ...y, field: "elbo" },
              y2: { field: "logLikelihood" },
            },
          },
          {
            data: {
              values: [
                ...line(ELBO, (point) => point.elbo),
                ...line(MODEL, (point) => point.logLikelihood),
                ...line(DATA, () => dataLogLikelihood),
              ],
            },
            mark: {
              type: "line" as const,
              clip: true,
              strokeWidth: 1.8,
              point: { size: 10 },
            },
            encoding: { x: samples, y: { ...y, field: "value" }, color },
          },
        ],
      };
    }),
  });
}
