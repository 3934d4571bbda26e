/** Pieces of Markdown. */

import { printable } from "./printable.ts";

/** A table; the cells are Markdown without line ends. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  return [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`);
}

/** A name as code; a bar would end the cell of a table even there. */
export function code(text: string): string {
  const inner = printable(text).replaceAll("`", "'").replaceAll("|", "\\|");
  return `\`${inner}\``;
}

/** Text that stands for itself. */
export function escaped(text: string): string {
  return printable(text).replaceAll(/[\\|<>*`[\]]/g, "\\$&");
}
