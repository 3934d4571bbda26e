import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CELL, inCell, type SweepCell } from "../../src/cli/cell.ts";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { valueOf } from "../../src/config/value.ts";
import { UserError } from "../../src/errors.ts";

const runs = Array.from({ length: 7 }, (_, i) => `run ${i}`);

/** The runs of a cell, where the environment has these variables. */
function runsOf(text: string, env: Readonly<Record<string, string>> = {}) {
  const cell = valueOf(CELL, text)!;
  return inCell({ cell, runs }, (name) => env[name]).runs;
}

Deno.test("a cell is a run, a chunk of them, or what a variable says", () => {
  assertEquals(inCell({ cell: undefined, runs }).runs, runs);
  assertEquals(runsOf("6"), ["run 6"]);
  assertEquals(runsOf("0/7"), ["run 0"]);
  assertEquals(runsOf("0/3"), ["run 0", "run 1"]);
  assertEquals(runsOf("2/3"), ["run 4", "run 5", "run 6"]);
  assertEquals(runsOf("env", { SLURM_ARRAY_TASK_ID: "5" }), ["run 5"]);
  assertEquals(runsOf("env/7", { JOB_COMPLETION_INDEX: "0" }), ["run 0"]);
  assertEquals(runsOf("env", { PARALLEL_SEQ: "1" }), ["run 0"]);
});

Deno.test("the chunks of a sweep are all its runs, in order", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 300 }).chain((count) =>
      fc.tuple(fc.constant(count), fc.integer({ min: 1, max: count }))
    ),
    ([count, of]) => {
      const runs = Array.from({ length: count }, (_, i) => i);
      const chunks = Array.from(
        { length: of },
        (_, index) => inCell({ cell: { index, of }, runs }).runs,
      );
      assertEquals(chunks.flat(), runs);
      const sizes = chunks.map(({ length }) => length);
      assertEquals(Math.max(...sizes) - Math.min(...sizes) <= 1, true);
    },
  ));
});

Deno.test("a cell that there is not is refused", () => {
  const cases: [string, Record<string, string>, string][] = [
    ["7", {}, "--cell 7: the sweep has 7 runs; use 0..6"],
    ["0/8", {}, "--cell 0/8: the sweep has 7 runs; use at most as many chunks"],
    ["3/3", {}, "--cell 3/3: of 3 chunks the last is 2"],
    ["env", {}, "--cell env: none of SLURM_ARRAY_TASK_ID, "],
    ["env", { PARALLEL_SEQ: "8" }, "--cell env: index 7: the sweep has 7 runs"],
    ["env", { PARALLEL_SEQ: "0" }, "PARALLEL_SEQ is 0; expected an integer"],
    ["env", { SLURM_ARRAY_TASK_ID: "1e3" }, "SLURM_ARRAY_TASK_ID is 1e3;"],
    [
      "env",
      { SLURM_ARRAY_TASK_ID: "1", PARALLEL_SEQ: "1" },
      "SLURM_ARRAY_TASK_ID and PARALLEL_SEQ are both set; give the index",
    ],
  ];
  for (const [text, env, message] of cases) {
    assertThrows(() => runsOf(text, env), UserError, message);
  }
  for (
    const text of ["-1", "1/0", "1/", "/3", "1.5", "env/x", "evn", "1/2/3"]
  ) {
    assertEquals(valueOf<SweepCell>(CELL, text), undefined, text);
  }
});

Deno.test("the stages of an array take no switches of each other", () => {
  const cases: [string[], string][] = [
    [["--cell", "0", "--gather"], "--cell, --gather: give one of them"],
    [["--cell", "0", "--check"], "--check: a cell has not all runs"],
    [["--gather", "--fresh"], "--fresh: it has no effect on --gather"],
    [["--gather", "--require-clean"], "--require-clean: it has no effect"],
  ];
  for (const [args, message] of cases) {
    assertThrows(() => requestOf(readFlags(args)), UserError, message);
  }
});
