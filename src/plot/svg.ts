/** From a vega-lite specification to SVG. */

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { printable } from "../text.ts";
import { textWidth } from "./text_lines.ts";

/**
 * Draws a vega-lite specification; the same specification gives the same
 * bytes, in every process.
 *
 * Text is laid out for DejaVu Sans, and names it as its font; a viewer without
 * it falls back to Verdana, which is as wide, or to its own sans-serif font.
 *
 * Needs no permissions as long as the data are in the specification.
 *
 * @throws {Error} a specification that vega-lite cannot compile
 */
export function renderSvg(spec: TopLevelSpec): Promise<string> {
  const drawn = lastDrawn.then(() => draw(spec));
  lastDrawn = drawn.catch(() => {});
  return drawn;
}

// One drawing at a time: the ids of clip paths come from one counter for the
// whole process, and vega waits between our reset of it and its use of it.
let lastDrawn: Promise<unknown> = Promise.resolve();

async function draw(spec: TopLevelSpec): Promise<string> {
  const config = {
    font: "DejaVu Sans, Verdana, sans-serif",
    background: "white",
  };
  const shown = withPrintableTexts(spec);
  const view = new vega.View(vega.parse(compile(shown, { config }).spec), {
    renderer: "none",
  });
  try {
    vega.resetSVGDefIds();
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/**
 * The same with all its texts printable: SVG has no control characters, not
 * even escaped. Data and their domains stay alike.
 */
function withPrintableTexts<T>(part: T): T {
  if (typeof part === "string") return printable(part) as T;
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map(withPrintableTexts) as T;
  return Object.fromEntries(
    Object.entries(part).map((
      [key, value],
    ) => [key, withPrintableTexts(value)]),
  ) as T;
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

// Without a canvas vega takes 0.8 em for every character, which leaves a wide
// empty strip beside a legend. Text can be measured by this field instead;
// vega-typings does not declare it, hence the cast.
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: TextItem, text: unknown) => number };
};
textMetrics.width = ({ fontSize = 11, fontWeight }, text) =>
  textWidth(String(text ?? "").trim(), fontSize, fontWeight === "bold");
