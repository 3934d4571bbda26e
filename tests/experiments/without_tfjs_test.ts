import { assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { withFolder } from "../data/helpers.ts";
import { ROOT, words } from "./command.ts";

/** The project's config, but tfjs is a module that throws when it is loaded. */
function withoutTfjs(): string {
  const throws = `data:text/javascript,throw new Error("tfjs is loaded")`;
  const imports = Object.entries(project.imports).map(([name, path]) => [
    name,
    name.startsWith("@tensorflow/")
      ? throws
      : path.startsWith("./")
      ? new URL(path, `file://${ROOT}`).href
      : path,
  ]);
  const { allowScripts, nodeModulesDir } = project;
  return JSON.stringify({
    ...{ allowScripts, nodeModulesDir },
    imports: Object.fromEntries(imports),
  });
}

Deno.test("the wasm engine trains, evaluates and draws, and tasks use its runs, without tfjs", () =>
  withFolder(async (folder) => {
    const config = `${folder}/deno.json`;
    await Deno.writeTextFile(config, withoutTfjs());
    await Deno.copyFile(`${ROOT}deno.lock`, `${folder}/deno.lock`);
    const run = async (script: string, ...args: string[]) => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...words("run -A --no-check --cached-only --config"),
          ...[config, `${ROOT}${script}`, ...args, "--quiet"],
        ],
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "", script);
      assertEquals(code, 0, script);
    };
    const settings = "--latent 2 --hidden 8 --steps 4 --batch-size 10 " +
      "--train-size 60 --test-size 20 --eval-every 2 --final-k 5 " +
      "--final-rows 10 --backend auto --engine wasm";
    await run(
      "experiments/latent_sweep.ts",
      ...[...words(settings), "--out", folder],
    );
    const { name } = Array.from(Deno.readDirSync(`${folder}/latent-sweep`))
      .find(({ isDirectory }) => isDirectory)!;
    const finished = `${folder}/latent-sweep/${name}`;
    for (
      const task of [
        "evaluate.ts --k 30",
        "use/encode.ts",
        "use/sample.ts --count 5",
        "use/traverse.ts",
      ]
    ) {
      const [script, ...flags] = words(task);
      await run(`src/cli/${script}`, finished, ...flags);
    }
  }));
