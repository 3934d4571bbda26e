/** An instance of the module, and what a worker does with it. */

/** The exports of src/engine/wasm/assembly/index.ts. */
export interface ModuleExports extends WebAssembly.Exports {
  run(program: number, threads: number): number;
  serve(): void;
  end(): void;
  fail(): void;
  philoxBlocks(out: number, stream: number, block: number): void;
  normalQuantile(p: number): number;
  exp64(x: number): number;
  log64(x: number): number;
  expOf(from: number, to: number, count: number): void;
  log1pOf(from: number, to: number, count: number): void;
  logOf(from: number, to: number, count: number): void;
  signOf(from: number, to: number, count: number): void;
  softplusOf(from: number, to: number, count: number): void;
  sigmoidOf(from: number, to: number, count: number): void;
  tanhOf(from: number, to: number, count: number): void;
  expMinusOneMinusOf(from: number, to: number, count: number): void;
}

export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): ModuleExports {
  const imports = {
    env: {
      memory,
      abort: () => {
        throw new Error("the wasm engine's module aborted");
      },
    },
  };
  return new WebAssembly.Instance(module, imports).exports as ModuleExports;
}

/** What a worker is sent. */
export interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** Takes part in what the engine runs, until that ends. */
export function serveThread({ module, memory }: Start): void {
  const exports = instantiate(module, memory);
  try {
    exports.serve();
  } catch (error) {
    exports.fail();
    throw error;
  }
}
