/** The .npy and .npz formats of numpy. */

import { unzipSync } from "fflate";
import {
  decodeRows,
  type Layout,
  NUMBER_TYPES,
  type NumberName,
  textsOf,
} from "./array.ts";
import {
  formatShape,
  MOST_BYTES,
  refuse,
  type Selection,
  type Sheet,
  type Sheets,
} from "./sheet.ts";

const MAGIC = "\x93NUMPY";

/**
 * The rows of a .npy file: bytes, booleans, integers or floats, in C or Fortran
 * order, of either endianness.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param where the file, for messages
 * @throws {UserError} it is damaged, or of another type
 */
export function parseNpy(
  bytes: Uint8Array,
  where: string,
  { missing }: Pick<Selection, "missing">,
): Sheet {
  const { layout, start } = headerOf(bytes, where);
  return decodeRows(bytes.subarray(start), layout, where, missing);
}

function headerOf(
  bytes: Uint8Array,
  where: string,
): { layout: Layout; start: number } {
  const ascii = (from: number, to: number) =>
    String.fromCharCode(...bytes.subarray(from, to));
  if (ascii(0, MAGIC.length) !== MAGIC) {
    refuse(where, "not a .npy file: it does not begin with \\x93NUMPY");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isShort = bytes[6] === 1;
  const from = isShort ? 10 : 12;
  const length = bytes.length < from
    ? Infinity
    : isShort
    ? view.getUint16(8, true)
    : view.getUint32(8, true);
  if (length > Math.min(bytes.length - from, 2 ** 16)) {
    refuse(where, "truncated or damaged in its header");
  }
  const start = from + length;
  const header = ascii(from, start);
  const entry = (key: string, value: string) =>
    new RegExp(`'${key}':\\s*${value}`).exec(header)?.[1];
  const descr = entry("descr", "'([^']*)'");
  const order = entry("fortran_order", "(True|False)");
  const sizes = entry("shape", "\\(([\\d, ]*)\\)");
  const [, endian, type] = /^([<>|=])(\w+)$/.exec(descr ?? "") ?? [];
  if (type === undefined || !Object.hasOwn(NUMBER_TYPES, type)) {
    refuse(
      where,
      `numbers of type ${descr ?? "of several fields"} are not read; save ` +
        `one of ${Object.keys(NUMBER_TYPES).join(", ")}`,
    );
  }
  if (order === undefined || sizes === undefined) {
    refuse(where, "its header has no order or shape; the file is damaged");
  }
  const shape = sizes.split(",").filter((size) => size.trim()).map(Number);
  return {
    start,
    layout: {
      type: type as NumberName,
      littleEndian: endian !== ">",
      shape,
      isFortran: order === "True",
    },
  };
}

/** Names of the arrays that are the two splits, in the order of preference. */
const SPLITS = [["x_train", "x_test"], ["train", "test"]] as const;

/**
 * The rows of a .npz file: its only array of rows, or those named train and
 * test (or x_train and x_test, as Keras has them).
 *
 * @param selection.labels the array with the class of each row
 * @throws {UserError} it is damaged, larger than 2 GiB when unpacked, or there
 *   are several arrays to choose from
 */
export function parseNpz(
  bytes: Uint8Array,
  where: string,
  { labels, missing }: Pick<Selection, "labels" | "missing">,
): Sheets {
  const arrays = unpack(bytes, where);
  const sheet = (name: string) =>
    parseNpy(arrays.get(name)!, `${where}, array ${name}`, { missing });
  const split = SPLITS.find((names) => names.every((name) => arrays.has(name)));
  if (split !== undefined) {
    if (labels !== null) {
      refuse(
        where,
        `--labels ${labels}: ${split.join(" and ")} have no labels beside ` +
          "them; leave it out, or keep all rows in one array beside their " +
          "labels, and split by --test-fraction",
      );
    }
    return { train: sheet(split[0]), test: sheet(split[1]) };
  }
  if (labels !== null && !arrays.has(labels)) {
    refuse(
      where,
      `--labels ${labels}: its arrays are ${[...arrays.keys()].join(", ")}`,
    );
  }
  const rows = [...arrays.keys()].filter((name) => name !== labels);
  if (rows.length !== 1) {
    refuse(
      where,
      `its arrays are ${rows.join(", ") || "none"}; save one alone, or two ` +
        "named train and test",
    );
  }
  const data = sheet(rows[0]!);
  if (labels === null) return data;
  const classes = sheet(labels);
  if (classes.count !== data.count || classes.shape.some((n) => n !== 1)) {
    refuse(
      where,
      `--labels ${labels}: ${classes.count} rows of ` +
        `${formatShape(classes.shape)} for ${data.count} rows`,
    );
  }
  const file = arrays.get(labels)!;
  const { layout, start } = headerOf(file, where);
  const texts = textsOf(file.subarray(start), layout);
  return { ...data, labels: texts };
}

/** The .npy files of an archive, by the names of their arrays. */
function unpack(bytes: Uint8Array, where: string): Map<string, Uint8Array> {
  let total = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (!name.endsWith(".npy")) return false;
        total += originalSize;
        // Never unpacked beyond the size that the archive declares.
        return total <= MOST_BYTES;
      },
    });
  } catch (error) {
    refuse(
      where,
      `not an intact .npz file (${(error as Error).message}); replace it`,
    );
  }
  if (total > MOST_BYTES) {
    refuse(where, "unpacked it is larger than 2 GiB; split it");
  }
  return new Map(
    Object.entries(files).map(([name, file]) => [name.slice(0, -4), file]),
  );
}
