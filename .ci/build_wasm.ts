/**
 * Builds the wasm engine's module, engine.wasm, from its AssemblyScript sources.
 * With `--check` it writes nothing, and fails where the committed file has other
 * bytes.
 */

import { commandsInAssembly } from "../src/engine/wasm/commands.ts";
import { kernels } from "../src/engine/wasm/print_kernels.ts";
import { quantile } from "../src/engine/wasm/print_quantile.ts";

const FOLDER = "src/engine/wasm";
const SOURCE = `${FOLDER}/assembly/index.ts`;
// One version and one set of flags: one sequence of bytes.
const COMPILER = "npm:assemblyscript@0.28.20/asc";
const FLAGS = [
  ...["--runtime", "stub"],
  ...["-O3", "--noAssert"],
  ...["--enable", "simd", "--enable", "threads", "--enable", "bulk-memory"],
  ...["--importMemory", "--noExportMemory", "--sharedMemory"],
  ...["--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--memoryBase", "10240"],
];

const [option] = Deno.args;
if (Deno.args.length > 1 || (option !== undefined && option !== "--check")) {
  console.error("usage: deno task build:wasm [--check]");
  Deno.exit(2);
}
const checks = option === "--check";

/** Sources that are printed, and from what. */
const PRINTED = [
  ["commands.ts", commandsInAssembly(), "the fields of commands"],
  ["pixelwise.ts", kernels(), "the likelihoods' expressions"],
  ["normal_quantile.ts", quantile(), "src/random/normal_quantile.ts"],
] as const;
for (const [name, text, origin] of PRINTED) {
  const path = `${FOLDER}/assembly/${name}`;
  if (!checks) Deno.writeTextFileSync(path, text);
  else if (Deno.readTextFileSync(path) !== text) {
    console.error(
      `${path} differs from ${origin}: run deno task build:wasm`,
    );
    Deno.exit(1);
  }
}

const target = `${FOLDER}/engine.wasm`;
const out = checks ? await Deno.makeTempFile({ suffix: ".wasm" }) : target;
try {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", COMPILER, SOURCE, "-o", out, ...FLAGS],
  }).spawn().status;
  const [built, committed] = [out, target].map((path) =>
    Deno.readFileSync(path).toHex()
  );
  if (code === 0 && built !== committed) {
    console.error(`${target} is not what its sources give: build it again`);
  }
  Deno.exitCode = built === committed ? code : 1;
} finally {
  if (checks) await Deno.remove(out);
}
