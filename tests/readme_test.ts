import { assert, assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

/** The first script of a section, with the address of mod.ts. */
function scriptAfter(heading: string, readme: string): string {
  const section = readme.slice(readme.indexOf(heading));
  const [, script] = /```ts ignore\n([\s\S]*?)```/.exec(section) ?? [];
  assert(script !== undefined, `no script after ${heading}`);
  return script.replace('"../mod.ts"', `"${new URL("mod.ts", ROOT).href}"`);
}

/** Runs a script with the project's configuration. */
async function runScript(
  path: string,
  script: string,
  args: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  await Deno.writeTextFile(path, script);
  const config = fileURLToPath(new URL("deno.json", ROOT));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", config, path, ...args],
    env: { XDG_RUNTIME_DIR: dirname(path) },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("README's template of an experiment runs, and the script that loads a run", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const template = scriptAfter("## Add an experiment", readme);
  const example = scriptAfter("## Evaluation", readme);

  const folder = await Deno.makeTempDir();
  try {
    const { code, stderr } = await runScript(
      `${folder}/template.ts`,
      template,
      [
        ..."--latent 2 --steps 3 --hidden 4 --train-size 20 --test-size 10"
          .split(" "),
        ...["--backend", "cpu", "--quiet", "--out", folder],
      ],
    );
    assertEquals([code, stderr], [0, ""]);
    const run = `${folder}/batch-size/glyphs-z2-L1-seed1`;
    const csv = await Deno.readTextFile(`${run}/train.csv`);
    assertEquals(csv.trim().split("\n").length, 4);

    const loaded = await runScript(
      `${folder}/example.ts`,
      example.replace("results/latent-sweep/glyphs-z2-L1-seed1", run),
    );
    // The step of the checkpoint, rows of the test split, pixels of an image.
    assertEquals(loaded.stdout, "3 10 784\n", loaded.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
