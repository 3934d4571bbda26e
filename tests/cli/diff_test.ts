/** `deno task diff` as a user starts it, in repositories made for it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { DIFF, diff as runDiff } from "../../src/cli/diff.ts";
import { taskHelp } from "../../src/cli/task.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { LD_LIBRARY_PATH } from "../experiments/command.ts";
import {
  commit,
  git,
  init,
  nextFloat32,
  plant,
  writeRun,
} from "../compare/results.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The task's command, with its permissions. */
const COMMAND = (project.tasks as Record<string, { command: string }>)["diff"]
  ?.command ??
  "deno run --allow-read --allow-write --allow-run=git src/cli/diff.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function diff(cwd: string, ...args: string[]): Promise<Outcome> {
  return await diffUnder({}, cwd, ...args);
}

/** With further environment variables. */
async function diffUnder(
  env: Readonly<Record<string, string>>,
  cwd: string,
  ...args: string[]
): Promise<Outcome> {
  const [, run, ...rest] = COMMAND.split(" ");
  const script = ROOT + rest.pop();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [run!, "--config", `${ROOT}deno.json`, ...rest, script, ...args],
    cwd,
    env: { LD_LIBRARY_PATH, ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

function assertMistake(
  { code, stdout, stderr }: Outcome,
  ...parts: readonly string[]
): void {
  assertEquals([code, stdout], [2, ""], stderr);
  assert(/^error: [^\n]+\n$/.test(stderr), stderr);
  for (const part of parts) assertStringIncludes(stderr, part);
}

function assertEnds(outcome: Outcome, code: number, ...parts: string[]): void {
  assertEquals([outcome.code, outcome.stderr], [code, ""], outcome.stdout);
  for (const part of parts) assertStringIncludes(outcome.stdout, part);
}

const HISTORY = ["--history", "elbo", "--experiment", "e"];
const TEST = ["--test", "equivalence", "--margin"];

const TRAIN = "results/latent-sweep/z2-seed1/train.csv";

/**
 * Runs in a repository of three commits: two runs; the ELBO of one a unit in
 * the last place higher at step 4; another ELBO at step 13, and a third run.
 */
async function inRepository(
  run: (folder: string, commits: readonly string[]) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await init(folder);
    const experiment = `${folder}/results/latent-sweep`;
    await writeRun(experiment, "z2-seed1");
    await writeRun(experiment, "z5-seed1", { config: { latentDim: 5 } });
    const one = await commit(folder, "one");
    await plant(`${folder}/${TRAIN}`, 4, "elbo", nextFloat32);
    const two = await commit(folder, "two");
    await plant(`${folder}/${TRAIN}`, 13, "elbo", (v) => `${+v - 1}`);
    await writeRun(experiment, "z9-seed1", { config: { latentDim: 9 } });
    const three = await commit(folder, "three | of three");
    await run(folder, [one, two, three]);
  });
}

Deno.test("diff finds one planted value at its step, an added run, and lets rounding pass", async () => {
  await inRepository(async (folder, [one, two, three]) => {
    const check = async (args: string[], code: number, ...parts: string[]) =>
      assertEnds(await diff(folder, ...args), code, ...parts);
    await Promise.all([
      check([], 0, "z9-seed1  identical", "3 runs: 3 identical", "passes"),
      check([one!, two!], 0, "elbo    within tolerance  4 ", "1 identical"),
      check([one!, two!, "--fail-on", "equal"], 1, "fails"),
      check([two!, three!], 1, "elbo    different  13 ", "1 added", "fails"),
    ]);
    await Promise.all([
      check([one!, "--run", "z2*"], 1, "elbo    different  13 "),
      check([two!, three!, "--run", "z9*"], 0, "z9-seed1  added"),
      check([two!, three!, "--run", "z9*", "--fail-on", "equal"], 1),
      check([three!, two!, "--run", "z9*"], 1, "z9-seed1  removed"),
      check([two!, "--atol", "elbo=2"], 0, "within tolerance  13 "),
      check([two!, "--rtol", "0.5"], 0, "within tolerance  13 "),
      check([two!, "--ignore", "elbo"], 0, "2 identical"),
      check(["HEAD~1", "HEAD", "--run", "z5*"], 0, "1 run: 1 identical"),
    ]);
    // A file of equal values and other bytes.
    const text = await Deno.readTextFile(`${folder}/${TRAIN}`);
    await Deno.writeTextFile(
      `${folder}/${TRAIN}`,
      text.replaceAll("\n", "\r\n"),
    );
    await Promise.all([
      check([], 0, "1 equal"),
      check(["--fail-on", "identical"], 1, "fails: equal is worse"),
      check(["--fail-on", "equal"], 0),
    ]);
  });
});

Deno.test("diff prints JSON and a Markdown table, and writes an SVG", async () => {
  await inRepository(async (folder, [, two, three]) => {
    const [json, markdown, plain] = await Promise.all([
      diff(folder, two!, three!, "--json"),
      diff(folder, two!, three!, "--markdown"),
      diff(folder, two!, three!, "--plot", "figure.svg"),
    ]);
    assertEnds(json!, 1);
    const { passes, verdict, added, runs } = JSON.parse(json!.stdout);
    assertEquals([passes, verdict, added], [
      false,
      "different",
      ["latent-sweep/z9-seed1"],
    ]);
    const elbo = runs[0].files[0].columns
      .find(({ name }: { name: string }) => name === "elbo");
    assertEquals([elbo.verdict, elbo.firstOutside.key], ["different", 13]);
    assertEquals(elbo.largest.key, 13);

    assertEnds(markdown!, 1, "**fails**: different");
    const table = markdown!.stdout.split("\n").filter((l) => l.startsWith("|"));
    assert(/^(\| --- )+\|$/.test(table[1]!), table[1]);
    const widths = new Set(table.map((line) => line.split(" | ").length));
    assertEquals([...widths], [8]);
    assert(table.some((line) => line.includes("| elbo | different | 13 |")));

    assertEnds(plain!, 1);
    assertEquals(/\p{Cc}/u.test(plain!.stdout.replaceAll("\n", "")), false);
    const svg = await Deno.readTextFile(`${folder}/figure.svg`);
    assertStringIncludes(svg, "</svg>");
  });
});

Deno.test("diff compares two folders, without a repository", async () => {
  await withFolder(async (folder) => {
    await writeRun(`${folder}/a/e`, "r");
    await writeRun(`${folder}/b/e`, "r");
    await plant(`${folder}/b/e/r/eval.csv`, 20, "kl_1", (v) => `${+v + 1}`);
    assertEnds(await diff(folder, "a", "b"), 1, "kl_1    different  20 ");
    assertEnds(await diff(folder, "a", "a"), 0, "1 identical");
    assertEnds(await diff(folder, "a", "--results", "b", "--atol", "1.1"), 0);
    const unknown = await diff(folder, "a", "b", "--atol", "kl_9=1");
    assertMistake(unknown, "--atol kl_9: no file", "did you mean kl_1?");
    const test = [...TEST, "2", "--column", "kl*"];
    const tested = await diff(folder, "a", "b", ...test);
    assertEnds(tested, 0, "kl_1    1  1   ", "undecided: one seed", "passes");
    const failing = [...test, "--fail-on", "worse,undecided", "--json"];
    assertEnds(await diff(folder, "a", "b", ...failing), 1, '"passes": false');
    assertMistake(await diff(folder, "HEAD", "a"), "readable git repository");
    assertMistake(await diff(folder), "readable git repository");
    assertMistake(
      await diff(folder, "--history", "elbo", "--experiment", "e"),
      "readable git repository",
    );
    await Deno.mkdir(`${folder}/empty`);
    assertMistake(await diff(folder, "empty", "a"), "empty has no results");
  });
});

Deno.test("diff names every mistake in one line, and takes no revision for an option", async () => {
  await inRepository(async (folder) => {
    await git(folder, "branch", "bare", "HEAD");
    await git(folder, "rm", "--quiet", "--cached", "-r", "results");
    const check = async (args: string[], ...parts: string[]) =>
      assertMistake(await diff(folder, ...args), ...parts);
    await Promise.all([
      check(["--", "--help"], "--help is not a commit"),
      check(["--", "--output=x", "HEAD"], "--output=x is not a commit"),
      check(["nonesuch"], "nonesuch is not a commit"),
      check(["HEAD:results"], "is not a commit"),
      check(["a\nb"], "a\\x0ab is not a commit"),
      check([""], '"" is not a commit'),
    ]);
    await Promise.all([
      check(["--results", "nonesuch"], "cannot read nonesuch: no such"),
      check(["--experiment", "nonesuch"], "nonesuch", "latent-sweep/z2-seed1"),
      check(["--experiment", "latent-swep"], "did you mean latent-sweep?"),
      check(["a", "b", "c"], "expected two revisions at most"),
    ]);
    const unwritable = await diff(folder, "--plot", "none/x.svg");
    assertEquals(unwritable.code, 2, unwritable.stderr);
    assertStringIncludes(
      unwritable.stderr,
      "error: --plot none/x.svg: none is not",
    );
    for (const path of ["mine.svg", "results/latent-sweep/x.svg"]) {
      await Deno.writeTextFile(`${folder}/${path}`, "mine");
      const refused = await diff(folder, "--plot", path);
      assertEquals(refused.code, 2, refused.stderr);
      assertStringIncludes(refused.stderr, `--plot ${path}: it exists with`);
      assertEquals(await Deno.readTextFile(`${folder}/${path}`), "mine");
    }
    await Deno.writeTextFile(`${folder}/${TRAIN}`, "<html>no CSV</html>\n");
    const damaged = async (args: string[], part: string) => {
      const { code, stdout, stderr } = await diff(folder, ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stdout, "2 identical, 1 unreadable");
      assert(/^error: [^\n]+; run it again, or [^\n]+\n$/.test(stderr), stderr);
      assertStringIncludes(stderr, part);
    };
    await damaged([], `${TRAIN} is unreadable, because`);
    await commit(folder, "no CSV");
    await damaged(["HEAD~1", "HEAD"], `${TRAIN} at HEAD is unreadable`);
    await git(folder, "rm", "--quiet", "-r", "--cached", "results");
    await git(folder, "commit", "--quiet", "-m", "nothing");
    await check(["HEAD"], "HEAD", "has no results");
  });
});

Deno.test("diff() refuses flags that are wrong, before it reads anything", async () => {
  const wrong: [string[], string][] = [
    [["--nonesuch"], "--nonesuch: no such flag"],
    [["--rtol", "kl=-1"], "--rtol kl=-1: expected a number from 0"],
    [["--atol", "kl="], "--atol kl=: expected a number"],
    [["--atol", "=1"], "--atol =1: expected a text"],
    [["--fail-on", "different"], "--fail-on different: expected one of"],
    [["--run", "a", "--run", "b"], "--run a b: given more than once"],
    [["--json", "--markdown"], "not both"],
    [["--plot", "x.png"], "--plot x.png: expected a name that ends in .svg"],
    [["--history", "elbo"], "--history needs --experiment NAME"],
    [["--margin", "1"], "--margin needs --test"],
    [["--column", "kl"], "--column needs --test"],
    [["--test", "equal"], "--test equal: expected one of equivalence"],
    [["--test", "equivalence"], "--test needs --margin X"],
    [[...TEST, "0"], "--margin 0: expected a number above 0"],
    [[...TEST, "1", "--plot", "x.svg"], "--plot is of no use with --test"],
    [[...TEST, "1", "--rtol", "1"], "--rtol is of no use with --test"],
    [[...TEST, "1", "--fail-on", "spread"], "--fail-on spread: expected"],
    [["a", "b", "--results", "c"], "--results c: it has no effect beside B"],
    [[...HISTORY, "--atol", "1"], "--atol is of no use with --history"],
    [[...HISTORY, "--results", "c"], "--results is of no use with --history"],
  ];
  for (const [args, message] of wrong) {
    await assertUserError(() => runDiff(args), message);
  }
});

Deno.test("diff reads its folder's repository in a hook of another", async () => {
  await inRepository(async (folder, [one, two]) => {
    const other = `${folder}/other`;
    await init(other);
    await commit(other, "of another repository");
    const hook = {
      GIT_DIR: `${other}/.git`,
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: `${other}/.git/index`,
      GIT_OBJECT_DIRECTORY: `${other}/.git/objects`,
      GIT_PREFIX: "",
    };
    const plain = await diff(folder, one!, two!);
    assertEquals(plain.stderr, "");
    assertEquals(await diffUnder(hook, folder, one!, two!), plain);
  });
});

Deno.test("diff runs no program that a repository names, and downloads nothing", async () => {
  await inRepository(async (folder, [one, two]) => {
    const blob = await git(folder, "rev-parse", `${one}:${TRAIN}`);
    await Deno.remove(
      `${folder}/.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`,
    );
    const program = `touch '${folder}/ran'; false`;
    const settings = {
      "core.repositoryFormatVersion": "1",
      "extensions.partialClone": "origin",
      "remote.origin.promisor": "true",
      "remote.origin.url": "ssh://example.org/repository",
      "core.sshCommand": program,
      "core.fsmonitor": program,
      "core.pager": program,
    };
    for (const [name, value] of Object.entries(settings)) {
      await git(folder, "config", name, value);
    }
    const { code, stderr } = await diff(folder, one!, two!);
    assertEquals(code, 2, stderr);
    assert(/^error: git has no content for [^\n]+\n$/.test(stderr), stderr);
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const names = entries.map(({ name }) => name).sort();
    assertEquals(names, [".git", "results"]);
  });
});

Deno.test("diff --history has one line per commit and run that touched the value", async () => {
  await inRepository(async (folder) => {
    const history = (...more: string[]) =>
      diff(folder, "--experiment", "latent-sweep", ...more);
    const evaluations = TRAIN.replace("train.csv", "eval.csv");
    await plant(`${folder}/${evaluations}`, 20, "elbo", () => "-123.5");
    await commit(folder, "four");
    await Deno.writeTextFile(`${folder}/${evaluations}`, "torn");
    await commit(folder, "five");
    await Deno.remove(`${folder}/${evaluations}`);
    await commit(folder, "six");

    const rows = async (...more: string[]) => {
      const outcome = await history("--json", ...more);
      assertEnds(outcome, 0);
      const { history: found } = JSON.parse(outcome.stdout);
      return found.map((row: Record<string, unknown>) => [
        row["subject"],
        row["run"],
        row["note"] ?? row["value"],
      ]);
    };
    // In train.csv alone; steps 4 and 13 changed, which are not its last.
    const rate = await rows("--history", "learning_rate", "--run", "z2*");
    assertEquals(rate, [
      ["one", "z2-seed1", "0.001"],
      ["two", "z2-seed1", "0.001"],
      ["three | of three", "z2-seed1", "0.001"],
    ]);
    const all = await rows("--history", "elbo");
    assertEquals(
      all.map((row: string[]) => row.slice(0, 2)),
      [
        ["one", "z2-seed1"],
        ["one", "z5-seed1"],
        ["three | of three", "z9-seed1"],
        ["four", "z2-seed1"],
        ["five", "z2-seed1"],
        ["six", "z2-seed1"],
      ],
    );
    assertEquals(all.slice(-3).map((row: string[]) => row[2]), [
      "-123.5",
      "damaged",
      "removed",
    ]);
    const until = await rows("--history", "elbo", "HEAD~3");
    assertEquals(until.length, 3);
    const [text, markdown, nothing] = await Promise.all([
      history("--history", "elbo"),
      history("--history", "elbo", "--markdown"),
      history("--history", "nonesuch"),
    ]);
    assertEquals(text!.stdout.trimEnd().split("\n").length, 7);
    assertStringIncludes(markdown!.stdout, "three \\| of three");
    assertMistake(nothing!, "has a column nonesuch", "elbo");
  });
});

Deno.test("diff --help has every flag and the tolerances", () => {
  const help = taskHelp(DIFF).join("\n");
  for (const part of ["--fail-on WORD", "--history", "learning_rate"]) {
    assertStringIncludes(help, part);
  }
  assert(help.split("\n").every((line) => line.length <= 80));
});
