/** From SVG to PNG. */

import { fileURLToPath } from "node:url";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
// Unused, but Deno turns the files of an npm package into paths only where a
// module of that package is in the graph (denoland/deno#24174).
import "dejavu-fonts-ttf/package.json" with { type: "json" };
import { readBytes } from "../files.ts";
import type { Pixels } from "./image_grid.ts";

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
  return await paint(svg, scale, (image) => image.asPng());
}

/** An SVG's pixels, each a byte of red, green, blue and alpha. */
export async function svgToPixels(svg: string): Promise<Pixels> {
  return await paint(svg, 1, ({ width, height, pixels }) => ({
    ...{ width, height, channels: 4, data: pixels },
  }));
}

async function paint<T>(
  svg: string,
  scale: number,
  read: (image: ReturnType<InstanceType<typeof Resvg>["render"]>) => T,
): Promise<T> {
  const fontBuffers = await loadPainter();
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers },
  });
  // Nothing is freed after a failure: that would fail too, and hide the first.
  const image = resvg.render();
  const result = read(image);
  image.free();
  resvg.free();
  return result;
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
