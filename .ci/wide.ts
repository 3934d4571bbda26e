/**
 * Which functions of the wasm engine's module V8 makes 256-bit operations of,
 * by its own trace, or why it does not. Fails where a hot one has none.
 */

import { hasWideOperations, V8_FLAGS } from "../src/engine/wasm/wide.ts";

const MODULE = "src/engine/wasm/engine.wasm";

/** Functions in which a step spends its time: all of their stores must pack. */
const HOT = new RegExp(
  "^(wideTile|productTask|packTask|sparseProductTask|sumSixtyFour|finish|" +
    "(likelihood|logLikelihood|dream)\\d+|inferTask|posteriorGradientTask|sumColumnsTask|" +
    "scaleOutputsTask|(adam|adagrad|sgd)Task)$",
);

/** All functions compiled by the optimising compiler, one after the other. */
const TRACE = [
  ...V8_FLAGS,
  "--trace-wasm-revectorize",
  ...["--no-liftoff", "--no-wasm-lazy-compilation"],
  "--wasm-num-compilation-tasks=1",
];

/** The names of exported functions by their number in the module. */
function exportsOf(bytes: Uint8Array): Map<number, string> {
  let at = 8;
  function number(): number {
    for (let value = 0, shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
  while (at < bytes.length) {
    const isExports = bytes[at++] === 7;
    const size = number();
    if (!isExports) {
      at += size;
      continue;
    }
    return new Map(
      Array.from({ length: number() }, () => {
        const length = number();
        const name = new TextDecoder().decode(bytes.slice(at, at += length));
        at += 1; // all are functions
        return [number(), name];
      }),
    );
  }
  throw new Error(`${MODULE} has no exports`);
}

/** V8's trace of the module's compilation. */
async function traceOf(): Promise<string> {
  const code = `new WebAssembly.Module(Deno.readFileSync("${MODULE}"))`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    env: { DENO_V8_FLAGS: TRACE.join(",") },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}

if (!hasWideOperations()) {
  console.log("this CPU has no operations of 256 bits: nothing to check");
  Deno.exit();
}
const names = exportsOf(Deno.readFileSync(MODULE));
const trace = await traceOf();
const lines: string[] = [];
const left = new Set([...names.values()].filter((name) => HOT.test(name)));
for (
  const [, number, body = ""] of trace.matchAll(
    /^Begin revec function wasm-function#(\d+)$([^]*?)^Finished revec/gm,
  )
) {
  const name = names.get(Number(number));
  if (name === undefined) continue;
  const pairs = body.match(/^\{$/gm)?.length ?? 0;
  const reasons = [
    ...body.matchAll(/^Revec: \w+ \d+: (.*)\n.*SLP tree failed/gm),
  ].map(([, reason]) => reason!);
  const packs = body.includes("Decided to vectorize") && reasons.length === 0;
  if (packs) left.delete(name);
  const what = packs
    ? `packed, ${pairs} ${pairs === 1 ? "pair" : "pairs"} of stores`
    : [...new Set(reasons)].join("; ") || "no pairs of stores";
  lines.push(`${HOT.test(name) ? "hot" : ""}\t${name}\t${what}`);
}
const width = Math.max(...names.values().map((name) => name.length));
for (const line of lines.toSorted()) {
  const [hot, name, what] = line.split("\t");
  console.log(`${hot!.padEnd(4)}${name!.padEnd(width + 2)}${what}`);
}
if (left.size > 0) {
  console.error(`error: hot, and not packed: ${[...left].join(", ")}`);
  Deno.exit(1);
}
