import { assert, assertEquals, assertThrows } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { taskOf } from "../../src/cli/tasks.ts";
import { UserError } from "../../src/errors.ts";

/** Tasks of the toolkit itself, of no script's runs. */
const WITHOUT_RUNS = ["new", "published", "lesson"];

const MINE = {
  experiment: "mine",
  request: (args: readonly string[]) => requestOf(readFlags(args)),
};

Deno.test("a script runs each task that takes runs", () => {
  const tasks = Object.entries(project.tasks)
    .filter(([name, { command }]) =>
      command.includes(" src/cli/") && !WITHOUT_RUNS.includes(name)
    )
    .map(([name]) => name);
  assert(tasks.length > 9, `${tasks}`);
  const unknown = tasks.filter((name) => taskOf([name], MINE) === undefined);
  assertEquals(unknown, []);
  for (const word of [...WITHOUT_RUNS, "--list", "toString"]) {
    assertEquals(taskOf([word], MINE), undefined);
  }
});

Deno.test("a word that is nearly a task is refused, with the task", () => {
  assertThrows(
    () => taskOf(["evaluatte", "run"], MINE),
    UserError,
    "evaluatte: no such task on runs; did you mean evaluate?",
  );
});
