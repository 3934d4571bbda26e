/**
 * Builds the scripts of the pages: src/web/NAME/main.tsx, with all that it
 * imports, becomes src/web/built/NAME.js. With `--check` it writes nothing, and
 * fails where a committed script has other bytes. The module of the wasm engine
 * is copied beside them: a script knows how the one is laid out that it was
 * built with.
 */

import { WEB_IMPORTS } from "./web_imports.ts";

const FOLDER = "src/web";
const BUILT = `${FOLDER}/built`;
const ENGINE = "src/engine/wasm/engine.wasm";

const [option] = Deno.args;
if (Deno.args.length > 1 || (option !== undefined && option !== "--check")) {
  console.error("usage: deno task build:web [--check]");
  Deno.exit(2);
}
const checks = option === "--check";

const pages = [...Deno.readDirSync(FOLDER)]
  .filter(({ name, isDirectory }) => isDirectory && hasMain(name))
  .map(({ name }) => name).sort();

function hasMain(name: string): boolean {
  return [...Deno.readDirSync(`${FOLDER}/${name}`)]
    .some((file) => file.name === "main.tsx");
}

const out = await Deno.makeTempDir();
const imports = `${out}/imports.json`;
try {
  await Deno.writeTextFile(imports, JSON.stringify(WEB_IMPORTS));
  for (const name of pages) await build(name);
  await keep("engine.wasm", await Deno.readFile(ENGINE));
  const extra = [...Deno.readDirSync(BUILT)].map(({ name }) => name)
    .filter((name) =>
      name.endsWith(".js") && !pages.includes(name.slice(0, -3))
    );
  for (const name of extra) {
    if (checks) fail(`${BUILT}/${name} is of no page`);
    else Deno.removeSync(`${BUILT}/${name}`);
  }
} finally {
  await Deno.remove(out, { recursive: true });
}

function fail(message: string): void {
  console.error(`${message}: run deno task build:web`);
  Deno.exitCode = 1;
}

async function build(name: string): Promise<void> {
  const made = `${out}/${name}.js`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform", "browser", "--format", "iife"],
      ...["--import-map", imports],
      ...["--minify", "-o", made, `${FOLDER}/${name}/main.tsx`],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) {
    console.error(new TextDecoder().decode(stderr));
    Deno.exit(1);
  }
  await keep(`${name}.js`, await Deno.readFile(made));
}

/** Writes a built file, or compares it. */
async function keep(name: string, bytes: Uint8Array): Promise<void> {
  const target = `${BUILT}/${name}`;
  if (!checks) await Deno.writeFile(target, bytes);
  else if (read(target)?.toHex() !== bytes.toHex()) {
    fail(`${target} is not what its sources give`);
  }
}

function read(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
