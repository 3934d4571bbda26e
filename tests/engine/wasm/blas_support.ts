/** Whether tests can use OpenBLAS here, and if not, why. */

import { findBlas, mayCallLibraries } from "../../../src/engine/wasm/blas.ts";

const found = mayCallLibraries() ? findBlas("auto") : null;

/** `label`: the library, or why a test is ignored and what would help. */
export const blas: { library: string | null; label: string } = {
  library: found?.library ?? null,
  label: found?.build ??
    (mayCallLibraries()
      ? "ignored: no OpenBLAS; install libopenblas0-pthread"
      : "ignored: no OpenBLAS without --allow-ffi"),
};
