/** Texts of flags, checked as the command line gives them. */

import { z } from "../zod.ts";
import { expectation, type Value, valueOf } from "./value.ts";

/** The schema of texts of that kind. */
export function fromText<T>(value: Value<T>): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const read = valueOf(value, text);
    if (read !== undefined) return read;
    context.addIssue(expectation(value, text));
    return z.NEVER;
  });
}

/** The value of a flag that may be given once; undefined: it was not given. */
export function once<T>(value: Value<T>) {
  return z.array(fromText(value)).max(1, "given more than once")
    .transform((values) => values[0]);
}
