/** What the command line prints is printable, wherever its words come from. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { diff } from "../../src/cli/diff.ts";
import { print, say, startProgress } from "../../src/cli/progress.ts";
import { runTask } from "../../src/cli/task.ts";
import { MachineError, UserError } from "../../src/errors.ts";
import { printable } from "../../src/text.ts";
import { commit, init, writeRun } from "../compare/results.ts";
import { withFolder } from "../data/helpers.ts";
import { runHere } from "../experiments/command.ts";
import { saidBy } from "./said.ts";

/** ESC, BEL, CR, LF, C1, a turn of direction, and what is not seen. */
const HOSTILE = "h\x1b]0;t\x07\r\nerror: x\x9b31m\u202ey\u2066\u200b";

/** In the name of a file, which may be neither too long nor empty. */
const NAME = HOSTILE.replaceAll("/", "");

/** Asserts lines that are printable, and that show the hostile text. */
function assertPrintable(text: string, lines?: number): void {
  const joined = text.replaceAll("\n", "");
  assertEquals(joined, printable(joined));
  assert(!text.includes("\nerror: x"), text);
  assertStringIncludes(text, "\\x1b]0;t");
  if (lines !== undefined) assertEquals(text.split("\n").length - 1, lines);
}

Deno.test("say(), print() and progress lines are printable", async () => {
  assertPrintable(await saidBy(() => say(HOSTILE)), 1);
  assertPrintable(await saidBy(() => print([HOSTILE, HOSTILE])), 2);
  let now = 0;
  const shown = await saidBy(() => {
    const options = { terminal: false, now: () => now += 6000 };
    const progress = startProgress(HOSTILE, 2, options);
    progress.update(1, HOSTILE);
    progress.end(HOSTILE);
  });
  assertPrintable(shown, 2);
  const bars = await saidBy(() => {
    const progress = startProgress(HOSTILE, 2, { terminal: true });
    progress.update(1, HOSTILE);
    progress[Symbol.dispose]();
  });
  // What erases bars is the program's own.
  assertPrintable(bars.replaceAll("\r\x1b[J", ""), 0);
});

Deno.test("print() takes more lines than a call can have arguments", async () => {
  const count = 200_000;
  const said = await saidBy(() => print(Array<string>(count).fill("1,2")));
  assertEquals(said, "1,2\n".repeat(count));
});

Deno.test("runTask() says a mistake, and a failure, in one printable line", async () => {
  for (const type of [UserError, MachineError]) {
    const said = await saidBy(() =>
      runTask(() => {
        throw new type(`--run ${HOSTILE}: no such run`);
      })
    );
    assertPrintable(said, 1);
    assertEquals(Deno.exitCode, type === UserError ? 2 : 1);
    Deno.exitCode = 0;
  }
});

Deno.test("flags, paths and run.json of an experiment are said in a printable line", () =>
  withFolder(async (out) => {
    await Deno.mkdir(`${out}/${NAME}/latent-sweep`, { recursive: true });
    const run = `${out}/latent-sweep/glyphs-z2-L1-seed1`;
    await Deno.mkdir(run, { recursive: true });
    await Deno.writeTextFile(
      `${run}/run.json`,
      JSON.stringify({ version: HOSTILE, [HOSTILE]: 1 }),
    );
    for (
      const args of [
        ["--latent", HOSTILE],
        ["--dataset", HOSTILE],
        [`--${HOSTILE}`],
        [`--quiet=${HOSTILE}`],
        ["--", HOSTILE],
        ["--data", `${out}/${HOSTILE}`],
        [
          ...["--data-dir", HOSTILE, "--dataset", "mnist", "--latent", "2"],
          ...["--jobs", "1", "--out", `${out}/new`],
        ],
      ]
    ) {
      const { code, stdout, stderr } = await runHere("latent-sweep", args);
      assertEquals([code, stdout], [2, ""], `${args}: ${stderr}`);
      const lines = stderr.split("\n").filter((line) =>
        line !== "" && !line.startsWith("backend: ")
      );
      assertPrintable(`${lines.at(-1)}\n`, 1);
    }
    // The record's own texts are not shown, but where it lies is.
    const path = `${out}/${NAME}/latent-sweep/glyphs-z2-L1-seed1`;
    await Deno.rename(run, path);
    const args = ["--latent", "2", "--out", `${out}/${NAME}`];
    const { code, stderr } = await runHere("latent-sweep", args);
    assertEquals(code, 2);
    assertPrintable(stderr, 1);
  }));

Deno.test("tables of diff are printable: names, cells, run.json, as text, Markdown and JSON", () =>
  withFolder(async (folder) => {
    const [a, b] = [`${folder}/a`, `${folder}/b`];
    for (const [side, value] of [[a, 1], [b, 2]] as const) {
      const run = `${side}/exp/${NAME}`;
      const config = { latentDim: 2, [HOSTILE]: `${HOSTILE}${value}` };
      await writeRun(`${side}/exp`, NAME, { config });
      await writeRun(`${side}/exp`, `only ${value} ${NAME}`, { seed: value });
      await Deno.writeTextFile(
        `${run}/evaluation-k5.csv`,
        `quantity,value,standard_error\n"${HOSTILE}",${value},0\n`,
      );
      await Deno.writeTextFile(
        `${run}/evaluation-k6.csv`,
        `quantity,"${HOSTILE}",standard_error\nnll,${value},0\n`,
      );
    }
    for (const format of [[], ["--markdown"], ["--json"]]) {
      const said = await saidBy(() => diff([a, b, ...format]));
      const joined = said.replaceAll("\n", "");
      assertEquals(joined, printable(joined));
      assert(said.includes(format[0] === "--json" ? "\\u001b" : "\\x1b"), said);
      assert(!said.includes("\nerror: x"), said);
    }
    await Deno.writeTextFile(`${a}/exp/${NAME}/eval.csv`, `step\n${HOSTILE}\n`);
    assertPrintable(
      await saidBy(() =>
        runTask(async () => {
          await diff([a, b]);
        })
      ),
    );
    Deno.exitCode = 0;
  }));

Deno.test("what git says and commits hold is printable", () =>
  withFolder(async (folder) => {
    const [repository, other] = [`${folder}/a`, `${folder}/${NAME}`];
    await init(repository);
    await Deno.mkdir(other);
    await writeRun(`${repository}/results/exp`, "run");
    await commit(repository, `subject ${HOSTILE.replaceAll(/[\r\n]/g, "")}`);
    const history = ["--experiment", "exp", "--history", "elbo"];
    const here = Deno.cwd();
    try {
      Deno.chdir(repository);
      assertPrintable(await saidBy(() => diff(history)));
      assertPrintable(
        await saidBy(() => runTask(() => diff([HOSTILE, ...history]))),
        1,
      );
      Deno.chdir(other);
      assertPrintable(await saidBy(() => runTask(() => diff(history))), 1);
    } finally {
      Deno.chdir(here);
      Deno.exitCode = 0;
    }
  }));
