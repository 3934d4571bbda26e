/**
 * `deno task bisect RUN`: the commit that changed a run's numbers.
 *
 * Trains the run at revisions of this project, in a git worktree of its own, and
 * lets `git bisect` choose which. Not by `git bisect run`: what the revisions
 * gave is still known here when the commit is found.
 *
 * @module
 */

import { z } from "zod";
import {
  type FirstDifference,
  firstDifference,
  type RunTables,
} from "../compare/first_difference.ts";
import { once } from "../config/texts.ts";
import { integer, nonNegative, text } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { withTemporaryFolder } from "../files.ts";
import { readRunJson } from "../results/run_json.ts";
import { printable } from "../text.ts";
import { Revisions } from "./bisect_revisions.ts";
import { type RunAt, trainer } from "./bisect_run.ts";
import { DATA_DIR_HELP } from "./flags.ts";
import { inProject } from "./place.ts";
import { print, say } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { readTask, runTask, type Task, type TaskFlags } from "./task.ts";

const FLAGS = {
  good: ["REV", "where the numbers were right (default: the run's commit)"],
  bad: ["REV", "where they are others (default: HEAD)"],
  column: ["NAME", "the only column that counts (default: all)"],
  tolerance: ["X", "what it may move, in its unit (default: 0)"],
  steps: ["N", "train that many steps only, where they show it"],
  "data-dir": ["DIR", DATA_DIR_HELP],
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  _: z.array(z.coerce.string()).length(1, "expected the folder of one run"),
  good: once(text()),
  bad: once(text()),
  column: once(text()),
  tolerance: once(nonNegative()),
  steps: once(integer(1)),
  "data-dir": once(text()),
});

type Flags = z.output<typeof flagsSchema>;

export const BISECT: Task<Flags> = {
  usage: [
    "Finds the commit that changed the numbers of a run.",
    "",
    "Usage: deno task bisect RUN [FLAGS]",
  ],
  flags: FLAGS,
  notes: [
    "RUN is the folder of a run. It is trained at --good, at --bad, and at",
    "revisions between them that git bisect chooses, with the flags that made",
    "it; a flag that a revision lacks is left out there. Its train.csv and",
    "eval.csv are compared with those of --good. Revisions that cannot train it",
    "are skipped. Your working tree is left alone: all happens in a worktree in",
    "a temporary folder.",
    "",
    "Exit codes: 0 the commit is found, 1 it is one of several that cannot be",
    "told apart, or nothing has changed, 2 a mistake.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @returns the exit code @throws {UserError} a mistake */
export async function bisect(args: readonly string[]): Promise<number> {
  const flags = readTask(args, BISECT);
  if (flags === null) return 0;
  const folder = flags._[0]!;
  const run = await readRunJson(folder);
  if (run === null) {
    throw new UserError(`${folder} has no run.json; name the folder of a run`);
  }
  const good = flags.good ?? run.git.commit;
  if (good === null) {
    throw new UserError(`${folder} names no commit; add --good REV`);
  }
  const interrupt = listenForSignals();
  return await withTemporaryFolder(async (temporary) => {
    await using revisions = await Revisions.open(inProject("."), temporary, {
      good,
      bad: flags.bad ?? "HEAD",
    });
    const train = trainer(run, folder, {
      steps: flags.steps,
      dataDir: flags["data-dir"],
      signal: interrupt.signal,
    });
    const out = (commit: string) => `${temporary}/${commit}`;
    const at = async (commit: string) => {
      say(`${commit.slice(0, 12)}  trains`);
      return await train(revisions.tree, out(commit));
    };
    try {
      return await search(revisions, at, flags);
    } catch (error) {
      if (interrupt.signal.aborted) return interrupt.exitCode();
      throw error;
    }
  });
}

/** @param at trains the run at the revision that is checked out */
async function search(
  revisions: Revisions,
  at: (commit: string) => Promise<RunAt>,
  { column, tolerance }: Flags,
): Promise<number> {
  const reference = required(await at(revisions.good), revisions.good, "good");
  if (column !== undefined) checkColumn(reference, column);
  const compare = (tables: RunTables) =>
    firstDifference(reference, tables, { column, tolerance });
  await revisions.checkOut(revisions.bad);
  const last = required(await at(revisions.bad), revisions.bad, "bad");
  const changed = new Map<string, FirstDifference>();
  const atBad = compare(last);
  if (atBad === null) {
    print("nothing has changed: both revisions give the same numbers");
    return 1;
  }
  changed.set(revisions.bad, atBad);
  say(
    `${revisions.count} commits, about ` +
      `${Math.ceil(Math.log2(revisions.count))} more trainings`,
  );
  let state = await revisions.start();
  while ("next" in state) {
    const { next } = state;
    const { tables, why } = await at(next);
    if (tables === null) {
      say(`${next.slice(0, 12)}  skipped: ${why}`);
      state = await revisions.mark("skip");
      continue;
    }
    const difference = compare(tables);
    if (difference !== null) changed.set(next, difference);
    say(
      `${next.slice(0, 12)}  ${difference === null ? "the same" : "changed"}`,
    );
    state = await revisions.mark(difference === null ? "same" : "changed");
  }
  for (const commit of state.found) {
    print(await revisions.describe(commit));
  }
  if (state.found.length > 1) {
    print(
      `one of these ${state.found.length} commits, of which only the last ` +
        "could be trained",
    );
    return 1;
  }
  print(sentence(changed.get(state.found[0]!)!));
  return 0;
}

/** The tables of a run that an end of the search cannot do without. */
function required(
  { tables, why }: RunAt,
  commit: string,
  name: "good" | "bad",
): RunTables {
  if (tables !== null) return tables;
  throw new UserError(
    `--${name} ${commit.slice(0, 12)} cannot train the run: ${why}; name ` +
      "another revision",
  );
}

function checkColumn(tables: RunTables, column: string): void {
  const names = new Set([...tables.values()].flatMap((t) => [
    ...t.columns.keys(),
  ]));
  if (names.has(column)) return;
  throw new UserError(
    `--column ${printable(column)}: there are ` +
      [...names].map(printable).join(", "),
  );
}

function sentence({ file, step, column, a, b }: FirstDifference): string {
  return `${file} first differs at step ${step}, in ${printable(column)}: ` +
    `${printable(String(a))} became ${printable(String(b))}`;
}

if (import.meta.main) await runTask(bisect);
