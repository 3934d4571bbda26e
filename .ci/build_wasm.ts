/**
 * Builds src/engine/wasm/engine.wasm from its AssemblyScript sources. With
 * `--check` it writes nothing, and fails where the committed file has other
 * bytes.
 */

const SOURCE = "src/engine/wasm/assembly/index.ts";
const TARGET = "src/engine/wasm/engine.wasm";
// One version and one set of flags: one sequence of bytes.
const COMPILER = "npm:assemblyscript@0.28.20/asc";
const FLAGS = [
  ...["--runtime", "stub"],
  ...["-O3", "--noAssert"],
  ...["--enable", "simd", "--enable", "threads", "--enable", "bulk-memory"],
  ...["--importMemory", "--noExportMemory", "--sharedMemory"],
  ...["--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--memoryBase", "8192"],
];

const [option] = Deno.args;
if (Deno.args.length > 1 || (option !== undefined && option !== "--check")) {
  console.error("usage: deno task build:wasm [--check]");
  Deno.exit(2);
}
const checks = option === "--check";
const out = checks ? await Deno.makeTempFile({ suffix: ".wasm" }) : TARGET;
try {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", COMPILER, SOURCE, "-o", out, ...FLAGS],
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
  if (checks) {
    const [built, committed] = [out, TARGET].map((path) =>
      Deno.readFileSync(path).toHex()
    );
    if (built !== committed) {
      console.error(`${TARGET} is not what its sources give: build it again`);
      Deno.exit(1);
    }
  }
} finally {
  if (checks) await Deno.remove(out);
}
