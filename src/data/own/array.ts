/** Numbers as arrays of files have them, to rows of bytes or float32. */

import {
  formatShape,
  type Missing,
  product,
  refuse,
  type Sheet,
} from "./sheet.ts";

type Read = (view: DataView, at: number, littleEndian: boolean) => number;

/** A type of numbers: bytes of each, and how one is read. */
interface NumberType {
  readonly size: number;
  readonly read: Read;
}

/** The types that are read, by numpy's names. */
export const NUMBER_TYPES = {
  b1: { size: 1, read: (view, at) => view.getUint8(at) },
  u1: { size: 1, read: (view, at) => view.getUint8(at) },
  i1: { size: 1, read: (view, at) => view.getInt8(at) },
  u2: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  i2: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  u4: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  i4: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  u8: {
    size: 8,
    read: (view, at, little) => Number(view.getBigUint64(at, little)),
  },
  i8: {
    size: 8,
    read: (view, at, little) => Number(view.getBigInt64(at, little)),
  },
  f4: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
} as const satisfies Readonly<Record<string, NumberType>>;

/** The name of a type of numbers. */
export type NumberName = keyof typeof NUMBER_TYPES;

/** Types whose numbers a float64 cannot have exactly. */
const WIDE = {
  u8: (view, at, little) => view.getBigUint64(at, little),
  i8: (view, at, little) => view.getBigInt64(at, little),
} as const satisfies Record<
  string,
  (view: DataView, at: number, little: boolean) => bigint
>;

/** The numbers of an array of one axis, exactly; NaN is empty. */
export function textsOf(
  bytes: Uint8Array,
  { type, littleEndian }: Layout,
): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { size, read } = NUMBER_TYPES[type];
  const exact = type === "u8" || type === "i8" ? WIDE[type] : read;
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const value = exact(view, i * size, littleEndian);
    return Number.isNaN(value) ? "" : String(value);
  });
}

/** How an array lies in its bytes. */
export interface Layout {
  readonly type: NumberName;
  readonly littleEndian: boolean;
  /** rows first */
  readonly shape: readonly number[];
  /** whether the first index is the fastest */
  readonly isFortran: boolean;
}

/**
 * The rows of an array, whose first axis counts them.
 *
 * @param bytes of the numbers alone
 * @param where the file, for messages
 * @param missing whether NaN stands for a missing value
 * @throws {UserError} another length, no rows, or a value that is not finite
 */
export function decodeRows(
  bytes: Uint8Array,
  layout: Layout,
  where: string,
  missing?: Missing | undefined,
): Sheet {
  const { type, littleEndian, isFortran } = layout;
  const [count = 0, ...rest] = layout.shape;
  const shape = rest.length === 0 ? [1] : rest;
  if (shape.length > 3) {
    refuse(
      where,
      `an array of shape ${formatShape(layout.shape)}; rows may be of shape ` +
        "D, HxW or HxWxC",
    );
  }
  const length = count * product(shape);
  const { size, read } = NUMBER_TYPES[type];
  if (bytes.length !== length * size) {
    refuse(
      where,
      `${bytes.length} bytes of data instead of ${length * size}; the file ` +
        "is truncated or damaged",
    );
  }
  if (length === 0) refuse(where, "it has no rows, or rows without values");
  const isBytes = type === "u1" || type === "b1";
  if (isBytes && !isFortran) {
    return { count, shape, values: bytes, columns: null, labels: null };
  }
  const values = isBytes ? new Uint8Array(length) : new Float32Array(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = isFortran ? fortranOrder(layout.shape) : (i: number) => i;
  const dim = length / count;
  for (let i = 0; i < length; i++) {
    const value = read(view, at(i) * size, littleEndian);
    values[i] = value;
    if (Number.isFinite(values[i])) continue;
    if (missing === "mask" && Number.isNaN(value)) {
      values[i] = NaN; // the same bits, whatever the file's are
      continue;
    }
    refuse(
      where,
      `row ${Math.floor(i / dim) + 1}, value ${i % dim + 1} is ${value}, ` +
        "which is no finite float32; remove the row" +
        (Number.isNaN(value) && shape.length === 1
          ? ", or use --missing mask"
          : ""),
    );
  }
  return { count, shape, values, columns: null, labels: null };
}

/** Where the i-th element, the last index fastest, lies in Fortran order. */
function fortranOrder(shape: readonly number[]): (i: number) => number {
  const strides: number[] = [];
  shape.reduce((stride, size, axis) => {
    strides[axis] = stride;
    return stride * size;
  }, 1);
  return (i) => {
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis]!;
      at += (i % size) * strides[axis]!;
      i = Math.floor(i / size);
    }
    return at;
  };
}
