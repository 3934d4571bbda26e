/** The look that all figures share. */

/** The heading of a figure. */
export interface Heading {
  /** what the figure shows, in bold */
  readonly title: string;
  /** a line below it, such as data set and model */
  readonly subtitle?: string;
}

/**
 * The colours of Okabe and Ito, made to be told apart by colour-blind readers;
 * without their yellow, which is too pale for a line on white.
 * https://jfly.uni-koeln.de/color/
 */
export const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
];

/** Series of one colour differ in these, and in the shapes of their points. */
export const DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]];

export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

const INK = "#222222";
const QUIET_INK = "#555555";

/** vega-lite's settings; sizes in units of the SVG. */
export const CONFIG = {
  padding: 12,
  view: { stroke: null },
  title: {
    anchor: "start",
    frame: "group",
    color: INK,
    fontSize: 15,
    fontWeight: "bold",
    subtitleColor: QUIET_INK,
    subtitleFontSize: 11,
    subtitlePadding: 5,
    subtitleLineHeight: 15,
    offset: 14,
  },
  axis: {
    labelColor: INK,
    labelFontSize: 11,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 9,
    gridColor: "#e8e8e8",
    domainColor: "#888888",
    tickColor: "#888888",
    labelOverlap: true,
    labelSeparation: 4,
  },
  legend: {
    labelColor: INK,
    labelFontSize: 11,
    // 0: no limit. Names are never cut off.
    labelLimit: 0,
    title: null,
    rowPadding: 4,
    offset: 16,
    symbolOpacity: 1,
    symbolStrokeWidth: 0,
  },
} as const;

/** {@linkcode CONFIG} of figures whose lines are told apart in the legend. */
export const LINES_CONFIG = {
  ...CONFIG,
  legend: { ...CONFIG.legend, symbolStrokeWidth: 2 },
};

/** The range of a logarithmic axis; a single place stands in its middle. */
export function logDomain(begin: number, end: number): [number, number] {
  return begin < end ? [begin, end] : [end / 1.5, end * 1.5];
}

/** The range of the values, with a margin that keeps marks off its ends. */
export function framed(values: readonly number[]): [number, number] {
  if (values.length === 0) return [-1, 0];
  const [low, high] = [-max(values.map((value) => -value)), max(values)];
  const margin = 0.06 * (high - low) || 1;
  return [low - margin, high + margin];
}

/**
 * Powers of ten inside the domain, and multiples of them where those are few.
 */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const decades: number[] = [];
  for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++) {
    decades.push(10 ** e);
  }
  const [coarse, medium, fine] = [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]]
    .map((steps) =>
      decades.flatMap((decade) => steps.map((step) => step * decade))
        .filter((tick) => tick >= low && tick <= high)
    );
  return [coarse!, medium!].find((ticks) => ticks.length > 2) ?? fine!;
}

/** Unlike Math.max(...), for any number of values. */
export function max(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
