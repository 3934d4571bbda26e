/** What a figure is asked to show. */

import type { SplitChoice } from "./measure.ts";
import type { BandName } from "./series.ts";

/** What is drawn. */
export interface FigureRequest {
  /** a column that counts progress, a setting, or a quantity */
  readonly x: string;
  /** quantities, a row of panels each */
  readonly y: readonly string[];
  /** settings; absent: the first that varies */
  readonly colour?: readonly string[] | undefined;
  /** settings; absent: the second that varies */
  readonly facet?: readonly string[] | undefined;
  /** of runs that differ in their seed alone */
  readonly band: BandName;
  /** of curves */
  readonly split: SplitChoice;
  /** of the figure, in inches */
  readonly width: number;
  /** absent: what is drawn against what */
  readonly title?: string | undefined;
  /** what all runs have in common; absent: their data set */
  readonly subtitle?: string | undefined;
}

/** The width of a page's two columns, in inches. */
export const PAGE_WIDTH = 6.75;

/** What is drawn where nothing else is asked for. */
export const USUAL = {
  x: "samples_seen",
  y: ["elbo"],
  band: "ci",
  split: "test",
  width: PAGE_WIDTH,
} as const satisfies FigureRequest;
