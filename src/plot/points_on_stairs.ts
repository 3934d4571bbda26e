/** Counts that were obtained, over those of a step function, for vega-lite. */

import type { TopLevelSpec } from "vega-lite";
import { axisOf, type AxisScale } from "./axes.ts";
import { wrapped } from "./text_lines.ts";
import { COLOURS, CONFIG, type Heading, SCHEMA } from "./theme.ts";

/** A panel of the figure. */
export interface StairsPanel {
  readonly title: string;
  /** what was obtained; `name` is one of the figure's */
  readonly points: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
  }[];
  /** where the count falls by one; it starts with as many as there are */
  readonly steps: readonly number[];
}

/** What the panels share. */
export interface StairsFigure extends Heading {
  readonly xTitle: string;
  readonly yTitle: string;
  /** of the points, in the order of the legend */
  readonly names: readonly string[];
  readonly panels: readonly StairsPanel[];
}

const WIDTH = 460;
const SHAPES = ["circle", "diamond", "square", "triangle-up"];

/**
 * Points over a step function, with x logarithmic. Each has an open mark, so
 * that those at one place are seen.
 *
 * @throws {RangeError} no panels, or more names than there are shapes
 */
export function pointsOnStairs(
  { title, subtitle, xTitle, yTitle, names, panels }: StairsFigure,
): TopLevelSpec {
  if (panels.length === 0) throw new RangeError("no panels to draw");
  if (names.length > SHAPES.length) {
    throw new RangeError(`${names.length} names; there are ${SHAPES.length}`);
  }
  const xs = panels.flatMap(({ points, steps }) => [
    ...points.map(({ x }) => x),
    ...steps,
  ]);
  const [low, high] = [Math.min(...xs) / 1.5, Math.max(...xs) * 1.5];
  const most = Math.max(
    ...panels.flatMap(({ points, steps }) => [
      ...points.map(({ y }) => y),
      steps.length,
    ]),
  );
  const encode = (field: "x" | "y", title: string, scale: AxisScale) => ({
    ...{ field, title, ...axisOf(scale) },
  });
  const x = encode("x", xTitle, { kind: "log", domain: [low, high] });
  const y = encode("y", yTitle, {
    kind: "linear",
    domain: [-0.04 * most, 1.06 * most],
  });
  const byName = <T>(range: readonly T[]) => ({
    field: "name",
    type: "nominal" as const,
    scale: { domain: [...names], range: range.slice(0, names.length) },
    legend: { orient: "bottom" as const, symbolStrokeWidth: 1.5 },
  });
  return {
    $schema: SCHEMA,
    config: CONFIG,
    title: {
      text: title,
      ...subtitle !== undefined &&
        {
          subtitle: wrapped(
            subtitle,
            WIDTH + 50,
            CONFIG.title.subtitleFontSize,
          ),
        },
    },
    spacing: 20,
    columns: 1,
    concat: panels.map(({ title, points, steps }) => ({
      title: { text: title, fontSize: 12, fontWeight: "normal" as const },
      width: WIDTH,
      height: 260,
      layer: [
        {
          data: { values: stairs(steps, low, high) },
          mark: {
            ...{ type: "line" as const, interpolate: "step-after" as const },
            ...{ color: "#888888", strokeWidth: 1.5 },
          },
          encoding: { x, y },
        },
        {
          data: { values: [...points] },
          mark: { type: "point" as const, size: 50, strokeWidth: 1.5 },
          encoding: { x, y, color: byName(COLOURS), shape: byName(SHAPES) },
        },
      ],
    })),
  } as TopLevelSpec;
}

/** How many steps are above each x: the value holds up to the next. */
function stairs(steps: readonly number[], low: number, high: number) {
  const rising = steps.toSorted((a, b) => a - b);
  return [
    { x: low, y: steps.length },
    ...rising.map((x, i) => ({ x, y: steps.length - i - 1 })),
    { x: high, y: 0 },
  ];
}
