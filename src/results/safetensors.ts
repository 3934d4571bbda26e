/**
 * Arrays of float32 in one file, in the safetensors format: eight bytes with
 * the length of a JSON header (little-endian), the header, the bytes of the
 * arrays. https://github.com/huggingface/safetensors
 *
 * The header's metadata holds a SHA-256 over everything else, so that a
 * flipped byte is an error and never a number.
 */

/** One array, row-major. */
export interface NamedArray {
  /** unique in its file */
  readonly name: string;
  /** as many sizes as the array has dimensions */
  readonly shape: readonly number[];
  /** as many values as the shape holds */
  readonly values: Float32Array;
}

/** What a file holds. */
export interface Safetensors {
  /** the arrays, in the order of the file */
  readonly arrays: readonly NamedArray[];
  /** texts by name */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes are not a safetensors file, or not those that were written. */
export class SafetensorsError extends Error {
  /** tells it from other errors */
  override readonly name = "SafetensorsError";
}

const HASH = "sha256";

/** Header of one array: where its bytes lie after the header. */
interface Entry {
  dtype: "F32";
  shape: readonly number[];
  data_offsets: [number, number];
}

async function digest(header: object, data: Uint8Array): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(text.length + data.length);
  bytes.set(text);
  bytes.set(data, text.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The file's bytes: the same for the same content. */
export async function encodeSafetensors(
  { arrays, metadata }: Safetensors,
): Promise<Uint8Array> {
  const total = arrays.reduce((sum, { values }) => sum + values.byteLength, 0);
  const data = new Uint8Array(total);
  const entries: [string, Entry][] = [];
  let offset = 0;
  for (const { name, shape, values } of arrays) {
    const end = offset + values.byteLength;
    data.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      offset,
    );
    entries.push([name, { dtype: "F32", shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const headerWith = (hash: string) => ({
    __metadata__: { ...metadata, [HASH]: hash },
    ...Object.fromEntries(entries),
  });
  const hash = await digest(headerWith(""), data);
  const json = JSON.stringify(headerWith(hash));
  // Spaces after the JSON align the data to eight bytes.
  const header = new TextEncoder().encode(
    json.padEnd(
      json.length + (8 - new TextEncoder().encode(json).length % 8) % 8,
    ),
  );
  const file = new Uint8Array(8 + header.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  file.set(data, 8 + header.length);
  return file;
}

const TORN = "it is cut short or damaged";

/**
 * The header of a safetensors file, which no hash has checked, and where the
 * bytes of its arrays start.
 *
 * @throws {SafetensorsError} it has none
 */
export function safetensorsHeader(
  bytes: Uint8Array,
): { header: unknown; start: number } {
  if (bytes.length < 8) throw new SafetensorsError(TORN);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  if (start > bytes.length) throw new SafetensorsError(TORN);
  const text = bytes.subarray(8, start);
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return { header: JSON.parse(decoder.decode(text)), start };
  } catch {
    throw new SafetensorsError(TORN);
  }
}

/**
 * Reads a file back.
 *
 * @throws {SafetensorsError} it is torn, or not what was written
 */
export async function decodeSafetensors(
  bytes: Uint8Array,
): Promise<Safetensors> {
  const { header: found, start } = safetensorsHeader(bytes);
  const header = found as Record<string, Entry> & {
    __metadata__: Record<string, string>;
  };
  const { __metadata__, ...entries } = header ?? {};
  const data = bytes.slice(start);
  const { [HASH]: hash, ...metadata } = __metadata__ ?? {};
  const unhashed = {
    __metadata__: { ...__metadata__, [HASH]: "" },
    ...entries,
  };
  if (hash !== await digest(unhashed, data)) throw new SafetensorsError(TORN);
  // The hash holds, so what follows is as it was written.
  const arrays = Object.entries(entries).map(([name, entry]) => {
    const [start, end] = entry.data_offsets;
    return {
      name,
      shape: entry.shape,
      values: new Float32Array(data.buffer, start, (end - start) / 4),
    };
  });
  return { arrays, metadata };
}
