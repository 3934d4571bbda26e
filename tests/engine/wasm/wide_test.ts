import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import project from "../../../deno.json" with { type: "json" };
import { V8_FLAGS } from "../../../src/engine/wasm/wide.ts";
import { runProgram } from "../programs.ts";
import GOLDEN from "./golden_bits.json" with { type: "json" };

const WIDE = { DENO_V8_FLAGS: V8_FLAGS.join(",") };

for (const tiles of ["wide", "narrow"]) {
  Deno.test(`V8's flags change no bit, with ${tiles} tiles`, async () => {
    const { stdout, stderr } = await runProgram(
      "wasm/digest.ts",
      ["2", tiles],
      WIDE,
    );
    assertEquals(JSON.parse(stdout), GOLDEN, stderr);
  });
}

Deno.test("an address out of bounds ends the process, and is no foreign value", async () => {
  const run = (args: string[], env = {}) =>
    runProgram("wasm/out_of_bounds.ts", args, env);
  const inside = await run(["store", "65520"], WIDE);
  assertEquals([inside.stdout, inside.stderr], ["done", ""]);
  for (const kind of ["load", "store"]) {
    const checked = await run([kind, "65521"]);
    assertStringIncludes(checked.stderr, "out of bounds");
    // Behind the page in use, in the middle, and where 32 bits end
    for (const address of [65536, 2 ** 20, 2 ** 31, 2 ** 32 - 16]) {
      const args = [kind, `${address}`];
      const { stdout, signal } = await run(args, WIDE);
      assertEquals(stdout, "", args.join(" "));
      assert(signal === "SIGSEGV" || signal === "SIGBUS", `${args}: ${signal}`);
    }
  }
});

Deno.test("tasks that may run the wasm engine set V8's flags, and no others", () => {
  const tasks: Record<string, { command: string }> = project.tasks;
  const prefix = `DENO_V8_FLAGS=${V8_FLAGS.join(",")} deno run `;
  for (const [name, { command }] of Object.entries(tasks)) {
    const mayRunIt = ["evaluate", "bench"].includes(name) ||
      name.startsWith("exp:") && name !== "exp:gradient-snr";
    // The jobs that it sends have its environment.
    const mayPassOn = name === "submit";
    assertEquals(command.startsWith(prefix), mayRunIt || mayPassOn, name);
    const mayRead = / -A | --allow-env=\S*\bDENO_V8_FLAGS\b/.test(command);
    assertEquals(mayRead, mayRunIt, name);
  }
});

/** The most pages of a module's own memory; null: it says none. */
function mostPages(bytes: Uint8Array): number | null {
  const MEMORY = 5;
  let at = 8;
  function number(): number {
    for (let value = 0, shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = number();
    if (section !== MEMORY) {
      at += size;
      continue;
    }
    assertEquals(number(), 1);
    const hasMaximum = (bytes[at++]! & 1) === 1;
    number();
    return hasMaximum ? number() : null;
  }
  throw new Error("the module has no memory of its own");
}

Deno.test("packages' modules reserve all that 32 bits reach, too", async () => {
  for (
    const module of [
      "@resvg/resvg-wasm/index_bg.wasm",
      "@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm",
      "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
      "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
    ]
  ) {
    const bytes = await Deno.readFile(new URL(import.meta.resolve(module)));
    assert([null, 65536].includes(mostPages(bytes)), module);
  }
});
