/** What training needs of Deno. */

import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { prefersWideTiles } from "./wasm/wide.ts";
import { readBytesSync } from "../files.ts";
import type { Host } from "./host.ts";

const FILE = new URL("./wasm/engine.wasm", import.meta.url);

/** The module's bytes, where it is no file: the toolkit came from a registry. */
const FETCHED = FILE.protocol === "file:"
  ? null
  : await (await fetch(FILE)).bytes();

/** Deno. */
export const host: Host = {
  engineBytes: () => FETCHED ?? readBytesSync(fileURLToPath(FILE)),
  startThread: (name) =>
    new Worker(new URL("./wasm/worker.ts", import.meta.url), {
      type: "module",
      name,
    }),
  prefersWideTiles,
  turn: () => setImmediate(),
};
