/** Rows of images with a label before each, as an SVG. */

import { printable } from "../text.ts";
import { imageGrid, type Images, scaleFor } from "./image_grid.ts";
import { textWidth } from "./text_lines.ts";
import type { Heading } from "./theme.ts";
import { CONFIG } from "./theme.ts";

/** A row of images. */
export interface LabelledRow {
  /** what stands before it */
  readonly label: string;
  /** as many as there are columns */
  readonly images: Images;
}

/** How the images are laid out. */
export interface LabelledOptions extends Heading {
  /** height of an image in pixels */
  readonly height: number;
  /** width of an image in pixels */
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue); 1 if absent */
  readonly channels?: number;
  /** what stands above each column */
  readonly columns: readonly string[];
}

/** Units of the SVG between images, and around the figure. */
const [GAP, MARGIN] = [3, 12] as const;

const FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"';

/**
 * Rows of images, each with its label, under the headings of the columns. The
 * images are part of the SVG.
 *
 * @throws {RangeError} a row has not as many images as there are columns
 */
export function labelledGrid(
  rows: readonly LabelledRow[],
  { title, subtitle, height, width, channels = 1, columns }: LabelledOptions,
): string {
  const values = rows.reduce((sum, { images }) => sum + images.length, 0);
  const scale = scaleFor(height, values);
  const [fontSize, small] = [CONFIG.axis.titleFontSize, 10];
  const labelWidth = Math.max(
    ...rows.map(({ label }) => textWidth(label, fontSize)),
  );
  const [left, pitch] = [MARGIN + labelWidth + 10, width * scale + GAP];
  const [titleHeight, rowHeight] = [
    subtitle === undefined ? 24 : 42,
    height * scale + GAP,
  ];
  const top = MARGIN + titleHeight + small + 8;
  const text = (x: number, y: number, content: string, more: string) =>
    `<text x="${x}" y="${y}" ${FONT} ${more}>${escaped(content)}</text>`;
  const lines = rows.map(({ label, images }, i) => {
    if (images.length !== columns.length * width * height * channels) {
      throw new RangeError(`${label} has not ${columns.length} images`);
    }
    const size = { height, width, channels, columns: columns.length };
    const png = imageGrid(images, { ...size, scale, gap: GAP });
    const y = top + i * rowHeight;
    const middle = y + (height * scale + fontSize) / 2 - 2;
    const end = `text-anchor="end" font-size="${fontSize}" fill="#222222"`;
    return text(left - 10, middle, label, end) +
      `<image x="${left}" y="${y}" width="${columns.length * pitch - GAP}" ` +
      `height="${height * scale}" image-rendering="optimizeSpeed" ` +
      `href="data:image/png;base64,${png.toBase64()}"/>`;
  });
  const right = Math.max(
    left + columns.length * pitch - GAP,
    MARGIN + textWidth(title, 15, true),
    MARGIN + textWidth(subtitle ?? "", 11),
  );
  const size = { width: Math.ceil(right + MARGIN), height: 0 };
  size.height = top + rows.length * rowHeight - GAP + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" ` +
    `height="${size.height}" viewBox="0 0 ${size.width} ${size.height}">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text(
      MARGIN,
      MARGIN + 12,
      title,
      'font-size="15" font-weight="bold" fill="#222222"',
    ),
    ...subtitle === undefined ? [] : [
      text(MARGIN, MARGIN + 30, subtitle, 'font-size="11" fill="#555555"'),
    ],
    ...columns.map((label, i) =>
      text(
        left + i * pitch + width * scale / 2,
        top - 6,
        label,
        `text-anchor="middle" font-size="${small}" fill="#555555"`,
      )
    ),
    ...lines,
    "</svg>\n",
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>]/g, (c) => ENTITIES[c]!);
}
