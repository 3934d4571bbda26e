/** Colours of series, and legends that name all of them. */

import { textWidth } from "./text_lines.ts";
import { COLOURS, LINES_CONFIG } from "./theme.ts";

/** How series are coloured: a name for each, or numbers along a scale. */
export type Colours =
  | { readonly entries: readonly string[] }
  | {
    /** the heading of the scale */
    readonly title: string;
    readonly values: readonly number[];
    readonly isLogarithmic: boolean;
  };

/** viridis without its yellow, which is too pale for a line on white. */
const SCHEME = { name: "viridis", extent: [0, 0.88] };

/** Where there is room for a legend, and how much. */
export interface LegendRoom {
  readonly isWide: boolean;
  readonly room: number;
}

/**
 * The encoding of colours.
 *
 * @param isNamed whether a legend names them, not texts at points
 */
export function colourOf(
  colours: Colours,
  legend: LegendRoom,
  isNamed: boolean,
) {
  if ("values" in colours) {
    const { title, values, isLogarithmic } = colours;
    return {
      field: "colour",
      type: "quantitative" as const,
      scale: {
        type: isLogarithmic ? "log" as const : "linear" as const,
        domain: [Math.min(...values), Math.max(...values)],
        scheme: SCHEME,
      },
      legend: {
        ...{ title, titleFontWeight: "normal", values: someValues(values) },
        ...legendOf(values.map(String), legend),
      },
    };
  }
  const { entries } = colours;
  return {
    field: "colour",
    type: "nominal" as const,
    scale: {
      domain: [...entries],
      ...entries.length <= COLOURS.length
        ? { range: COLOURS.slice(0, entries.length) }
        : { scheme: SCHEME },
    },
    legend: entries.length === 1 || !isNamed ? null : legendOf(entries, legend),
  };
}

/** A few of the values, from the first to the last, for a legend. */
function someValues(values: readonly number[]): number[] {
  const most = Math.min(values.length, 7);
  const at = (i: number) => Math.round(i * (values.length - 1) / (most - 1));
  return Array.from({ length: most }, (_, i) => values[at(i)]!);
}

/** Units between a symbol and the next entry's, beside the text. */
const ENTRY = 36;

/** A legend that shows all of its entries, none of them cut. */
export function legendOf(
  entries: readonly string[],
  { isWide, room }: LegendRoom,
) {
  const { labelFontSize } = LINES_CONFIG.legend;
  const width = ENTRY +
    Math.max(...entries.map((entry) => textWidth(entry, labelFontSize)));
  const columns = Math.max(1, Math.floor(room / width));
  return {
    symbolType: "stroke" as const,
    symbolSize: 60,
    symbolLimit: 0,
    ...isWide && width < room / 3
      ? { orient: "right" as const, columns: Math.ceil(entries.length / 16) }
      : {
        orient: "bottom" as const,
        direction: "horizontal" as const,
        columns: Math.min(columns, entries.length),
      },
  };
}
