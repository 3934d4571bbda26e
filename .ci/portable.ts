/**
 * Trains on the wasm engine again with the ARM build of Deno, under emulation,
 * and fails where its bits are not those of this machine:
 * tests/engine/wasm/portable_bits_test.ts has their hash, and a run that
 * stopped here must end there as it does here.
 */

import { cp } from "node:fs/promises";

const TEST = "tests/engine/wasm/portable_bits_test.ts";

/** A run that stops at its first checkpoint, and ends when it is started again. */
const RUN = [
  ...["run", "--no-check", "--allow-read", "--allow-write", "--allow-env"],
  ...["--allow-run=git", "tests/experiments/stops.ts", "--quiet"],
  ...["--engine", "wasm", "--backend", "cpu", "--hidden", "8", "--jobs", "1"],
  ...["--train-size", "200", "--test-size", "50", "--batch-size", "10"],
  ...["--steps", "20", "--checkpoint-every", "10", "--eval-every", "4"],
  ...["--latent", "2", "--final-k", "3", "--final-rows", "10"],
];
/** Where its folder is. */
const EXPERIMENT = "latent-sweep";
/** The newest that npm has for ARM. */
const PACKAGE = "@deno/linux-arm64-glibc@2.9.5";
const EMULATOR = "qemu-aarch64-static";
/**
 * Deno's ARM build signs the address of every return. QEMU computes the
 * signatures as the architecture has them, which takes longer than all else
 * (https://qemu.org/docs/master/system/arm/cpu-features.html), unless it may
 * have a hash of its own.
 */
const PROCESSOR = ["-cpu", "max,pauth-impdef=on"];
/** Where Debian's libc6-arm64-cross and libgcc-s1-arm64-cross put libraries. */
const LIBRARIES = "/usr/aarch64-linux-gnu";
const DEBIAN = "qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross";

function fail(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

/** Runs a program to its end. @returns its stdout, or null: not installed */
async function output(program: string, ...args: string[]) {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args,
      stderr: "inherit",
    }).output();
    if (!success) fail(`${program} ${args.join(" ")} failed`);
    return new TextDecoder().decode(stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function codeOf([program, ...args]: string[]): Promise<number> {
  return (await new Deno.Command(program!, { args }).spawn().status).code;
}

/** Ends a run here and with the ARM build, and compares what is portable. */
async function endStoppedRun(arm: string[], temporary: string): Promise<void> {
  const [here, there] = [`${temporary}/here`, `${temporary}/there`];
  const deno = Deno.execPath();
  console.log("A run stops here, and ends here and on ARM:");
  if (await codeOf([deno, ...RUN, "--out", here]) !== 2) {
    fail("the run did not stop at its first checkpoint");
  }
  await cp(here, there, { recursive: true });
  for (const [machine, out] of [[[deno], here], [arm, there]] as const) {
    const code = await codeOf([...machine, ...RUN, "--out", out]);
    if (code !== 0) fail(`${machine[0]} did not end the run that stopped`);
  }
  const run = Array.from(Deno.readDirSync(`${here}/${EXPERIMENT}`))
    .find(({ isDirectory }) => isDirectory)?.name ?? fail("there is no run");
  const folder = `${EXPERIMENT}/${run}`;
  const files = Array.from(Deno.readDirSync(`${here}/${folder}`), (f) => f.name)
    .filter((name) => /\.(csv|safetensors)$/.test(name));
  if (!files.includes("checkpoint-20.safetensors")) fail("no last checkpoint");
  for (const name of files) {
    const [a, b] = [here, there]
      .map((out) => Deno.readFileSync(`${out}/${folder}/${name}`));
    if (a!.length !== b!.length || a!.some((byte, i) => byte !== b![i])) {
      fail(`${name} of a run that ended on ARM differs`);
    }
    console.log(`  ${name} is the same`);
  }
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

const INSTALL = `on Debian: apt-get install ${DEBIAN}`;
if (await output(EMULATOR, "--version") === null) {
  fail(`${EMULATOR} is not installed; ${INSTALL}`);
}
for (const library of ["libc.so.6", "libgcc_s.so.1"]) {
  const path = `${LIBRARIES}/lib/${library}`;
  if (!await isFile(path)) fail(`there is no ${path}; ${INSTALL}`);
}

const folder = await Deno.makeTempDir();
try {
  const packed = await output(
    "npm",
    ...["pack", PACKAGE, "--silent", "--pack-destination", folder],
  );
  if (packed === null) fail("npm is not installed; it comes with Node.js");
  const archive = `${folder}/${packed.trim()}`;
  await output("tar", "-xzf", archive, "-C", folder);
  const arm = [
    EMULATOR,
    ...PROCESSOR,
    ...["-L", LIBRARIES, `${folder}/package/deno`],
  ];
  const test = ["test", "--no-check", "--allow-read", "--allow-env", TEST];
  if (await codeOf([...arm, ...test]) !== 0) {
    fail("ARM's bits are not those of this machine");
  }
  await endStoppedRun(arm, folder);
  console.log("ARM gives the same bits, and ends runs that stopped here");
} finally {
  await Deno.remove(folder, { recursive: true });
}
