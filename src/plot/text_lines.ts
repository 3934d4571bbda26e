/** How long texts are, and lines of those that are too long for one. */

import { LINES_CONFIG } from "./theme.ts";

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

/** A title of y, with its unit on a line of its own where both are too long. */
export function titleLines(title: string, height: number): string | string[] {
  const unit = title.indexOf(" (");
  const isLong = textWidth(title, LINES_CONFIG.axis.titleFontSize) > height;
  return isLong && unit > 0
    ? [title.slice(0, unit), title.slice(unit + 1)]
    : title;
}

/** The lines of a text that fit a width; a longer word has its own. */
export function wrapped(
  text: string,
  width: number,
  fontSize: number,
  isBold = false,
): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, fontSize, isBold) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
