/** Text for people: printable names, short numbers, tables. */

/**
 * What a terminal would obey, or not show: control characters, those that turn
 * the direction of text, other ends of lines, halves of characters, what is no
 * character (\p{Cn}), and what is not seen, such as selectors of variants and
 * fillers (\p{DI}, default ignorable) or the empty Braille pattern.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{DI}\p{Zl}\p{Zp}\u2800]/gu;

const hex = (code: number) => code.toString(16).padStart(2, "0");

/**
 * The text with all that is not printable escaped: names, and cells of tables,
 * can hold line ends, and sequences that a terminal would obey.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    return code < 256 ? `\\x${hex(code)}` : `\\u{${hex(code)}}`;
  });
}

/** JSON that is printable, but for its line ends. */
export function printableJson(json: string): string {
  return json.split("\n").map((line) =>
    line.replace(UNPRINTABLE, (character) =>
      Array.from(
        { length: character.length },
        (_, i) => `\\u${hex(character.charCodeAt(i)).padStart(4, "0")}`,
      ).join(""))
  ).join("\n");
}

/** A number of things: `1 run`, `2 runs`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** Three significant digits: enough to see how large a deviation is. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 1e-3
    ? rounded.toExponential()
    : String(rounded);
}

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

const collator = new Intl.Collator("en", { numeric: true });

/**
 * Natural order: z2 comes before z10. Texts that differ never tie, as 1.png and
 * 01.png do for the collator, and lr0.1 and lr0.01.
 */
export function naturally(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** The name that is at most two edits away from what was typed. */
export function nearest(
  typed: string,
  names: readonly string[],
): string | undefined {
  const near = names
    .filter(({ length }) => Math.abs(length - typed.length) <= 2)
    .map((name) => ({ name, edits: editsOf(typed, name) }))
    .filter(({ name, edits }) => edits <= 2 && edits < name.length)
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.name;
}

/** The Levenshtein distance: insertions, deletions and substitutions. */
function editsOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const substituted = row[j]! + (letter === to[j] ? 0 : 1);
      next.push(Math.min(substituted, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
