/** Published and obtained curves in the paper's axes, for vega-lite. */

import type { TopLevelSpec } from "vega-lite";
import { COLOURS, LINES_CONFIG, logTicks, SCHEMA } from "./theme.ts";
import type { Heading } from "./theme.ts";

/** One line of a panel. */
export interface PublishedLine {
  /** its name in the legend, such as `AEVB` */
  readonly name: string;
  /** the paper's curves are dashed */
  readonly isPublished: boolean;
  /** by rising `samples` */
  readonly points: readonly {
    readonly samples: number;
    readonly value: number;
    /** where the band around the line begins and ends; absent: there is none */
    readonly range?: readonly [number, number];
  }[];
}

/** A panel of the figure. */
export interface PublishedPanel {
  readonly title: string;
  readonly lines: readonly PublishedLine[];
  /** the range of y */
  readonly y: readonly [number, number];
}

/** Axes that all panels share, and their number in a row. */
export interface PublishedAxes {
  /** the range of training samples evaluated */
  readonly x: readonly [number, number];
  /** what y is, with its unit */
  readonly yTitle: string;
  readonly columns: number;
  /**
   * names of the lines, in the order of the legend; null: one that has a colour
   * in other figures, and is not in this one
   */
  readonly names: readonly (string | null)[];
}

/**
 * Panels of curves against training samples evaluated, with x logarithmic.
 * Points outside the axes are left out, as a clipped line may not be painted.
 *
 * @throws {RangeError} no panels
 */
export function publishedCurves(
  panels: readonly PublishedPanel[],
  { x, yTitle, columns, names }: PublishedAxes,
  { title, subtitle }: Heading,
): TopLevelSpec {
  if (panels.length === 0) throw new RangeError("no panels to draw");
  const styles = names.flatMap((name, i) =>
    name === null ? [] : [
      { line: `${name}, published`, colour: COLOURS[i]!, dash: [3, 2] },
      { line: `${name}, obtained`, colour: COLOURS[i]!, dash: [1, 0] },
    ]
  );
  const legend = {
    orient: "bottom" as const,
    symbolType: "stroke" as const,
    columns: 2,
  };
  const domain = styles.map(({ line }) => line);
  const yOf = (i: number, y: PublishedPanel["y"]) => ({
    type: "quantitative" as const,
    title: i % columns === 0 ? yTitle : null,
    scale: { domain: [...y], zero: false, nice: false },
  });
  return {
    $schema: SCHEMA,
    config: LINES_CONFIG,
    title: {
      text: title,
      ...(subtitle === undefined ? {} : { subtitle }),
    },
    spacing: 20,
    columns,
    concat: panels.map(({ title, lines, y }, i) => ({
      title: { text: title, fontSize: 12, fontWeight: "normal" as const },
      width: 170,
      height: 200,
      data: {
        values: lines.flatMap(({ name, isPublished, points }, at) =>
          points.filter(({ samples, value }) =>
            samples >= x[0] && samples <= x[1] && value >= y[0] &&
            value <= y[1]
          ).map(({ samples, value, range }) => ({
            line: `${name}, ${isPublished ? "published" : "obtained"}`,
            at,
            samples,
            value,
            ...range !== undefined && {
              low: Math.max(y[0], range[0]),
              high: Math.min(y[1], range[1]),
            },
          }))
        ),
      },
      encoding: {
        x: {
          field: "samples",
          type: "quantitative" as const,
          title: "training samples evaluated",
          scale: { type: "log" as const, domain: [...x], nice: false },
          axis: { values: logTicks(x), format: "~s", grid: false },
        },
        color: {
          field: "line",
          type: "nominal" as const,
          scale: { domain, range: styles.map(({ colour }) => colour) },
          legend,
        },
        // Lines of one name are apart.
        detail: { field: "at", type: "nominal" as const },
      },
      layer: [
        {
          transform: [{ filter: "isValid(datum.low)" }],
          mark: { type: "area" as const, opacity: 0.25 },
          encoding: {
            y: { ...yOf(i, y), field: "low" },
            y2: { field: "high" },
          },
        },
        {
          mark: { type: "line" as const, strokeWidth: 1.8 },
          encoding: {
            y: { ...yOf(i, y), field: "value" },
            strokeDash: {
              field: "line",
              type: "nominal" as const,
              scale: { domain, range: styles.map(({ dash }) => dash) },
              legend,
            },
          },
        },
      ],
    })),
  };
}
