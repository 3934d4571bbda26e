/** Grids of images as people look at them: large, and with a caption. */

import { encode } from "fast-png";
import { printable } from "../text.ts";
import { type GridOptions, gridPixels, type Images } from "./image_grid.ts";
import { svgToPixels } from "./png.ts";
import { wrapped } from "./text_lines.ts";

/** The fewest pixels across, if the images are not very many. */
const LEAST_WIDTH = 600;

/** The most pixels of a PNG that is enlarged. */
const MOST_PIXELS = 2 ** 26;

/** In pixels: of the caption's text, its lines, and what is around them. */
const [FONT_SIZE, LINE, MARGIN] = [16, 23, 9] as const;

/**
 * An image grid below a caption, with all pixels of an image enlarged
 * by one whole number, so that the grid is at least 600 pixels wide.
 *
 * @throws {RangeError} as {@linkcode gridPixels}
 */
export async function captionedGrid(
  images: Images | readonly Images[],
  options: Omit<GridOptions, "scale">,
  caption: string,
): Promise<Uint8Array> {
  const scale = scaleOf(images, options);
  const grid = gridPixels(images, { ...options, scale });
  const { width, channels } = grid;
  const strip = await svgToPixels(stripOf(caption, width));
  const above = strip.width * strip.height;
  // Black on white is grey: any of a pixel's red, green and blue.
  const data = new Uint8Array(channels * above + grid.data.length);
  for (let i = 0; i < above; i++) {
    data.fill(
      strip.data[i * strip.channels]!,
      i * channels,
      (i + 1) * channels,
    );
  }
  data.set(grid.data, channels * above);
  const height = strip.height + grid.height;
  return encode({ width, height, data, channels, depth: 8 });
}

function scaleOf(
  images: Images | readonly Images[],
  { height, width, channels = 1, columns, gap = 2 }: Omit<GridOptions, "scale">,
): number {
  const sets = ArrayBuffer.isView(images) ? [images] : images;
  const values = sets.reduce((sum, { length }) => sum + length, 0);
  const count = values / sets.length / (height * width * channels);
  const across = Math.min(columns, Math.max(1, count));
  const wanted = (LEAST_WIDTH - gap * (across - 1)) / (across * width);
  const most = Math.floor(Math.sqrt(MOST_PIXELS / values));
  return Math.max(1, Math.min(Math.ceil(wanted), most));
}

/** The caption, black on white, as wide as the grid. */
function stripOf(caption: string, width: number): string {
  const lines = wrapped(printable(caption), width - 2 * MARGIN, FONT_SIZE);
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.map((line, i) =>
    `<text x="${MARGIN}" y="${MARGIN + (i + 0.75) * LINE}" ` +
    `font-family="DejaVu Sans" font-size="${FONT_SIZE}">${
      line.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    }</text>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" ` +
    `height="${height}"><rect width="100%" height="100%" fill="white"/>${
      texts.join("")
    }</svg>`;
}
