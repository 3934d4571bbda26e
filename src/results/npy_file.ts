/**
 * Writing numpy's .npy files, version 1.0.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

/** The bytes that a file begins with, and its version. */
const START = [0x93, ..."NUMPY"].map((c) =>
  typeof c === "number" ? c : c.charCodeAt(0)
).concat(1, 0);

/** An array of float32, row-major. */
export function encodeNpy(
  shape: readonly number[],
  values: Float32Array,
): Uint8Array {
  const bytes = new Uint8Array(
    values.buffer,
    values.byteOffset,
    values.byteLength,
  );
  return withHeader("'<f4'", shape, bytes);
}

/** A column of records: of each row a text, or `width` numbers. */
export type RecordField =
  | { readonly name: string; readonly texts: readonly string[] }
  | {
    readonly name: string;
    readonly values: ArrayLike<number>;
    readonly width: number;
    readonly type: "f4" | "f8" | "i4";
  };

const WRITERS = {
  f4: (view: DataView, at: number, value: number) =>
    view.setFloat32(at, value, true),
  f8: (view: DataView, at: number, value: number) =>
    view.setFloat64(at, value, true),
  i4: (view: DataView, at: number, value: number) =>
    view.setInt32(at, value, true),
} as const;

/**
 * A structured array of n records, whose fields `numpy.load(path)[name]` gives:
 * texts [n], and numbers [n], or [n, width] where there are several in a row.
 */
export function encodeRecords(
  n: number,
  fields: readonly RecordField[],
): Uint8Array {
  const laidOut = fields.map(layoutOf);
  const stride = laidOut.reduce((total, { bytes }) => total + bytes, 0);
  const data = new Uint8Array(n * stride);
  const view = new DataView(data.buffer);
  let offset = 0;
  for (const { bytes, write } of laidOut) {
    for (let row = 0; row < n; row++) write(view, row * stride + offset, row);
    offset += bytes;
  }
  const descr = laidOut.map(({ descr }) => descr).join(", ");
  return withHeader(`[${descr}]`, [n], data);
}

interface Layout {
  readonly descr: string;
  /** in a record */
  readonly bytes: number;
  readonly write: (view: DataView, at: number, row: number) => void;
}

function layoutOf(field: RecordField): Layout {
  const name = `'${field.name.replaceAll(/[\\']/g, "\\$&")}'`;
  if ("texts" in field) {
    const characters = field.texts.map((text) => [...text]);
    const most = characters.reduce((a, { length }) => Math.max(a, length), 1);
    return {
      descr: `(${name}, '<U${most}')`,
      bytes: 4 * most,
      write: (view, at, row) =>
        characters[row]!.forEach((c, i) =>
          view.setUint32(at + 4 * i, c.codePointAt(0)!, true)
        ),
    };
  }
  const { values, width, type } = field;
  const size = type === "f8" ? 8 : 4;
  return {
    descr: width === 1
      ? `(${name}, '<${type}')`
      : `(${name}, '<${type}', (${width},))`,
    bytes: width * size,
    write(view, at, row) {
      for (let i = 0; i < width; i++) {
        WRITERS[type](view, at + size * i, values[row * width + i]!);
      }
    },
  };
}

function withHeader(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
): Uint8Array {
  const header = `{'descr': ${descr}, 'fortran_order': False, ` +
    `'shape': (${shape.map((size) => `${size},`).join(" ")}), }`;
  // Version 1.0 is ASCII; the header ends with LF at a multiple of 64 bytes.
  const escaped = header.replaceAll(
    /[^\0-\x7f]/gu,
    (c) => `\\U${c.codePointAt(0)!.toString(16).padStart(8, "0")}`,
  );
  const length = 64 * Math.ceil((START.length + 3 + escaped.length) / 64) -
    START.length - 2;
  const text = new TextEncoder().encode(`${escaped.padEnd(length - 1)}\n`);
  const file = new Uint8Array(START.length + 2 + length + data.length);
  file.set(START);
  new DataView(file.buffer).setUint16(START.length, length, true);
  file.set(text, START.length + 2);
  file.set(data, START.length + 2 + length);
  return file;
}
