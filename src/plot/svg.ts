/** From a vega-lite specification to SVG, and from SVG to PNG. */

import { fileURLToPath } from "node:url";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
// Unused, but Deno turns the files of an npm package into paths only where a
// module of that package is in the graph (denoland/deno#24174).
import "dejavu-fonts-ttf/package.json" with { type: "json" };
import { readBytes } from "../files.ts";
import { printable } from "../text.ts";

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

/** Advance widths of the regular font for U+0020..U+007E, in 1/100 em. */
const ASCII_WIDTHS = (
  "32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 " +
  "64 64 34 34 84 84 84 53 100 68 69 70 77 63 58 77 75 29 29 66 56 86 75 79 " +
  "60 79 69 63 61 73 68 99 69 61 69 39 34 39 84 50 50 61 63 55 63 62 35 63 " +
  "63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 34 64 84"
).split(" ").map(Number);

/** Width of the minus sign, and more than that of most letters. */
const OTHER_WIDTH = 84;

/** Bold text is wider by about 13 %. */
const BOLD = 1.15;

/**
 * The width of a line of text in DejaVu Sans, in units of the SVG: within 1 %
 * for regular ASCII, an upper estimate for most else.
 */
export function textWidth(
  text: string,
  fontSize: number,
  bold = false,
): number {
  const em = [...text].reduce(
    (sum, c) => sum + (ASCII_WIDTHS[c.codePointAt(0)! - 32] ?? OTHER_WIDTH),
    0,
  ) / 100;
  return em * fontSize * (bold ? BOLD : 1);
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

export interface PngOptions {
  /** pixels of the PNG per unit of the SVG, > 0; 2 if absent */
  readonly scale?: number;
}

/**
 * Paints an SVG; the same SVG gives the same bytes, in every process.
 *
 * Text is painted in DejaVu Sans, regular or bold, whatever family it names:
 * the fonts of the machine are not used.
 *
 * Needs read access to the packages @resvg/resvg-wasm and dejavu-fonts-ttf in
 * Deno's cache.
 *
 * @throws {RangeError} a scale that is not a positive number
 * @throws {Error} text that is not SVG
 */
export async function svgToPng(
  svg: string,
  { scale = 2 }: PngOptions = {},
): Promise<Uint8Array> {
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`scale is not a positive number: ${scale}`);
  }
  const fontBuffers = await loadPainter();
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers },
  });
  // Nothing is freed after a failure: that would fail too, and hide the first.
  const image = resvg.render();
  const png = image.asPng();
  image.free();
  resvg.free();
  return png;
}

let painter: Promise<Uint8Array[]> | undefined;

/** Starts resvg, which may be done once per process, and reads the fonts. */
function loadPainter(): Promise<Uint8Array[]> {
  painter ??= (async () => {
    const [wasm, ...fonts] = await Promise.all([
      import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"),
      import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
      import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf"),
    ].map((url) => readBytes(fileURLToPath(url))));
    await initWasm(wasm!);
    return fonts;
  })();
  return painter;
}
