/** A tensor of a safetensors file as rows. */

import { z } from "zod";
import {
  SafetensorsError,
  safetensorsHeader,
} from "../../results/safetensors.ts";
import { decodeRows, type NumberName } from "./array.ts";
import { refuse, type Selection, type Sheet } from "./sheet.ts";

/** The types that are read. */
const TYPES: Readonly<Record<string, NumberName>> = {
  BOOL: "b1",
  U8: "u1",
  I8: "i1",
  U16: "u2",
  I16: "i2",
  U32: "u4",
  I32: "i4",
  U64: "u8",
  I64: "i8",
  F32: "f4",
  F64: "f8",
};

const SIZE = z.int().min(0);

const headerSchema = z.object({ __metadata__: z.unknown().optional() })
  .catchall(z.object({
    dtype: z.string(),
    shape: z.array(SIZE),
    data_offsets: z.tuple([SIZE, SIZE]),
  }));

/**
 * The rows of a safetensors file of one tensor.
 *
 * @param where the file, for messages
 * @throws {UserError} it is damaged, or has several tensors, or one of a type
 *   that is not read
 */
export function parseSafetensors(
  bytes: Uint8Array,
  where: string,
  { missing }: Pick<Selection, "missing">,
): Sheet {
  const { header, start } = headerOf(bytes, where);
  const { __metadata__: _, ...tensors } = header;
  const [[name, tensor] = [], ...others] = Object.entries(tensors);
  if (tensor === undefined || others.length > 0) {
    const names = Object.keys(tensors).slice(0, 8).join(", ") || "none";
    refuse(where, `its tensors are ${names}; save one alone`);
  }
  const { dtype, shape, data_offsets: [from, to] } = tensor;
  if (!Object.hasOwn(TYPES, dtype)) {
    refuse(
      where,
      `tensor ${name}: numbers of type ${dtype} are not read; save one of ` +
        Object.keys(TYPES).join(", "),
    );
  }
  return decodeRows(
    bytes.subarray(start + from, start + to),
    { type: TYPES[dtype]!, shape, littleEndian: true, isFortran: false },
    where,
    missing,
  );
}

function headerOf(bytes: Uint8Array, where: string) {
  try {
    const { header, start } = safetensorsHeader(bytes);
    return { header: headerSchema.parse(header), start };
  } catch (error) {
    const isKnown = error instanceof SafetensorsError ||
      error instanceof z.ZodError;
    if (!isKnown) throw error;
    return refuse(where, "not an intact safetensors file; replace it");
  }
}
