import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

Deno.test("README's template of an experiment runs", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const section = readme.slice(readme.indexOf("## Add an experiment"));
  const [, template] = /```ts ignore\n([\s\S]*?)```/.exec(section) ?? [];
  assert(template !== undefined, "README has no template");

  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/template.ts`;
    await Deno.writeTextFile(
      script,
      template.replace('"../mod.ts"', `"${new URL("mod.ts", ROOT).href}"`),
    );
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--config", fileURLToPath(new URL("deno.json", ROOT))],
        script,
        ..."--latent 2 --steps 3 --hidden 4 --train-size 20 --test-size 10"
          .split(" "),
        ...["--backend", "cpu", "--quiet", "--out", folder],
      ],
      env: { XDG_RUNTIME_DIR: folder },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const csv = await Deno.readTextFile(
      `${folder}/batch-size/glyphs-z2-L1-seed1/train.csv`,
    );
    assertEquals(csv.trim().split("\n").length, 4);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
