import { assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import {
  digests,
  runBare,
  runTask,
  threeAtATime,
  tinyNet,
} from "../experiments/command.ts";

/** It says how long the run took. */
const RECORD = "latent-sweep/glyphs-z2-L1-seed1/run.json";

const bash = (script: string) => ({ under: ["bash", "-c", script, "bash"] });

Deno.test({
  name: "a command goes on where stdout or stderr is closed, or stderr is full",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const ways = {
        whole: '"$@" 2>/dev/null',
        closed: '"$@" 2>&1 | true; exit "${PIPESTATUS[0]}"',
        full: '"$@" 2>/dev/full',
      };
      const files: Record<string, Record<string, string>> = {};
      await threeAtATime(
        Object.entries(ways).map(([name, script]) => async () => {
          const out = `${folder}/${name}`;
          const outcome = await runBare(tinyNet({ out }), bash(script));
          assertEquals(outcome, { code: 0, stdout: "", stderr: "" }, name);
          const { [RECORD]: _timing, ...rest } = await digests(out);
          files[name] = rest;
        }),
      );
      assertEquals(files["closed"], files["whole"]);
      assertEquals(files["full"], files["whole"]);
    }),
});

const NO_ROOM = {
  code: 2,
  stdout: "",
  stderr: "error: cannot write to stdout: the disk is full; free some space " +
    "or send it elsewhere\n",
};

Deno.test({
  name: "a server whose address nobody can be told ends, exit code 2",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const full = bash('timeout 600 "$@" >/dev/full'); // it would stay
      assertEquals(await runTask("watch", [folder], full), NO_ROOM);
    }),
});

Deno.test({
  name: "a report that stdout has no room for is one line, exit code 2",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const args = ["HEAD", "HEAD", "--experiment", "elbo-gap"];
    const [full, closed] = await Promise.all([
      runTask("diff", args, bash('"$@" >/dev/full')),
      runTask("diff", args, bash('"$@" | true; exit "${PIPESTATUS[0]}"')),
    ]);
    assertEquals(full, NO_ROOM);
    assertEquals(closed, { code: 0, stdout: "", stderr: "" });
  },
});
