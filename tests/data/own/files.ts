/** Files of data, as numpy and others write them, for tests. */

import { zipSync } from "fflate";
import { readFlags } from "../../../src/cli/read_flags.ts";
import { requestOf } from "../../../src/cli/request.ts";
import { NUMBER_TYPES, type NumberName } from "../../../src/data/own/array.ts";
import { loadDataset, type TrainingData } from "../../../src/data/load.ts";
import type { RunConfig } from "../../../src/train/config.ts";
import { withFolder } from "../helpers.ts";

type Write = (view: DataView, at: number, value: number, le: boolean) => void;

const WRITERS: Readonly<Record<NumberName, Write>> = {
  b1: (view, at, value) => view.setUint8(at, value),
  u1: (view, at, value) => view.setUint8(at, value),
  i1: (view, at, value) => view.setInt8(at, value),
  u2: (view, at, value, le) => view.setUint16(at, value, le),
  i2: (view, at, value, le) => view.setInt16(at, value, le),
  u4: (view, at, value, le) => view.setUint32(at, value, le),
  i4: (view, at, value, le) => view.setInt32(at, value, le),
  u8: (view, at, value, le) => view.setBigUint64(at, BigInt(value), le),
  i8: (view, at, value, le) => view.setBigInt64(at, BigInt(value), le),
  f4: (view, at, value, le) => view.setFloat32(at, value, le),
  f8: (view, at, value, le) => view.setFloat64(at, value, le),
};

/** How an array is written; the values are in the order of the file. */
export interface Written {
  readonly type?: NumberName;
  readonly endian?: "<" | ">" | "|" | "=";
  readonly fortran?: boolean;
  /** as the header names the type, where it is to lie */
  readonly descr?: string;
}

/** The bytes of numbers alone. */
export function bytesOf(
  values: readonly number[],
  { type = "f4", endian = "<" }: Written = {},
): Uint8Array<ArrayBuffer> {
  const { size } = NUMBER_TYPES[type];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) =>
    WRITERS[type](view, i * size, value, endian !== ">")
  );
  return bytes;
}

/** A .npy file of version 1.0. */
export function npy(
  shape: readonly number[],
  values: readonly number[],
  written: Written = {},
): Uint8Array<ArrayBuffer> {
  const { type = "f4", endian = "<", fortran = false } = written;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${written.descr ?? endian + type}', ` +
    `'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${sizes}), }`;
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11) +
    "\n";
  const start = new Uint8Array([0x93, ...ascii("NUMPY"), 1, 0, 0, 0]);
  new DataView(start.buffer).setUint16(8, padded.length, true);
  return concat([start, ascii(padded), bytesOf(values, written)]);
}

/** A safetensors file, as its reference implementation writes it. */
export function safetensors(
  tensors: Readonly<
    Record<
      string,
      { shape: readonly number[]; dtype: string; data: Uint8Array }
    >
  >,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const header = ascii(JSON.stringify(Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, dtype, data }]) => {
      const data_offsets = [at, at += data.length];
      return [name, { dtype, shape, data_offsets }];
    }),
  )));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  const data = Object.values(tensors)
    .map(({ data }) => Uint8Array.from(data));
  return concat([length, header, ...data]);
}

/** A .npz file of arrays by name. */
export function npz(
  arrays: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  return zipSync(Object.fromEntries(
    Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]),
  ));
}

/** Bytes of a text. */
export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function concat(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Files by their paths below a folder. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Runs with the files in a folder of their own, and its path. */
export async function withFiles(
  files: Files,
  run: (folder: string) => Promise<void> | void,
): Promise<void> {
  await withFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
      const bytes = typeof content === "string" ? ascii(content) : content;
      await Deno.writeFile(path, bytes);
    }
    await run(folder);
  });
}

/** The config of one run, as the command line asks for it. */
export function configOf(path: string, flags: readonly string[]): RunConfig {
  const args = ["--data", path, ...flags];
  return requestOf(readFlags(args)).runs[0]!.config;
}

/** The data of the file, as a run has them. */
export async function load(
  path: string,
  flags: readonly string[] = [],
): Promise<TrainingData> {
  return await loadDataset(configOf(path, flags), { data: path });
}

/** 0, 1, ..., n - 1. */
export const upTo = (n: number): number[] => [...Array(n).keys()];

/** All values, whatever split they are in, by row. */
export async function rowsOf(
  path: string,
  flags: readonly string[] = [],
): Promise<number[][]> {
  const { train, test, dim } = await load(path, flags);
  const values = [...train.values, ...test.values];
  const rows = upTo(train.count + test.count)
    .map((i) => values.slice(i * dim, (i + 1) * dim));
  return rows.toSorted((a, b) => a[0]! - b[0]!);
}

/** A table with quotes, a line end of each kind, and an empty line. */
export const TABLE =
  'size,weight,"class, named"\n1,2.5,a\r\n3,-4e1,b\n\n5,6,"c"';
