/** `deno task bisect` in a repository of a made-up project. */

import {
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { bisect } from "../../src/cli/bisect.ts";
import { trainer } from "../../src/cli/bisect_run.ts";
import { UserError } from "../../src/errors.ts";
import { commit, git, init } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { commandOf, ROOT } from "../experiments/command.ts";
import { runJson } from "../results/run_json_example.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

/** An experiment of three steps; `flags` are those that it knows. */
function script(flags: string[], kl: number, elbo: number): string {
  return `
const flags = ${JSON.stringify([...flags, "--out", "--seed"])};
const unknown = Deno.args.find((arg) => /^--/.test(arg) && !flags.includes(arg));
if (unknown !== undefined) {
  console.error("error: " + unknown + ": no such flag; --help lists them");
  Deno.exit(2);
}
const folder = Deno.args[Deno.args.indexOf("--out") + 1] + "/latent-sweep/r";
Deno.mkdirSync(folder, { recursive: true });
const rows = ["step,elbo,kl", "1,-9,3", "2,-8,${kl}", "3,${elbo},3", ""];
Deno.writeTextFileSync(folder + "/train.csv", rows.join("\\n"));
Deno.writeTextFileSync("deno.lock", "changed by the run");
`;
}

/** Revisions of a project, and a run of the first. */
async function withProject(
  test: (
    bisect: (...args: string[]) => Promise<
      { code: number; stdout: string; stderr: string }
    >,
    commits: readonly string[],
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await init(folder);
    const write = (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}`, text);
    const task = "deno run -A experiment.ts";
    const tasks = { "exp:latent-sweep": task };
    await write("deno.json", JSON.stringify({ lock: false, tasks }));
    await write("deno.lock", "");
    const versions = [
      script([], 2, -7),
      "throw new Error('broken')",
      script(["--beta"], 2, -7),
      script(["--beta"], 2.001, -7), // kl at step 2
      script(["--beta"], 2.001, -7.0),
      script(["--beta"], 2.001, -6), // elbo at step 3
      "throw new Error('broken')",
      script(["--beta"], 2.001, -5),
    ];
    const commits: string[] = [];
    for (const [i, version] of versions.entries()) {
      await write("experiment.ts", version);
      commits.push(await commit(folder, `number ${i}`));
    }
    const json = JSON.parse(
      await Deno.readTextFile(`${ROOT}results/${RUN}/run.json`),
    );
    json.command = "deno task exp:latent-sweep --beta 1 --seed 1";
    json.git.commit = commits[0];
    await Deno.mkdir(`${folder}/mine`);
    await write("mine/run.json", JSON.stringify(json));
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--config", `${ROOT}deno.json`]
          .concat(`${ROOT}src/cli/bisect.ts`, "mine", args),
        cwd: folder,
        env: { NO_COLOR: "1" },
      }).output();
      const [out, err] = [stdout, stderr].map((bytes) =>
        new TextDecoder().decode(bytes)
      );
      return { code, stdout: out!, stderr: err! };
    };
    await test(run, commits, folder);
  });
}

Deno.test("bisect finds the commit that changed a run, its step and column, and leaves the repository as it was", async () => {
  await withProject(async (bisect, commits, folder) => {
    const before = await git(folder, "status", "--porcelain", "--branch");
    const any = await bisect("--bad", commits[5]!);
    assertEquals(any.code, 0, any.stderr);
    assertStringIncludes(any.stdout, `${commits[3]!.slice(0, 12)}  `);
    assertMatch(any.stdout, / {2}number 3\n/);
    assertStringIncludes(
      any.stdout,
      "train.csv first differs at step 2, in kl: 2 became 2.001\n",
    );
    // A script starts without a task.
    const json = await Deno.readTextFile(`${folder}/mine/run.json`);
    const script = json.replace(
      "task exp:latent-sweep",
      "run -A experiment.ts",
    );
    await Deno.writeTextFile(`${folder}/mine/run.json`, script);
    const elbo = await bisect("--bad", commits[5]!, "--column", "elbo");
    assertMatch(
      elbo.stdout,
      / {2}number 5\n.* step 3, in elbo: -7 became -6\n$/,
    );
    const none = ["--column", "kl", "--tolerance", "0.01"];
    const same = await bisect("--bad", commits[5]!, ...none);
    assertEquals([same.code, same.stdout], [
      1,
      "nothing has changed: both revisions give the same numbers\n",
    ]);
    assertEquals(
      await git(folder, "status", "--porcelain", "--branch"),
      before,
    );
    assertEquals((await git(folder, "worktree", "list")).split("\n").length, 1);
    assertEquals(await git(folder, "for-each-ref", "refs/bisect"), "");
  });
});

Deno.test("bisect skips revisions that cannot train, and says where that hides the commit", async () => {
  await withProject(async (bisect, commits) => {
    const hidden = await bisect("--good", commits[5]!);
    assertEquals(hidden.code, 1, hidden.stderr);
    assertMatch(hidden.stderr, / {2}skipped: error: Uncaught.* broken\n/);
    assertMatch(
      hidden.stdout,
      / {2}number 6\n.* {2}number 7\none of these 2 commits/,
    );
    const broken = await bisect("--good", commits[1]!);
    assertEquals([broken.code, broken.stdout], [2, ""]);
    assertMatch(
      broken.stderr,
      /error: --good \w{12} cannot train the run: .*broken/,
    );
    const reversed = await bisect("--good", commits[5]!, "--bad", commits[2]!);
    assertMatch(reversed.stderr, /^error: \w+ is not before \w+; [^\n]+\n$/);
    const column = await bisect("--column", "nll", "--bad", commits[2]!);
    assertMatch(
      column.stderr,
      /\nerror: --column nll: there are step, elbo, kl\n$/,
    );
  });
});

Deno.test("bisect() refuses what is no run", async () => {
  await withFolder(async (folder) => {
    await assertUserError(() => bisect([folder]), "has no run.json");
    await assertUserError(() => bisect([]), "expected the folder of one run");
    await assertUserError(() => bisect([folder, "--steps", "0"]), "--steps 0");
  });
});

Deno.test("bisect takes no permissions from a run.json", () =>
  withFolder(async (folder) => {
    await init(folder);
    await Deno.writeTextFile(`${folder}/deno.json`, '{"lock":false}');
    for (const text of ["1", "2"]) {
      const script = `Deno.env.get("HOME"); // ${text}`;
      await Deno.writeTextFile(`${folder}/mine.ts`, script);
      await commit(folder, text);
    }
    const path = `${folder}/run.json`;
    const json = JSON.parse(
      await Deno.readTextFile(`${ROOT}results/${RUN}/run.json`),
    );
    const permissions = commandOf("bisect").split(" ").slice(2, -1);
    const command = "deno run -A mine.ts --seed 1";
    await Deno.writeTextFile(path, JSON.stringify({ ...json, command }));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--config", `${ROOT}deno.json`, ...permissions]
        .concat(`${ROOT}src/cli/bisect.ts`, ".", "--good", "HEAD~1"),
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 2, said);
    assertStringIncludes(said, 'Requires env access to "HOME"');
  }));

Deno.test("trainer() takes no program from a run.json", () => {
  for (
    const start of [
      ...["run -A https://localhost/x.ts", "run -A /x.ts", "run -A ../x.ts"],
      ...["run -A 'data:text/javascript,1'", "eval 1", "task mine", "run -A"],
      "run a/../../x.ts",
    ]
  ) {
    const run = runJson({ command: `deno ${start}` });
    const { signal } = new AbortController();
    assertThrows(
      () => trainer(run, "r", { signal }),
      UserError,
      "r/run.json: its command starts no experiment of this project; bisect",
    );
  }
});
