/**
 * What training needs of where it runs. `#host` is an implementation: by the
 * import map of deno.json that of Deno (deno_host.ts), in the scripts of pages
 * that of a browser (src/web/host.ts).
 */
export interface Host {
  /** The bytes of the wasm engine's module. */
  engineBytes(): Uint8Array<ArrayBuffer>;
  /**
   * Starts a worker that serves the engine: see engine/wasm/thread.ts.
   *
   * @param name of the worker, for people
   */
  startThread(name: string): Worker;
  /** Whether wide tiles of products are the fastest here: no bit depends on it. */
  prefersWideTiles(): boolean;
  /** Waits for a turn of the event loop, in which others are heard. */
  turn(): Promise<unknown>;
}
