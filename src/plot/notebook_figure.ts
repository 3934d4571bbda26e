/** Figures in notebooks. */

import type { TopLevelSpec } from "vega-lite";
import { type Displayed, displayed } from "../notebook.ts";
import { renderSvg } from "./svg.ts";

/** A figure that notebooks show as the SVG that `saveFigure` writes. */
export function notebookFigure(spec: TopLevelSpec): TopLevelSpec & Displayed {
  return displayed(spec, async () => ({
    "image/svg+xml": await renderSvg(spec),
    "text/plain": titleOf(spec),
  }));
}

function titleOf({ title }: TopLevelSpec): string {
  const text = typeof title === "object" && "text" in title
    ? title.text
    : title;
  return [text ?? "a figure"].flat().join(" ");
}
