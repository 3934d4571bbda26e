/** Tables of text for a terminal. */

/** The widths that the columns of a table need. */
export function widthsOf(table: readonly (readonly string[])[]): number[] {
  return Array.from(
    { length: table[0]?.length ?? 0 },
    (_, i) => table.reduce((width, row) => Math.max(width, row[i]!.length), 0),
  );
}

/** The cells of a row, each as wide as its column. */
export function padded(
  row: readonly string[],
  widths: readonly number[],
): string[] {
  return row.map((cell, i) => cell.padEnd(widths[i]!));
}

/** The lines of a table. */
export function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(table);
  return table.map((row) => padded(row, widths).join("  ").trimEnd());
}
