/** The module, its memory and its threads. */

import { host } from "#host";
import { MachineError, UserError } from "../../errors.ts";
import { MOST_THREADS, READY, WIDE } from "./layout.ts";
import { instantiate, type ModuleExports, type Start } from "./thread.ts";

const PAGE = 65536;
const MOST_PAGES = 65536;
const WORKER_DIED = "a worker thread of the wasm engine died";

/** How the engine computes. No bit depends on it. */
export interface Kernels {
  /** whether products take wide tiles; by default where they are faster */
  readonly wide?: boolean;
}

/**
 * A memory of one page, to be grown. V8 reserves its maximum, which is all that
 * 32 bits reach: without checks of bounds (see `V8_FLAGS`) an address beyond
 * what is in use ends the process, where with a smaller maximum it would read
 * and write what lies behind.
 */
export function sharedMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial: 1,
    maximum: MOST_PAGES,
    shared: true,
  });
}

/** What this machine lacks for the module; null: nothing. */
export function missingFromMachine(): string | null {
  try {
    sharedMemory();
  } catch {
    return "shared WebAssembly memory";
  }
  return WebAssembly.validate(host.engineBytes())
    ? null
    : "WebAssembly SIMD and threads";
}

/** @throws {UserError} the machine lacks what the module needs */
export function checkMachine(): void {
  const missing = missingFromMachine();
  if (missing === null) return;
  throw new UserError(
    `the wasm engine needs ${missing}, which this machine lacks; take ` +
      "--engine reference",
  );
}

/** An instance with a memory that workers share. */
export class WasmModule {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: ModuleExports;
  readonly #threads: number;
  readonly #workers: Worker[] = [];
  #failure: Error | undefined;

  /**
   * Compiles the module. Workers start by themselves and take part once they
   * have started.
   *
   * @param threads with that of the caller
   * @throws {UserError} the machine lacks what the module needs
   */
  constructor(
    threads: number,
    { wide = host.prefersWideTiles() }: Kernels = {},
  ) {
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
      throw new RangeError(`threads: ${threads} is not in 1..${MOST_THREADS}`);
    }
    this.#threads = threads;
    checkMachine();
    this.#memory = sharedMemory();
    const module = new WebAssembly.Module(host.engineBytes());
    new Int32Array(this.buffer)[WIDE / 4] = wide ? 1 : 0;
    this.#exports = instantiate(module, this.#memory);
    for (let i = 1; i < threads; i++) {
      const worker = host.startThread(`wasm engine ${i}`);
      worker.onerror = (event) => {
        event.preventDefault();
        // The stack is on the lines after the first.
        const [why] = (event.message ?? "it did not load").split("\n");
        this.#failure ??= new MachineError(`${WORKER_DIED}: ${why}`);
      };
      const start: Start = { module, memory: this.#memory };
      worker.postMessage(start);
      this.#workers.push(worker);
    }
  }

  /** The exports that tests call. */
  get exports(): ModuleExports {
    return this.#exports;
  }

  /** Threads that would run a program now. */
  get threads(): number {
    const ready = Atomics.load(new Int32Array(this.buffer), READY / 4);
    return 1 + Math.min(ready, this.#threads - 1);
  }

  /** The memory as it is now: growing makes another object. */
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  /** Grows the memory. @throws {UserError} the machine does not give it */
  reserve(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE) - this.buffer.byteLength / PAGE;
    if (missing <= 0) return;
    try {
      this.#memory.grow(missing);
    } catch (cause) {
      const size = Math.ceil(bytes / 2 ** 20);
      throw new UserError(
        `the wasm engine needs ${size} MiB of memory, which this machine does ` +
          "not give; take a smaller batch or fewer samples",
        { cause },
      );
    }
  }

  /** Runs a program. @throws {MachineError} a worker died */
  run(program: number): void {
    this.check();
    if (this.#exports.run(program, this.#threads) !== 0) {
      this.#failure ??= new MachineError(WORKER_DIED);
    }
    this.check();
  }

  /** @throws {MachineError} a worker died */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  dispose(): void {
    this.#exports.end();
    for (const worker of this.#workers) worker.terminate();
    this.#workers.length = 0;
  }
}
