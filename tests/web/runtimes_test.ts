import { assertEquals } from "@std/assert";
import { WEB_IMPORTS } from "../../.ci/web_imports.ts";
import { hasProgram } from "../cluster/slurm.ts";
import GOLDEN from "../engine/wasm/golden_bits.json" with { type: "json" };

const ENGINE = new URL("../../src/web/built/engine.wasm", import.meta.url);
const PROGRAM = new URL("runtime_digests.ts", import.meta.url);

/** Every third training: all objectives are among them, at half of the cost. */
const EVERY = 3;

const RUNTIMES = [
  {
    name: "deno",
    command: [Deno.execPath(), "run", "--allow-read", "--no-lock"],
    install: "",
  },
  { name: "node", command: ["node"], install: "Debian's nodejs" },
  { name: "bun", command: ["bun"], install: "npm's bun" },
] as const;

/** Runs a program to its end. @throws {Error} it fails, with its stderr */
async function outputOf(command: readonly string[]): Promise<string> {
  const [program, ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program!, {
    args,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

let bundled: Promise<string> | undefined;

/** The program as one script, made as those of pages are; see .ci/build_web.ts. */
async function bundle(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const [imports, script] = [`${folder}/imports.json`, `${folder}/digests.mjs`];
  await Deno.writeTextFile(imports, JSON.stringify(WEB_IMPORTS));
  await outputOf([
    ...[Deno.execPath(), "bundle", "--quiet", "--platform", "browser"],
    ...["--import-map", imports, "--minify", "-o", script, PROGRAM.pathname],
  ]);
  return folder;
}

Deno.test.afterAll(async () => {
  if (bundled) await Deno.remove(await bundled, { recursive: true });
});

/** What all runtimes must print. */
const expected = Object.fromEntries(
  Object.entries(GOLDEN).filter(([name], i) =>
    i % EVERY === 0 || name === "an evaluation"
  ),
);

for (const { name, command, install } of RUNTIMES) {
  const isThere = await hasProgram(command[0]);
  Deno.test({
    name: `a page's script trains to the same bits in ${name}` +
      (isThere ? "" : ` [ignored: no ${name}; install ${install}]`),
    ignore: !isThere,
    async fn() {
      const folder = await (bundled ??= bundle());
      const script = `${folder}/digests.mjs`;
      const args = [script, ENGINE.pathname, String(EVERY)];
      assertEquals(JSON.parse(await outputOf([...command, ...args])), expected);
    },
  });
}
