/**
 * Trains on the wasm engine again with the ARM build of Deno, under emulation,
 * and fails where its bits are not those of this machine:
 * tests/engine/wasm/portable_bits_test.ts has their hash.
 */

const TEST = "tests/engine/wasm/portable_bits_test.ts";
/** The newest that npm has for ARM. */
const PACKAGE = "@deno/linux-arm64-glibc@2.9.5";
const EMULATOR = "qemu-aarch64-static";
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
  const { code } = await new Deno.Command(EMULATOR, {
    // deno-fmt-ignore
    args: [
      "-L", LIBRARIES, `${folder}/package/deno`,
      "test", "--no-check", "--allow-read", "--allow-env", TEST,
    ],
  }).spawn().status;
  if (code !== 0) fail("ARM's bits are not those of this machine");
  console.log("ARM gives the same bits");
} finally {
  await Deno.remove(folder, { recursive: true });
}
