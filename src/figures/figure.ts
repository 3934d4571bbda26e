/** A figure of runs: curves during training, or values after the last step. */

import type { TopLevelSpec } from "vega-lite";
import { UserError } from "../errors.ts";
import type { AxisScale } from "../plot/axes.ts";
import { fitted } from "../plot/fitted.ts";
import type { Colours } from "../plot/legends.ts";
import type { Panel, Place, Series } from "../plot/series_figure.ts";
import { framed } from "../plot/theme.ts";
import { counted } from "../text.ts";
import { settingNamed } from "../train/settings.ts";
import { capitalised, notDrawn, whatIsDrawn } from "./captions.ts";
import { paretoFront, progressRange, valueRange, withBands } from "./frame.ts";
import { type Axes, type AxisKind, measure } from "./measure.ts";
import {
  PROGRESS,
  quantityTitle,
  requireQuantity,
  type Split,
} from "./quantities.ts";
import type { FigureRequest } from "./request.ts";
import { coloursOf, OTHER_SCALES, rolesOf } from "./roles.ts";
import { type DrawnRun, labelOf, labelsOf, seriesOf } from "./series.ts";
import { settingTitle } from "./settings.ts";
import type { SourceRun } from "./source_runs.ts";

/** There is no finished run, or none has what is asked for. */
export class NothingToDraw extends UserError {}

/** Units of an SVG in an inch, as CSS has them. */
const UNITS = 96;

/** The narrowest panel, with its labels. */
const PANEL = 190;

/**
 * Draws finished runs. Those that differ in their seed alone are one series;
 * no others are ever averaged. The runs are the same in all panels: one without
 * a value for one of them is in none, and is named below the title, as are runs
 * that failed.
 *
 * @throws {NothingToDraw} of no run
 * @throws {UserError} there is no such quantity or setting
 */
export async function figureOf(
  runs: readonly SourceRun[],
  request: FigureRequest,
): Promise<TopLevelSpec> {
  const axes = axesOf(request);
  const { kind, setting } = axes;
  const finished = runs.filter(({ status }) => status === "finished");
  await requireAll(finished, axes);
  const { runs: drawn, without, scale } = await measure(finished, axes);
  const missing = notDrawn(runs, without);
  if (drawn.length === 0) {
    throw new NothingToDraw(
      `nothing to draw of ${counted(runs.length, "run")}: ${
        missing.join("; ")
      }`,
    );
  }
  const roles = rolesOf(drawn, request, setting);
  const colours = coloursOf(drawn, roles.colour);
  const facets = labelsOf(drawn, roles.facet);
  const grid = request.y.flatMap((y, quantity) =>
    facets.map((label): GridPanel => ({
      ...{ y, label, isTop: quantity === 0 },
      series: seriesOf(
        drawn.filter(({ settings }) =>
          labelOf(settings, roles.facet) === label
        ),
        quantity,
        {
          ...{ ...roles, band: request.band },
          isScale: "values" in colours,
          isScatter: kind === "scatter",
        },
      ),
    }))
  );
  const areAlike = !roles.facet.some((flag) => OTHER_SCALES.includes(flag));
  const panels = grid.map((panel): Panel => ({
    yTitle: quantityTitle(panel.y),
    y: { kind: "linear", domain: rangeOf(panel, grid, { kind, areAlike }) },
    series: panel.series,
    ...facets.length > 1 && panel.isTop ? { title: panel.label } : {},
    ...isPareto(request, panel.y) ? { front: frontOf(panel.series) } : {},
  }));
  const x = kind === "setting" ? scale : xScaleOf(panels, kind);
  const xTitle = setting === undefined
    ? quantityTitle(request.x)
    : settingTitle(setting);
  const most = Math.max(1, Math.floor(request.width * UNITS / PANEL));
  return await fitted({
    title: request.title ?? titleOf(request, xTitle),
    subtitle: [
      request.subtitle ?? commonOf(drawn),
      ...facets.length === 1 ? facets : [],
      ...nameOfOne(colours),
      whatIsDrawn(drawn, roles, { ...axes, band: request.band }),
    ].filter((text) => text !== "").join("; "),
    notes: [
      ...request.y.some((y) => isPareto(request, y))
        ? ["dashed: Pareto front, where less rate costs more distortion"]
        : [],
      ...missing.map((text) => `not drawn: ${text}`),
      ...outOfFrame(panels, x),
    ],
    ...{ xTitle, x, panels, colours },
    dashes: labelsOf(drawn, roles.dash),
  }, {
    width: request.width * UNITS,
    columns: request.y.length > 1 && facets.length > 1
      ? columnsOf(facets.length, most)
      : columnsOf(panels.length, most),
  });
}

function axesOf({ x, y, split }: FigureRequest): Axes {
  const isOfSource = x === "revision" || x === "experiment";
  const setting = isOfSource ? x : settingNamed(x)?.flag;
  const kind = setting !== undefined
    ? "setting"
    : PROGRESS.some((name) => name === x)
    ? "progress"
    : "scatter";
  return { x, y, split, kind, setting };
}

/** @throws {UserError} no run has one of the quantities */
async function requireAll(
  runs: readonly SourceRun[],
  { x, y, split, kind }: Axes,
): Promise<void> {
  if (runs.length === 0) return;
  const splits: readonly Split[] = kind !== "progress"
    ? ["test"]
    : split === "both"
    ? ["test", "train"]
    : [split];
  const rules = { splits, final: kind !== "progress" };
  if (kind === "scatter") {
    await requireQuantity(x, runs, { ...rules, flag: "x" });
  }
  for (const name of y) {
    await requireQuantity(name, runs, { ...rules, flag: "y" });
  }
}

interface GridPanel {
  readonly y: string;
  readonly label: string;
  /** whether it is in the first row of its facets */
  readonly isTop: boolean;
  readonly series: readonly Series[];
}

/** The range of a panel, which others of its quantity share if alike. */
function rangeOf(
  panel: GridPanel,
  grid: readonly GridPanel[],
  { kind, areAlike }: { readonly kind: AxisKind; readonly areAlike: boolean },
): readonly [number, number] {
  const series = areAlike
    ? grid.filter(({ y }) => y === panel.y).flatMap(({ series }) => series)
    : panel.series;
  const bands = series.flatMap(({ points }) =>
    points.flatMap(({ band }) => band === undefined ? [] : [band])
  );
  if (kind === "progress") {
    const curves = series.flatMap(({ points, runs = [] }) => [points, ...runs]);
    const range = valueRange(
      curves.map(curveIn),
      series.map(({ faint = [] }) => curveIn(faint)),
    );
    return withBands(range, bands);
  }
  const places = series.flatMap(({ points, runs = [] }) => [
    ...points,
    ...runs.flat(),
  ]);
  return withBands(framed(places.map(({ y }) => y)), bands);
}

function curveIn(places: Series["points"]) {
  return places.map(({ x, y }) => ({ x: Number(x), y }));
}

function xScaleOf(panels: readonly Panel[], kind: AxisKind): AxisScale {
  if (kind === "progress") {
    const curves = panels.flatMap(({ series, y: { domain: y } }) =>
      series.flatMap(({ points, faint = [] }) => [
        { curve: curveIn(points), y },
        { curve: curveIn(faint), y },
      ])
    );
    return { kind: "log", domain: progressRange(curves) };
  }
  const series = panels.flatMap(({ series }) => series);
  const points = series.flatMap(({ points }) => points);
  const places = [...points, ...series.flatMap(({ runs = [] }) => runs.flat())]
    .map(({ x }) => Number(x));
  const [low, high] = withBands(
    framed(places),
    points.flatMap(({ across }) => across === undefined ? [] : [across]),
  );
  const isPositive = places.every((place) => place >= 0);
  return {
    kind: "linear",
    domain: [isPositive ? Math.max(low, 0) : low, high],
  };
}

/** What lies outside of the frame, a line each. */
function outOfFrame(panels: readonly Panel[], x: AxisScale): string[] {
  const [begin, end] = x.kind === "steps" ? [-Infinity, Infinity] : x.domain;
  const isOut = ({ x: at, y }: Place, { y: { domain: [low, high] } }: Panel) =>
    y < low || y > high ||
    x.kind !== "steps" && (Number(at) < begin || Number(at) > end);
  const all = panels.flatMap((panel) =>
    panel.series.map(({ points, faint = [], ...look }) => ({
      ...look,
      isWhole: points.every((point) => isOut(point, panel)),
      isPart: [...points, ...faint].some((place) => isOut(place, panel)),
      isWide: points.some(({ x, band = [], across = [] }) =>
        [
          ...band.map((y) => ({ x, y })),
          ...across.map((x) => ({ x, y: panel.y.domain[0] })),
        ].some((end) => isOut(end, panel))
      ),
    }))
  );
  const whole = new Set(
    all.filter(({ isWhole }) => isWhole).map(({ colour, dash }) =>
      [colour, dash].filter((text) => text !== "").join(", ")
    ),
  );
  return [
    ...whole.size > 0
      ? [`far outside the frame: ${[...whole].join("; ")}`]
      : [],
    ...all.some(({ isPart, isWhole }) => isPart && !isWhole)
      ? ["part of the curves lies outside the frame"]
      : [],
    ...all.some(({ isWide }) => isWide) ? ["bands reach beyond the frame"] : [],
  ];
}

function isPareto({ x }: FigureRequest, y: string): boolean {
  return x === "rate" && y === "distortion";
}

function frontOf(series: readonly Series[]) {
  return paretoFront(series.flatMap(({ points }) => curveIn(points)));
}

/** Panels beside each other, so that rows are about equally long. */
function columnsOf(panels: number, most: number): number {
  return Math.ceil(panels / Math.ceil(panels / most));
}

/** What is drawn against what, without units. */
function titleOf({ y }: FigureRequest, xTitle: string): string {
  const short = (title: string) => title.replace(/ \(.*/, "");
  const names = y.map((name) => short(quantityTitle(name)));
  const all = names.length > 1
    ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
    : names[0]!;
  return capitalised(`${all} against ${short(xTitle)}`);
}

/** The data that all runs share. */
function commonOf(runs: readonly DrawnRun[]): string {
  const names = new Set(runs.map(({ settings }) => settings.get("dataset")));
  const [name = ""] = names;
  return names.size === 1 ? name : "";
}

/** What a legend of a single entry would say. */
function nameOfOne(colours: Colours): readonly string[] {
  return "entries" in colours && colours.entries.length === 1
    ? colours.entries
    : [];
}
