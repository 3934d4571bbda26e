import { assertEquals } from "@std/assert";
import { SweepProgress } from "../../src/cli/sweep_progress.ts";
import { configOf } from "../train/toys.ts";
import { stderrOf } from "./said.ts";

/** Runs of as many steps, whose steps cost the same. */
const plans = (...steps: number[]) =>
  steps.map((steps, i) => ({ name: `r${i}`, config: configOf({ steps }) }));

/** A bar of which so many of 24 parts are full. */
const bar = (full: number) => `[${"=".repeat(full)}${" ".repeat(24 - full)}]`;

Deno.test("SweepProgress has one line on a terminal, for all runs of the command", () => {
  let now = 0;
  const runs = plans(100, 100, 200);
  const text = stderrOf(() => {
    const options = { terminal: true, now: () => now };
    using all = new SweepProgress(runs, options);
    all.pass(runs[0]!);
    const one = all.start(runs[1]!);
    const two = all.start(runs[2]!);
    two.begin(100); // what is left in all is 200 of 400
    now = 1000;
    one.update(10, "ELBO -9");
    now = 1099;
    two.update(110, "not shown");
    now = 2000;
    two.update(130, "ELBO -8");
    now = 4000;
    one.update(100, "ELBO -7");
    one.end("finished", "test ELBO -5");
    now = 5000;
    two.end("interrupted at step 130", "");
  });
  const lines = [
    `${bar(13)} 1 of 3 runs, 10 steps/s, 19 s left; r1 10/100: ELBO -9`,
    `${bar(14)} 1 of 3 runs, 30 steps/s, 8 s left; r2 130/200: ELBO -8`,
    `${bar(20)} 1 of 3 runs, 40 steps/s, 2 s left; r1 100/100: ELBO -7`,
  ];
  assertEquals(text.split("\r\x1b[J"), [
    `r0  finished before; --fresh runs it again\n${lines[0]}`,
    lines[1],
    lines[2],
    `r1  finished in 4 s; test ELBO -5\n${lines[2]}`,
    `r2  interrupted at step 130 in 5 s\n${lines[2]}`,
    "", // and leaves nothing
  ]);
});

Deno.test("SweepProgress has a line for each run that ended where there is no terminal", () => {
  let now = 0;
  const runs = plans(100, 100);
  const text = stderrOf(() => {
    using all = new SweepProgress(runs, { terminal: false, now: () => now });
    for (const plan of runs) {
      using run = all.start(plan);
      for (let step = 1; step <= 100; step++) {
        now += 1000;
        run.update(step, "ELBO -9");
      }
      if (plan === runs[0]) run.end("finished", "test ELBO -5");
    }
  });
  assertEquals(text, "r0  finished in 1 min 40 s; test ELBO -5\n");
});

Deno.test("SweepProgress counts a step by what it costs, and is silent when quiet", () => {
  const [small] = plans(100);
  const large = {
    name: "large",
    config: configOf({ steps: 100, samples: 50 }),
  };
  let now = 0;
  const text = stderrOf(() => {
    const options = { terminal: true, now: () => now };
    using all = new SweepProgress([small!, large], options);
    using run = all.start(small!);
    now = 1000;
    run.update(100, "");
  });
  // Half of the steps are made, and a small part of the work.
  assertEquals(
    text.startsWith(`${bar(1)} 0 of 2 runs, 100 steps/s`),
    true,
    text,
  );
  const silent = stderrOf(() => {
    for (const terminal of [true, false]) {
      using all = new SweepProgress([small!], { quiet: true, terminal });
      all.pass(small!);
      const run = all.start(small!);
      run.update(3, "");
      run.end("finished", "");
    }
  });
  assertEquals(silent, "");
});
