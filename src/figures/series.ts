/** Runs as series: those that differ in their seed alone are one. */

import type { Place, Series, SeriesPoint } from "../plot/series_figure.ts";
import { meanInterval } from "../statistics/mean_interval.ts";
import type { TableRow } from "../table.ts";
import { inOrderOfValue, type Settings, settingText } from "./settings.ts";
import type { SourceRun } from "./source_runs.ts";

/** The name of a band. */
export type BandName = "ci" | "sd" | "minmax" | "none";

/** What a band shows of the runs of a series, by its name. */
export const BAND_TABLE: Readonly<Record<BandName, Band>> = {
  ci: {
    help: "the mean's 95 % t interval",
    text: "mean and its 95\u00a0% t interval",
    of(values) {
      const { low, high } = meanInterval(values);
      return [low, high];
    },
  },
  sd: {
    help: "a standard deviation each way",
    text: "mean, and a standard deviation each way,",
    of(values) {
      const { mean, sd } = meanInterval(values);
      return [mean - sd, mean + sd];
    },
  },
  minmax: {
    help: "from the lowest run to the highest",
    text: "mean, lowest and highest",
    of: (values) => [Math.min(...values), Math.max(...values)],
  },
  none: {
    help: "single runs as thin lines",
    text: "mean",
    of: () => undefined,
  },
};

/** How wide a band is. */
export interface Band extends TableRow {
  /** what the figure says of it, before "over N seeds" */
  readonly text: string;
  /** Its ends, of at least two values. */
  readonly of: (values: readonly number[]) => [number, number] | undefined;
}

/** A run, and what is drawn of it. */
export interface DrawnRun {
  readonly run: SourceRun;
  readonly settings: Settings;
  /** for each quantity along y */
  readonly drawn: readonly DrawnQuantity[];
}

/** A quantity of a run. */
export interface DrawnQuantity {
  /** by rising x, or a single one */
  readonly places: readonly Place[];
  /** in the background, by rising x */
  readonly faint: readonly (Place & { readonly x: number })[];
}

/** How runs become series. */
export interface SeriesRules {
  /** the settings that colours tell apart, and those that dashes do */
  readonly colour: readonly string[];
  readonly dash: readonly string[];
  /** whether a colour is a number along a scale */
  readonly isScale: boolean;
  readonly band: BandName;
  /** whether runs have a place of their own along x, and are averaged there */
  readonly isScatter: boolean;
}

/** The most points that have a text of their own. */
const MOST_TEXTS = 12;

/** Values of several settings, such as `z = 10, L = 5`; empty: of none. */
export function labelOf(settings: Settings, flags: readonly string[]): string {
  return flags.map((flag) => settingText(flag, settings.get(flag))).join(", ");
}

/** The labels of runs, in the order of the settings' values. */
export function labelsOf(
  runs: readonly { readonly settings: Settings }[],
  flags: readonly string[],
): string[] {
  const orders = flags.map((flag) =>
    inOrderOfValue(runs.map(({ settings }) => settings.get(flag)))
  );
  const rank = ({ settings }: { readonly settings: Settings }) =>
    flags.map((flag, i) => orders[i]!.indexOf(settings.get(flag)));
  const sorted = runs.toSorted((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x.map((place, i) => place - y[i]!).find((d) => d !== 0) ?? 0;
  });
  return [...new Set(sorted.map(({ settings }) => labelOf(settings, flags)))];
}

/** The series of the runs of a panel, in the order of their labels. */
export function seriesOf(
  runs: readonly DrawnRun[],
  quantity: number,
  { colour, dash, isScale, band, isScatter }: SeriesRules,
): Series[] {
  const flags = [...colour, ...dash];
  const groups = Map.groupBy(runs, ({ settings }) => labelOf(settings, flags));
  // More texts would lie upon each other.
  const isNamed = groups.size <= MOST_TEXTS;
  return labelsOf(runs, flags).map((label): Series => {
    const group = groups.get(label)!;
    const [{ settings }] = group as [DrawnRun];
    const drawn = group.map((run) => run.drawn[quantity]!);
    const places = drawn.map(({ places }) => places);
    const faint = drawn.flatMap(({ faint }) => faint);
    const points = isScatter
      ? [
        meanPlace(
          places.flat(),
          band,
          isNamed ? labelOf(settings, colour) : "",
        ),
      ]
      : meansOf(places.flat(), band);
    // Along a setting, runs of one seed make a line of many places.
    const isMean = places.flat().length > points.length;
    return {
      colour: isScale
        ? Number(settings.get(colour[0]!))
        : labelOf(settings, colour),
      dash: labelOf(settings, dash),
      isMean,
      points,
      ...faint.length === 0 ? {} : { faint: meansOf(faint, "none") },
      ...isMean && (band === "none" || places[0]!.length === 1)
        ? { runs: places }
        : {},
    };
  });
}

/** The means at each x, in the order in which they come. */
function meansOf(places: readonly Place[], band: BandName): SeriesPoint[] {
  return [...Map.groupBy(places, ({ x }) => x)]
    .map(([x, at]): SeriesPoint => {
      const values = at.map(({ y }) => y);
      const ends = endsOf(values, band);
      const point = { x, y: meanInterval(values).mean };
      return ends === undefined ? point : { ...point, band: ends };
    })
    .sort(({ x: a }, { x: b }) =>
      typeof a === "number" && typeof b === "number" ? a - b : 0
    );
}

/** The mean of runs along both axes. */
function meanPlace(
  places: readonly Place[],
  band: BandName,
  text: string,
): SeriesPoint {
  const xs = places.map(({ x }) => Number(x));
  const ys = places.map(({ y }) => y);
  const [across, ends] = [endsOf(xs, band), endsOf(ys, band)];
  return {
    x: meanInterval(xs).mean,
    y: meanInterval(ys).mean,
    ...ends === undefined ? {} : { band: ends },
    ...across === undefined ? {} : { across },
    ...text === "" ? {} : { text },
  };
}

function endsOf(values: readonly number[], band: BandName) {
  return values.length > 1 ? BAND_TABLE[band].of(values) : undefined;
}
