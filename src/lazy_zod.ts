/**
 * zod, which checks what comes from outside: `import { z } from "./lazy_zod.ts"`.
 *
 * Rows of flags and fields stand beside what they set, also where that runs in
 * a page, which has no zod. Hence their schemas are functions, and what calls
 * these loads zod.ts.
 */

import type { z as zod } from "zod";

/** The package, once it is loaded. */
export let z: typeof zod = new Proxy({} as typeof zod, {
  get() {
    throw new Error("zod is not loaded: import src/zod.ts");
  },
});

/** Its types. */
export declare namespace z {
  type ZodType<T = unknown, I = unknown> = zod.ZodType<T, I>;
}

/** A schema that is made when it is asked for. */
export type Schema<T> = () => zod.ZodType<T>;

/** Takes the package, for the module that has imported it. */
export function setZod(loaded: typeof zod): void {
  z = loaded;
}
