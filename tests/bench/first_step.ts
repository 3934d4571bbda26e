/**
 * A program: trains one step and prints when each part of it was done, as
 * tests/bench/start.ts reads it. Its argument is the folder of the data.
 */

import { openBackend } from "../../src/engine/backend.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { Batches } from "../../src/train/batches.ts";
import { settingsAt } from "../../src/train/loop.ts";
import type { Marks } from "./start.ts";
import { configOf, dataOf, newVae } from "./training.ts";

const modules = performance.now();
const loaded = await dataOf(Deno.args[0]);
const data = performance.now();
await openBackend("cpu");
const config = configOf();
using vae = newVae({ data: loaded, config });
// A step begins with the threads that are there.
using engine = await WasmEngine.create(vae, config);
engine.step(new Batches(loaded, config).training(1), settingsAt(config, 1));
await engine.readTerms();
const step = performance.now();
const marks: Marks = { modules, data, step };
console.log(JSON.stringify(marks));
