/** Figures of a width that is asked for. */

import type { TopLevelSpec } from "vega-lite";
import { type SeriesFigure, seriesFigure } from "./series_figure.ts";
import { renderSvg } from "./svg.ts";

/** What titles, labels and legends take beside a panel, at a first guess. */
const BESIDE = 70;

/** No panel is narrower than this, whatever is asked for. */
const LEAST = 60;

/** A width that depends on itself, as of titles in two lines, is near then. */
const TRIALS = 4;

/**
 * The specification at which a figure is as wide as asked, or as its titles
 * need: what labels and legends take is known once it is drawn.
 */
export async function fitted(
  figure: SeriesFigure,
  { width, columns }: { readonly width: number; readonly columns: number },
): Promise<TopLevelSpec> {
  let panelWidth = width / columns - BESIDE;
  for (let trial = 1;; trial++) {
    panelWidth = Math.max(LEAST, Math.floor(panelWidth));
    const spec = seriesFigure(figure, { width, panelWidth, columns });
    const [, size] = / width="([\d.]+)"/.exec(await renderSvg(spec))!;
    const left = (width - Number(size)) / columns;
    if (Math.abs(left) < 1 || trial === TRIALS) return spec;
    panelWidth += left;
  }
}
