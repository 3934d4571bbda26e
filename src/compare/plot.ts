/** Curves of A and B, and their difference, as a vega-lite specification. */

import type { TopLevelSpec } from "vega-lite";
import { COLOURS, CONFIG, framed, SCHEMA } from "../plot/theme.ts";
import type { Overlay } from "./overlay.ts";

const WIDTH = 300;

/** Room for the labels of y, so that titles stand below each other. */
const Y_LABELS = 64;

/** What stands in the figure besides the curves. */
export interface PlotLabels {
  /** what A is */
  readonly a: string;
  /** what B is */
  readonly b: string;
  /** a line below the title */
  readonly note?: string | undefined;
}

/**
 * A row of panels per run and a panel per column: both curves above, B - A
 * with the tolerance shaded below.
 *
 * Above, y frames the values after the first steps. Below, it frames all.
 *
 * @throws {RangeError} nothing to draw
 */
export function comparisonPlot(
  overlays: readonly Overlay[],
  labels: PlotLabels,
): TopLevelSpec {
  if (overlays.length === 0) throw new RangeError("no curves to draw");
  const byRun = Map.groupBy(overlays, ({ run }) => run);
  const names = [`A: ${labels.a}`, `B: ${labels.b}`];
  const isCut = overlays.some(({ curves }) => {
    const [low, high] = valueDomain(curves);
    return curves.flatMap(({ a, b }) => [a, b])
      .some((value) => value !== null && (value < low || value > high));
  });
  return {
    $schema: SCHEMA,
    config: {
      ...CONFIG,
      legend: { ...CONFIG.legend, symbolStrokeWidth: 2 },
    },
    title: {
      text: "A and B, and their difference",
      subtitle: [
        ...labels.note === undefined ? [] : [labels.note],
        "above: both, averaged where dense; " +
        "below: B - A, all of it, with the tolerance shaded",
        ...isCut ? ["part of the curves lies outside the frame"] : [],
      ],
    },
    spacing: 30,
    vconcat: [...byRun].map(([run, panels]) => ({
      title: { text: run, fontSize: 12, offset: 8 },
      spacing: 36,
      hconcat: panels.map((panel) => panelOf(panel, names)),
    })),
  };
}

function panelOf(
  { column, curves, differences }: Overlay,
  names: readonly string[],
) {
  const steps = curves.map(({ step }) => step);
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = {
    field: "step",
    type: "quantitative" as const,
    scale: {
      domain: first < last ? [first, last] : [first - 1, first + 1],
      nice: false,
    },
  };
  const color = {
    field: "of",
    type: "nominal" as const,
    scale: { domain: [...names], range: [COLOURS[0]!, COLOURS[1]!] },
    legend: {
      orient: "top" as const,
      direction: "vertical" as const,
      symbolType: "stroke" as const,
    },
  };
  const curve = (of: string, field: "a" | "b", look: object) => ({
    data: {
      values: curves.map((point) => ({
        step: point.step,
        value: point[field],
        of,
      })),
    },
    mark: { type: "line" as const, clip: true, ...look },
    encoding: {
      x: { ...x, title: null, axis: { grid: false, labels: false } },
      y: {
        field: "value",
        type: "quantitative" as const,
        title: column,
        axis: { minExtent: Y_LABELS },
        scale: { domain: valueDomain(curves), zero: false, nice: false },
      },
      color,
    },
  });
  const sizes = differences.flatMap(({ difference }) => difference ?? []);
  const below = {
    type: "quantitative" as const,
    title: "B - A",
    scale: { domain: framed([0, ...sizes]), nice: false },
    axis: { tickCount: 4, format: "~g", minExtent: Y_LABELS },
  };
  return {
    spacing: 10,
    vconcat: [
      {
        width: WIDTH,
        height: 150,
        // Where both agree, the thin line lies on the wide one.
        layer: [
          curve(names[0]!, "a", { strokeWidth: 4, strokeOpacity: 0.5 }),
          curve(names[1]!, "b", { strokeWidth: 1.2 }),
        ],
      },
      {
        width: WIDTH,
        height: 80,
        data: {
          values: differences.map(({ step, difference, bound }) => ({
            step,
            difference,
            low: bound === null ? null : -bound,
            high: bound,
          })),
        },
        encoding: { x: { ...x, title: "step", axis: { grid: false } } },
        layer: [
          {
            mark: { type: "area" as const, clip: true, color: "#dddddd" },
            encoding: {
              y: { ...below, field: "low" },
              y2: { field: "high" },
            },
          },
          {
            mark: { type: "line" as const, clip: true, strokeWidth: 1 },
            encoding: {
              y: { ...below, field: "difference" },
              color: { value: "#222222" },
            },
          },
        ],
      },
    ],
  };
}

/**
 * The range of values worth a look: of those after the first 5 % of the steps,
 * without the outermost 1 %, and a tenth more on both sides.
 */
function valueDomain(points: Overlay["curves"]): [number, number] {
  const end = points.at(-1)?.step ?? 0;
  const values = points.filter(({ step }) => step >= 0.05 * end)
    .flatMap(({ a, b }) => [a, b])
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  if (low === undefined || high === undefined) return framed([]);
  const margin = 0.1 * (high - low);
  return framed([low - margin, high + margin]);
}
