import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { taskOf } from "../../src/cli/tasks.ts";
import { UserError } from "../../src/errors.ts";
import { commandOf, runTask, threeAtATime } from "../experiments/command.ts";

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

/** Tasks that other tests run in their own process alone. */
const IN_TESTS = [
  "disentanglement",
  "interpolate",
  "lesson",
  "plot",
  "reconstruct",
  "report",
  "table",
];

Deno.test("tasks whose functions tests call start by their commands, too", async () => {
  await threeAtATime(IN_TESTS.map((name) => async () => {
    const { code, stdout, stderr } = await runTask(name, ["--help"]);
    assertEquals([code, stderr], [0, ""], name);
    assertStringIncludes(stdout, `deno task ${name} `);
  }));
});

Deno.test("experiments may do what latent-sweep may, which tests start", () => {
  // What measures gradients trains nothing, and tests start it, too.
  const names = Object.keys(project.tasks)
    .filter((name) => name.startsWith("exp:") && name !== "exp:gradient-snr");
  assert(names.length > 9, `${names}`);
  // Where data are drawn, nothing is downloaded.
  const rightsOf = (name: string) =>
    commandOf(name).replace(/ experiments\/\w+\.ts$/, "")
      .replace(/ --allow-net=\S+/, "");
  assertEquals(
    [...new Set(names.map(rightsOf))],
    [rightsOf("exp:latent-sweep")],
  );
});

Deno.test("a word that is nearly a task is refused, with the task", () => {
  assertThrows(
    () => taskOf(["evaluatte", "run"], MINE),
    UserError,
    "evaluatte: no such task on runs; did you mean evaluate?",
  );
});
