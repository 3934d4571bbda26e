import { assert, assertEquals } from "@std/assert";
import { exists, ROOT, run, threeAtATime, words } from "./command.ts";

const README = `${ROOT}README.md`;
const hasReadme = await exists(README);

const COMMAND =
  /^(?:deno|npx --yes deno@2\.9\.6) task exp:([a-z-]+)((?: [^#\n]*)?)(?:#.*)?$/;

/** The commands in a text's shell blocks, as experiment and flags. */
function commandsOf(markdown: string): (readonly [string, string[]])[] {
  const blocks = markdown.matchAll(/^```(?:sh|bash|shell)\n([^]*?)^```/gm);
  return [...blocks]
    .flatMap(([, block]) => block!.replaceAll("\\\n", " ").split("\n"))
    .filter((line) => line.includes("task exp:"))
    .map((line) => {
      const [, experiment, flags] = COMMAND.exec(line) ?? [];
      assert(experiment !== undefined, `a test cannot read: ${line}`);
      return [experiment, words(flags!)] as const;
    });
}

Deno.test({
  name: `README's commands are understood${
    hasReadme ? "" : " [ignored: no README.md yet]"
  }`,
  ignore: !hasReadme,
  async fn() {
    const commands = commandsOf(await Deno.readTextFile(README));
    assert(commands.length > 0, "README has no command");
    await threeAtATime(commands.map(([experiment, flags]) => async () => {
      const outcome = await run(experiment, [
        ...flags.filter((flag) => flag !== "--list"),
        "--list",
      ]);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      assert(/^([\w-]+\n)+$/.test(outcome.stdout), outcome.stdout);
    }));
  },
});
