/** The means of q(z|x) in two latent dimensions, as a vega-lite specification. */

import type { TopLevelSpec } from "vega-lite";
import { notebookFigure } from "./notebook_figure.ts";
import { COLOURS, CONFIG, SCHEMA } from "./theme.ts";
import type { Heading } from "./theme.ts";

/** What the points are coloured by. */
export type PointLabels =
  | {
    /** the heading of the legend */
    readonly name: string;
    /** a word for each point */
    readonly words: readonly string[];
    /** the words in the order of the legend */
    readonly order: readonly string[];
  }
  | {
    readonly name: string;
    /** a number for each point */
    readonly numbers: ArrayLike<number>;
  };

/** One axis: what it is, and each point's place on it. */
export interface ScatterAxis {
  /** what it shows */
  readonly name: string;
  /** of each point */
  readonly values: ArrayLike<number>;
}

/** Once the colours are used up, the shapes tell classes apart as well. */
const SHAPES = ["circle", "square", "triangle-up", "diamond"];

/** The most classes that have a mark of their own. */
const MOST_CLASSES = COLOURS.length * SHAPES.length;

/**
 * Points in a plane, coloured by class or number; notebooks show them.
 *
 * Of more classes than there are marks, the last ones share a grey one.
 *
 * @param labels null: all points are alike
 * @throws {RangeError} the axes, or the labels, have not as many values
 */
export function posteriorScatter(
  x: ScatterAxis,
  y: ScatterAxis,
  labels: PointLabels | null,
  { title, subtitle }: Heading,
): TopLevelSpec {
  const count = x.values.length;
  const ofLabels = labels === null
    ? count
    : "words" in labels
    ? labels.words.length
    : labels.numbers.length;
  if (y.values.length !== count || ofLabels !== count) {
    throw new RangeError(
      `${count} points, ${y.values.length} on y and ${ofLabels} labels`,
    );
  }
  const { label, encoding } = marksOf(labels);
  const axis = (name: string, field: string) => ({
    field,
    type: "quantitative" as const,
    title: name,
    // Marks at the ends of the data stay off the axes.
    scale: { zero: false, nice: true, padding: 8 },
    axis: { tickCount: 8 },
  });
  return notebookFigure({
    $schema: SCHEMA,
    config: {
      ...CONFIG,
      legend: {
        ...CONFIG.legend,
        titleColor: CONFIG.axis.titleColor,
        titleFontSize: CONFIG.axis.titleFontSize,
        titleFontWeight: "normal",
        symbolSize: 60,
      },
    },
    title: {
      text: title,
      ...subtitle === undefined ? {} : { subtitle },
    },
    width: 440,
    height: 440,
    data: {
      values: Array.from({ length: count }, (_, i) => ({
        x: x.values[i]!,
        y: y.values[i]!,
        ...label(i),
      })),
    },
    mark: { type: "point", filled: true, size: 14, opacity: 0.75 },
    encoding: { x: axis(x.name, "x"), y: axis(y.name, "y"), ...encoding },
  });
}

/** The label of a point, and how it is drawn. */
function marksOf(labels: PointLabels | null) {
  if (labels === null) {
    return {
      label: () => ({}),
      encoding: { color: { value: COLOURS[0]! } },
    };
  }
  const legend = { title: labels.name };
  if ("numbers" in labels) {
    return {
      label: (i: number) => ({ label: labels.numbers[i]! }),
      encoding: {
        color: {
          field: "label",
          type: "quantitative" as const,
          scale: { scheme: "viridis" as const, zero: false },
          legend: { ...legend, gradientLength: 200 },
        },
      },
    };
  }
  const present = new Set(labels.words);
  const classes = labels.order.filter((word) => present.has(word));
  const hasOthers = classes.length > MOST_CLASSES;
  const named = hasOthers ? classes.slice(0, MOST_CLASSES - 1) : classes;
  const kept = new Set(named);
  // Called as no class is.
  let others = `${classes.length - named.length} other classes`;
  while (kept.has(others)) others = `(${others})`;
  const domain = [...named, ...hasOthers ? [others] : []];
  const scaleOf = (items: readonly string[], lap: number, other: string) => ({
    domain,
    range: domain.map((word, i) =>
      kept.has(word) ? items[Math.floor(i / lap) % items.length]! : other
    ),
  });
  const field = { field: "label", type: "nominal" as const, legend };
  return {
    label: (i: number) => ({
      label: kept.has(labels.words[i]!) ? labels.words[i]! : others,
    }),
    encoding: {
      color: { ...field, scale: scaleOf(COLOURS, 1, "#aaaaaa") },
      shape: { ...field, scale: scaleOf(SHAPES, COLOURS.length, "circle") },
    },
  };
}
