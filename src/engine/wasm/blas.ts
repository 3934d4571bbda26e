/** OpenBLAS, where it is installed, for the wasm engine's products. */

import { UserError } from "../../errors.ts";

/** A library that can compute products. */
export interface BlasLibrary {
  /** its file, or a name by which the system finds it */
  readonly library: string;
  /** its version and CPU, as it reports them */
  readonly build: string;
}

/** c = a b or c + a b; see src/engine/wasm/assembly/host_product.ts. */
export type Gemm = (
  aTransposed: number,
  bTransposed: number,
  m: number,
  n: number,
  depth: number,
  a: number,
  aStride: number,
  b: number,
  bStride: number,
  accumulates: number,
  c: number,
  cStride: number,
) => void;

export interface OpenBlas extends Disposable {
  readonly build: string;
  /** over the memory that it was opened with */
  readonly gemm: Gemm;
}

/** Names of OpenBLAS by operating system. */
const USUAL: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so"],
  darwin: [
    "libopenblas.dylib",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  windows: ["libopenblas.dll", "openblas.dll"],
};

// Addresses are integers here: the two are passed alike.
const SYMBOLS = {
  cblas_sgemm: {
    // deno-fmt-ignore
    parameters: [
      "i32", "i32", "i32", "i32", "i32", "i32", "f32", "usize", "i32", "usize",
      "i32", "f32", "usize", "i32",
    ],
    result: "void",
  },
  openblas_get_config: { parameters: [], result: "pointer" },
  openblas_get_parallel: { parameters: [], result: "i32" },
  openblas_set_num_threads: { parameters: ["i32"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

// As cblas.h has them
const ROW_MAJOR = 101;
const NO_TRANSPOSE = 111;
const TRANSPOSE = 112;

/** Whether Deno lets this program call libraries. */
export function mayCallLibraries(): boolean {
  return Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

/**
 * The library at a path, or for `auto` the one that the system finds; null:
 * none.
 *
 * @param usual what `auto` looks for
 * @throws {UserError} there is none at the path, or another one
 */
export function findBlas(
  choice: string,
  usual: readonly string[] = USUAL[Deno.build.os] ?? [],
): BlasLibrary | null {
  const memory = new WebAssembly.Memory({
    initial: 1,
    maximum: 1,
    shared: true,
  });
  const found = (library: string): BlasLibrary => {
    using blas = openBlas(library, memory);
    return { library, build: blas.build };
  };
  if (choice !== "auto") return found(choice);
  for (const library of usual) {
    try {
      return found(library);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return null;
}

/**
 * Opens a library over a memory. Each thread of the engine opens it and calls
 * it for its own tasks, so the library's own threads have nothing to do.
 *
 * @throws {UserError} there is no such library, or no OpenBLAS that many
 *   threads can call
 */
export function openBlas(
  library: string,
  memory: WebAssembly.Memory,
): OpenBlas {
  if (!mayCallLibraries()) {
    throw new UserError(`--blas ${library}: run Deno with --allow-ffi`);
  }
  const opened = open(library);
  const { symbols } = opened;
  const build = textAt(symbols.openblas_get_config());
  const wrong = build.includes("USE64BITINT")
    ? "has 64-bit integers"
    : symbols.openblas_get_parallel() === 0
    ? "is built for one thread"
    : null;
  if (wrong !== null) {
    opened.close();
    throw new UserError(
      `--blas ${library}: this OpenBLAS ${wrong}; take libopenblas0-pthread`,
    );
  }
  symbols.openblas_set_num_threads(1);
  // A shared memory never moves, and all threads have it at one address.
  const start = Number(Deno.UnsafePointer.value(
    Deno.UnsafePointer.of(new Uint8Array(memory.buffer)),
  ));
  // The module's addresses are unsigned: >>> 0 makes them so again.
  const at = (address: number) => BigInt(start + (address >>> 0));
  const { cblas_sgemm } = symbols;
  const gemm: Gemm = (
    aTransposed,
    bTransposed,
    m,
    n,
    depth,
    a,
    aStride,
    b,
    bStride,
    accumulates,
    c,
    cStride,
  ) =>
    cblas_sgemm(
      ROW_MAJOR,
      aTransposed ? TRANSPOSE : NO_TRANSPOSE,
      bTransposed ? TRANSPOSE : NO_TRANSPOSE,
      m,
      n,
      depth,
      1,
      at(a),
      aStride / 4,
      at(b),
      bStride / 4,
      accumulates,
      at(c),
      cStride / 4,
    );
  return { build, gemm, [Symbol.dispose]: () => opened.close() };
}

function open(library: string) {
  try {
    return Deno.dlopen(library, SYMBOLS);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const missing = /register symbol (\w+)/.exec(cause.message)?.[1];
    throw new UserError(
      missing === undefined
        ? `--blas ${library}: no such library, or none for this machine; ` +
          "--blas auto looks for OpenBLAS (Debian: libopenblas0-pthread)"
        : `--blas ${library}: no OpenBLAS, it has no ${missing}; ` +
          "--blas auto looks for one (Debian: libopenblas0-pthread)",
      { cause },
    );
  }
}

function textAt(pointer: Deno.PointerValue): string {
  return pointer === null
    ? "OpenBLAS"
    : new Deno.UnsafePointerView(pointer).getCString().trim();
}
