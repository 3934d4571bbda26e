/** Tables in the Parquet format. */

import {
  brotliDecompressSync,
  gunzipSync,
  zstdDecompressSync,
} from "node:zlib";
import { readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { parquetMetadata, parquetSchema } from "hyparquet/src/metadata.js";
import { getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import { MOST_BYTES, refuse, type Selection, type Sheet } from "./sheet.ts";
import { choose, noLabel, noNumber } from "./table.ts";

type Unpack = (packed: Uint8Array, length: number) => Uint8Array;

/** A page is unpacked to the size that it declares, and no further. */
const bounded = (
  unpack: (
    packed: Uint8Array,
    options: { maxOutputLength: number },
  ) => Uint8Array,
): Unpack =>
(packed, length) => unpack(packed, { maxOutputLength: Math.max(1, length) });

/** Beside none and Snappy, which the package has. */
const COMPRESSORS: Readonly<Record<string, Unpack>> = {
  GZIP: bounded(gunzipSync),
  BROTLI: bounded(brotliDecompressSync),
  ZSTD: bounded(zstdDecompressSync),
};

/**
 * The rows of a Parquet file, whose columns are numbers or booleans, without
 * lists. A null is a missing value, and so is NaN.
 *
 * @param where the file, for messages
 * @throws {UserError} it is damaged or too large, a cell is no finite number,
 *   there are no rows, or no such column
 */
export function parseParquet(
  bytes: Uint8Array,
  where: string,
  selection: Selection,
): Sheet {
  const file = intact(where, () => openParquet(bytes));
  const { kept, labelAt } = choose(file.names, selection, where);
  const { count } = file;
  if (count === 0) refuse(where, "it has no rows");
  if (count * kept.length * 4 > MOST_BYTES) {
    refuse(where, `${count} rows of ${kept.length} values: more than 2 GiB`);
  }
  const isMasked = selection.missing === "mask";
  const values = new Float32Array(count * kept.length);
  const read = (at: number, each: (cell: unknown, row: number) => void) => {
    const name = file.names[at]!;
    if (file.isNested(name)) {
      refuse(where, `column ${name} has lists; choose others with --columns`);
    }
    let row = 0;
    for (const cells of intact(where, () => [...file.cellsOf(name)])) {
      for (let i = 0; i < cells.length; i++) each(cells[i], row++);
    }
    if (row !== count) refuse(where, `column ${name} has ${row} of ${count}`);
  };
  kept.forEach((at, i) =>
    read(at, (cell, row) => {
      const value = numberOf(cell);
      values[row * kept.length + i] = value;
      const missing = isMissing(cell);
      if (missing && isMasked || Number.isFinite(Math.fround(value))) return;
      const name = file.names[at]!;
      refuse(where, noNumber(`row ${row + 1}`, name, String(cell), missing));
    })
  );
  const labels: string[] = [];
  if (labelAt >= 0) {
    read(labelAt, (cell, row) => {
      const missing = isMissing(cell);
      if (missing && !isMasked) {
        const name = file.names[labelAt]!;
        refuse(where, noLabel(`row ${row + 1}`, name, String(cell)));
      }
      labels.push(missing ? "" : String(cell));
    });
  }
  return {
    count,
    shape: [kept.length],
    values,
    columns: kept.map((at) => file.names[at]!),
    labels: labelAt >= 0 ? labels : null,
  };
}

/** A null, NaN, or an empty text. */
function isMissing(cell: unknown): boolean {
  return cell === null || cell === undefined || cell === "" ||
    Number.isNaN(cell);
}

/** NaN: it is no number. */
function numberOf(cell: unknown): number {
  const isNumber = typeof cell === "number" || typeof cell === "bigint" ||
    typeof cell === "boolean";
  return isNumber ? Number(cell) : NaN;
}

/** @throws {UserError} the package cannot read it */
function intact<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    return refuse(where, `not a Parquet file that can be read (${message})`);
  }
}

function openParquet(bytes: Uint8Array) {
  const part = (start: number, end: number) =>
    new Uint8Array(bytes.subarray(start, end)).buffer;
  const metadata = parquetMetadata(part(0, bytes.length));
  const schema = parquetSchema(metadata);
  return {
    count: Number(metadata.num_rows),
    names: schema.children.map(({ element }) => element.name),
    isNested: (name: string) => {
      const path = getTreePath(schema, [name]);
      return path.at(-1)!.children.length > 0 || !isFlatColumn(path);
    },
    /** Its cells in each of the file's groups of rows, page by page. */
    *cellsOf(name: string): Generator<ArrayLike<unknown>> {
      const schemaPath = getTreePath(schema, [name]);
      const { element } = schemaPath.at(-1)!;
      for (const { columns, num_rows } of metadata.row_groups) {
        const meta = columns
          .map(({ meta_data }) => meta_data)
          .find((meta) => meta?.path_in_schema.join() === name);
        if (meta === undefined) throw new Error(`no ${name} in some rows`);
        const { dictionary_page_offset, data_page_offset } = meta;
        const start = Number(dictionary_page_offset || data_page_offset);
        const end = start + Number(meta.total_compressed_size);
        const rows = { selectStart: 0, selectEnd: Number(num_rows) };
        yield* readColumn(
          { view: new DataView(part(start, end)), offset: 0 },
          { groupStart: 0, groupRows: rows.selectEnd, ...rows },
          {
            ...{ pathInSchema: [name], element, schemaPath, ...meta },
            ...{ parsers: DEFAULT_PARSERS, compressors: COMPRESSORS },
          },
        ).data;
      }
    },
  };
}
