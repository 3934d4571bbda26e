/** Texts that are too long for a line. */

import { textWidth } from "./svg.ts";
import { LINES_CONFIG } from "./theme.ts";

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
