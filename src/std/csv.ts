/**
 * Local stand-in for `jsr:@std/csv`: the part that this project uses. See
 * README.md here for what was checked against the original.
 */

/**
 * Rows as CSV text, each ended by CRLF (RFC 4180). Cells that hold a comma, a
 * quote or LF are quoted.
 */
export function stringify(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

function quoted(cell: unknown): string {
  const text = String(cell ?? "");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The records of CSV text, of any lengths. Lines end with LF or CRLF, which is
 * LF inside of quotes; blank lines and a byte order mark are left out.
 *
 * @throws {SyntaxError} a quote inside of a plain field, or after the end of a
 *   quoted one, or none at its end
 */
export function parse(input: string): string[][] {
  const lines = input.slice(input.startsWith("\ufeff") ? 1 : 0).split("\n");
  if (lines.at(-1) === "") lines.pop();
  const records: string[][] = [];
  for (let at = 0, number = 1; at < lines.length; number++) {
    const line = lineAt(lines, at);
    if (line.includes('"')) {
      const { fields, end } = quotedRecord(lines, at, number);
      records.push(fields);
      at = end;
    } else {
      if (line !== "") records.push(line.split(","));
      at += 1;
    }
  }
  return records;
}

function lineAt(lines: readonly string[], at: number): string {
  const line = lines[at]!;
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** The record that begins at a line, and the line after it. */
function quotedRecord(
  lines: readonly string[],
  first: number,
  number: number,
): { fields: string[]; end: number } {
  const fields: string[] = [];
  let at = first;
  let line = lineAt(lines, at);
  /** At the character `place` of the line; columns count code points. */
  const wrong = (place: number, what: string) =>
    new SyntaxError(
      `Syntax error on line ${number}; parse error on line ` +
        `${number + at - first}, column ` +
        `${[...line.slice(0, place)].length + 1}: ${what}`,
    );
  for (let start = 0;; start++) {
    let field = "";
    if (line[start] !== '"') {
      const comma = line.indexOf(",", start);
      field = line.slice(start, comma < 0 ? line.length : comma);
      const quote = field.indexOf('"');
      if (quote >= 0) {
        throw wrong(start + quote, 'bare " in non-quoted-field');
      }
      start += field.length;
    } else {
      start += 1;
      for (;;) {
        const quote = line.indexOf('"', start);
        if (quote >= 0) {
          field += line.slice(start, quote);
          start = quote + 1;
          if (line[start] !== '"') break;
          field += '"';
          start += 1;
          continue;
        }
        field += `${line.slice(start)}\n`;
        if (at + 1 === lines.length) {
          const place = start === line.length ? start : 0;
          throw wrong(place, 'extraneous or missing " in quoted-field');
        }
        line = lineAt(lines, ++at);
        start = 0;
      }
      if (start < line.length && line[start] !== ",") {
        throw wrong(start - 1, 'extraneous or missing " in quoted-field');
      }
    }
    fields.push(field);
    if (start === line.length) return { fields, end: at + 1 };
  }
}
