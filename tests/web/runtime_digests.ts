/**
 * A program for any JavaScript runtime, when it is bundled as a page's script:
 * prints digests of tests/engine/wasm/digest.ts as JSON, of every n-th training.
 * Its arguments are the path of the wasm engine's module and n.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { giveHost } from "../../src/web/host.ts";
import { trainingDigests } from "../engine/wasm/digest.ts";

const [, , engine, every] = process.argv;
giveHost({
  engine: new Uint8Array(readFileSync(engine!)),
  startThread: (name) => {
    throw new Error(`${name}: one thread is enough here`);
  },
});
console.log(JSON.stringify(await trainingDigests(1, {}, Number(every))));
// The page's host listens to a port, which keeps a process alive.
process.exit();
