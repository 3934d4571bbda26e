/** Series of runs as panels of one figure, as a vega-lite specification. */

import type { TopLevelSpec } from "vega-lite";
import { axisOf, type AxisScale } from "./axes.ts";
import { band } from "./band.ts";
import {
  colourOf,
  type Colours,
  legendOf,
  type LegendRoom,
} from "./legends.ts";
import { POINT_TEXT, textsCollide } from "./point_texts.ts";
import { titleLines, wrapped } from "./text_lines.ts";
import { DASHES, type Heading, LINES_CONFIG, SCHEMA } from "./theme.ts";

/** A place on the axes. */
export interface Place {
  /** a number, or a text of an axis in steps */
  readonly x: number | string;
  readonly y: number;
}

/** A mean over runs, or the value of one. */
export interface SeriesPoint extends Place {
  /** the ends of the band along y; absent: there is none */
  readonly band?: readonly [low: number, high: number];
  /** the ends of the band along x */
  readonly across?: readonly [low: number, high: number];
  /** what stands beside it */
  readonly text?: string;
}

/** What has a line, or points, of its own. */
export interface Series {
  /** its entry among {@linkcode SeriesFigure.colours} */
  readonly colour: string | number;
  /** its entry among {@linkcode SeriesFigure.dashes} */
  readonly dash: string;
  /** whether it is a mean over runs; the line of a single one is thin */
  readonly isMean: boolean;
  /** by rising x, or in the order of the line */
  readonly points: readonly SeriesPoint[];
  /** a line in the background */
  readonly faint?: readonly Place[];
  /** single runs: thin lines, or small circles of a place each */
  readonly runs?: readonly (readonly Place[])[];
}

/** A panel of a figure. */
export interface Panel {
  /** above it; absent: nothing */
  readonly title?: string;
  readonly yTitle: string;
  readonly y: AxisScale & { readonly kind: "linear" | "log" };
  readonly series: readonly Series[];
  /** a dashed line behind the points */
  readonly front?: readonly Place[];
}

/** Panels, and what they share. */
export interface SeriesFigure extends Heading {
  /** more lines below the title */
  readonly notes: readonly string[];
  readonly xTitle: string;
  readonly x: AxisScale;
  /** from the left, then from the top */
  readonly panels: readonly Panel[];
  readonly colours: Colours;
  /** at most as many as {@linkcode DASHES}, in the order of the legend */
  readonly dashes: readonly string[];
}

/** How a figure is laid out, in units of the SVG, 96 to an inch. */
export interface SeriesLayout {
  /** of the whole figure, about */
  readonly width: number;
  /** of a panel's frame */
  readonly panelWidth: number;
  /** panels beside each other */
  readonly columns: number;
}

/** Of points, beside {@linkcode DASHES}. */
const SHAPES = ["circle", "square", "triangle-up", "diamond"];

/** More points than these would hide their line. */
const MOST_POINTS = 30;

/** Heights of a panel's frame. */
const [LEAST_HEIGHT, MOST_HEIGHT] = [130, 300];

/** From this width on there is room for a legend on the right. */
const WIDE = 480;

/** A line of points, in the layer of its kind. */
interface Mark extends Place {
  readonly colour: string | number;
  readonly dash: string;
  /** tells lines apart */
  readonly line: string;
}

/**
 * A figure of series. Each has a colour and, where that is not enough, a dash
 * and a shape; no two are alike.
 *
 * What lies outside of the axes is cut off, and what lies there wholly is not
 * drawn at all. Where texts beside points have no room, a legend has them.
 *
 * @throws {RangeError} no panel, two series of one look, or more dashes than
 *   there are
 */
export function seriesFigure(
  figure: SeriesFigure,
  { width, panelWidth, columns }: SeriesLayout,
): TopLevelSpec {
  const { title, subtitle, notes, dashes } = figure;
  if (figure.panels.length === 0) throw new RangeError("no panels to draw");
  if (dashes.length > DASHES.length) {
    throw new RangeError(`${dashes.length} dashes; there are ${DASHES.length}`);
  }
  const lines = [...subtitle === undefined ? [] : [subtitle], ...notes];
  const room = width - 2 * LINES_CONFIG.padding;
  const isWide = width >= WIDE;
  const { fontSize, subtitleFontSize } = LINES_CONFIG.title;
  const titleSize = isWide ? fontSize : 13;
  const height = Math.round(
    Math.min(Math.max(0.62 * panelWidth, LEAST_HEIGHT), MOST_HEIGHT),
  );
  const size = { width: panelWidth, height };
  const panels =
    figure.panels.some((panel) => textsCollide(panel, figure.x, size))
      ? figure.panels.map(withoutTexts)
      : figure.panels;
  const rows = Math.ceil(panels.length / columns);
  return {
    $schema: SCHEMA,
    config: LINES_CONFIG,
    title: {
      frame: "bounds",
      fontSize: titleSize,
      text: wrapped(title, room, titleSize, true),
      subtitle: lines.filter((line) => line !== "")
        .flatMap((line) => wrapped(line, room, subtitleFontSize)),
    },
    spacing: { row: 18, column: 22 },
    columns,
    concat: panels.map((panel, i) => ({
      ...panel.title === undefined ? {} : {
        title: {
          text: panel.title,
          fontSize: 12,
          fontWeight: "normal" as const,
          offset: 6,
        },
      },
      width: panelWidth,
      height,
      layer: layersOf(panel, figure, {
        ...{ isWide, room },
        // Below the lowest panel of a column, and beside those that differ.
        xTitle: i + columns >= panels.length || rows === 1
          ? figure.xTitle
          : null,
        height,
        isLabelled: i % columns === 0 || !isLike(panel, panels[i - 1]!),
      }),
    })),
  } as TopLevelSpec;
}

function withoutTexts(panel: Panel): Panel {
  const series = panel.series.map((one) => ({
    ...one,
    points: one.points.map(({ text: _, ...point }) => point),
  }));
  return { ...panel, series };
}

interface PanelContext extends LegendRoom {
  readonly height: number;
  /** null: it stands below another panel */
  readonly xTitle: string | null;
  /** whether y has a title and numbers, which its neighbour else has */
  readonly isLabelled: boolean;
}

/** Whether panels have one axis of y. */
function isLike(a: Panel, b: Panel): boolean {
  return a.yTitle === b.yTitle && `${a.y.domain}` === `${b.y.domain}`;
}

function layersOf(
  { series, y: yScale, yTitle, front }: Panel,
  figure: SeriesFigure,
  { isWide, room, height, xTitle, isLabelled }: PanelContext,
) {
  const { x: xScale, dashes, colours } = figure;
  requireDifferent(series);
  const [low, high] = yScale.domain;
  const x = { field: "x", title: xTitle, ...axisOf(xScale) };
  const yAxis = axisOf(yScale);
  const y = {
    field: "y",
    title: isLabelled ? titleLines(yTitle, height) : null,
    ...yAxis,
    axis: {
      ...yScale.kind === "log" ? yAxis.axis : {},
      ...{ grid: true, labels: isLabelled },
      tickCount: height < 160 ? 5 : 6,
    },
  };
  const legend = { isWide, room };
  const points = series.flatMap(({ points }) => points);
  const isNamed = points.some(({ text }) => text === undefined);
  const color = colourOf(colours, legend, isNamed);
  const byDash = <T>(range: readonly T[]) => ({
    field: "dash",
    type: "nominal" as const,
    scale: { domain: [...dashes], range: range.slice(0, dashes.length) },
    legend: dashes.length === 1 ? null : legendOf(dashes, legend),
  });
  const isAcross = ({ x }: Place) =>
    xScale.kind === "steps" ||
    Number(x) >= xScale.domain[0] && Number(x) <= xScale.domain[1];
  const isInside = (place: Place) =>
    isAcross(place) && place.y >= low && place.y <= high;
  // resvg fails where a clip path hides a mark wholly, so it is not drawn.
  const touches = (places: readonly Place[]) => {
    const across = places.filter(isAcross);
    return across.some(({ y }) => y >= low) &&
      across.some(({ y }) => y <= high);
  };
  const marks = (of: (one: Series) => readonly (readonly Place[])[]): Mark[] =>
    series.flatMap((one, i) =>
      of(one).filter(touches).flatMap((places, j) =>
        places.map(({ x, y }) => ({
          ...{ x, y, colour: one.colour, dash: one.dash },
          line: `${i}.${j}`,
        }))
      )
    );
  const line = (values: readonly Mark[], look: object) =>
    values.length === 0 ? [] : [{
      data: { values: [...values] },
      mark: { type: "line" as const, clip: true, ...look },
      encoding: {
        ...{ x, y, color, detail: { field: "line" }, order: IN_ORDER },
        strokeDash: byDash(DASHES),
      },
    }];
  const circles = (values: readonly Mark[], look: object) =>
    values.length === 0 ? [] : [{
      // Left out rather than clipped, which would cut those on the edge.
      data: { values: values.filter(isInside) },
      mark: { type: "point" as const, opacity: 1, ...look },
      encoding: { x, y, color, shape: byDash(SHAPES) },
    }];
  const lines = ({ runs = [] }: Series) => runs.filter((run) => run.length > 1);
  const single = ({ runs = [] }: Series) =>
    runs.filter((run) => run.length === 1);
  const isSparse = series.every(({ points }) => points.length <= MOST_POINTS);
  return [
    ...front === undefined || !touches(front) ? [] : [{
      data: { values: [...front] },
      mark: {
        ...{ type: "line" as const, clip: true, color: "#888888" },
        ...{ strokeWidth: 1, strokeDash: [4, 3] },
      },
      encoding: { x, y, order: IN_ORDER },
    }],
    ...bandsOf(series, yScale.domain, isAcross, { x, y, color }),
    ...line(marks(({ faint }) => faint ? [faint] : []), {
      strokeWidth: 0.8,
      strokeOpacity: 0.4,
    }),
    ...line(marks(lines), { strokeWidth: 0.7, strokeOpacity: 0.6 }),
    ...line(marks(({ isMean, points }) => isMean ? [] : [points]), {
      strokeWidth: 1.2,
    }),
    ...line(marks(({ isMean, points }) => isMean ? [points] : []), {
      strokeWidth: 2,
    }),
    ...circles(marks(single), { size: 20, strokeWidth: 1, opacity: 0.6 }),
    ...circles(
      marks(({ points }) => isSparse || points.length === 1 ? [points] : []),
      { size: isWide ? 34 : 22, filled: true },
    ),
    ...textsOf(points.filter(isInside), x, y),
  ];
}

/** Lines lead from point to point as they are given, not by x as a text. */
const IN_ORDER = { value: null };

/** @throws {RangeError} two series look alike */
function requireDifferent(series: readonly Series[]): void {
  const looks = series.map(({ colour, dash }) =>
    JSON.stringify([colour, dash])
  );
  const twice = looks.find((look, i) => looks.indexOf(look) < i);
  if (twice !== undefined) throw new RangeError(`two series are ${twice}`);
}

/** The bands, cut where the frame ends. */
function bandsOf(
  series: readonly Series[],
  [bottom, top]: readonly [number, number],
  isAcross: (place: Place) => boolean,
  encoding: { readonly x: object; readonly y: object; readonly color: object },
) {
  const values = series.flatMap(({ colour, dash, points }) => {
    const all = points.filter(isAcross).flatMap(({ x, band }) =>
      band === undefined || band[0] > top || band[1] < bottom ? [] : [{
        ...{ x, colour, dash },
        low: Math.max(band[0], bottom),
        high: Math.min(band[1], top),
      }]
    );
    return all.map((value) => ({ ...value, isAlone: all.length === 1 }));
  });
  const across = series.flatMap(({ colour, points }) =>
    points.flatMap(({ y, across }) =>
      across === undefined || y < bottom || y > top
        ? []
        : [{ x: across[0], to: across[1], y, colour }]
    )
  );
  const { x, y, color } = encoding;
  const [alone, areas] = [true, false].map((isAlone) =>
    values.filter((value) => value.isAlone === isAlone)
      .map(({ isAlone: _, ...value }) => value)
  );
  const detail = { field: "dash" };
  return [
    ...areas!.length === 0 ? [] : [band(areas!, { x, y, color, detail })],
    ...alone!.length === 0
      ? []
      : [band(alone!, { x, y, color, detail }, { shape: "rule" })],
    ...across.length === 0 ? [] : [{
      data: { values: across },
      mark: { type: "rule" as const, clip: true, strokeWidth: 1.5 },
      encoding: { x, x2: { field: "to" }, y, color },
    }],
  ];
}

/** Texts beside points. */
function textsOf(points: readonly SeriesPoint[], x: object, y: object) {
  const values = points.flatMap(({ x, y, text }) =>
    text === undefined ? [] : [{ x, y, text }]
  );
  return values.length === 0 ? [] : [{
    data: { values },
    mark: POINT_TEXT,
    encoding: { x, y, text: { field: "text", type: "nominal" as const } },
  }];
}
