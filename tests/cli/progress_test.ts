import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  downloadProgress,
  formatTerms,
  say,
  stageProgress,
  startProgress,
} from "../../src/cli/progress.ts";
import { stderrOf } from "./said.ts";

/** A bar of which so many of 24 parts are full. */
function bar(full: number): string {
  return `[${"=".repeat(full)}${" ".repeat(24 - full)}]`;
}

Deno.test("startProgress() redraws a bar on a terminal, at most every 100 ms", () => {
  let now = 1000;
  const text = stderrOf(() => {
    const progress = startProgress("run", 4, {
      terminal: true,
      now: () => now,
    });
    progress.update(1, "ELBO -9.00");
    now += 99;
    progress.update(2, "not shown");
    now += 901;
    progress.update(2, "ELBO -8.00");
    now += 1000;
    progress.end("finished");
  });
  assertEquals(text.split("\r\x1b[J"), [
    `run ${bar(6)} 1/4  0 s left, ELBO -9.00`,
    `run ${bar(12)} 2/4  1 s left, ELBO -8.00`,
    "run  finished in 2 s\n",
  ]);
});

Deno.test("startProgress() writes a line every 5 s where there is no terminal", () => {
  let now = 0;
  const text = stderrOf(() => {
    const progress = startProgress("run", 600, {
      terminal: false,
      now: () => now,
    });
    for (let step = 1; step <= 130; step++) {
      now = step * 100;
      progress.update(step, `at ${step}`);
    }
    now = 65_000;
    progress.end("finished");
  });
  assertEquals(text.split("\n"), [
    "run  50/600  55 s left, at 50",
    "run  100/600  50 s left, at 100",
    "run  finished in 1 min 5 s",
    "",
  ]);
  assert(!text.includes("\r") && !text.includes("\x1b"));
});

Deno.test("startProgress() draws a bar for all that goes on, below what was said", () => {
  let now = 0;
  const text = stderrOf(() => {
    const options = { terminal: true, now: () => now };
    using one = startProgress("one", 4, options);
    const two = startProgress("two", 4, options);
    one.update(1, "a");
    two.update(2, "b");
    // Each of two is shown half as often.
    now = 199;
    one.update(2, "not shown");
    now = 1200;
    say("a line");
    two.end("done");
    one.update(3, "c");
  });
  const [a, b] = [
    `one ${bar(6)} 1/4  0 s left, a`,
    `two ${bar(12)} 2/4  0 s left, b`,
  ];
  assertEquals(text.split("\r"), [
    a,
    `\x1b[J${a}\n${b}`,
    `\x1b[A\x1b[Ja line\n${a}\n${b}`,
    `\x1b[A\x1b[Jtwo  done in 1 s\n${a}`,
    `\x1b[Jone ${bar(18)} 3/4  0 s left, c`,
    "\x1b[J", // what did not end leaves nothing
  ]);
});

Deno.test("startProgress() writes a line every 5 s in all, however much goes on", () => {
  let now = 0;
  const text = stderrOf(() => {
    const all = ["a", "b", "c"].map((label) =>
      startProgress(label, 600, { terminal: false, now: () => now })
    );
    for (now = 0; now <= 60_000; now += 100) {
      for (const progress of all) progress.update(1, "note");
    }
    for (const progress of all) progress[Symbol.dispose]();
  });
  const labels = text.trimEnd().split("\n").map((line) => line[0]);
  assertEquals(labels.length, 60_000 / 5000);
  assertEquals(new Set(labels.slice(0, 3)), new Set(["a", "b", "c"]));
});

Deno.test("startProgress() says how it ended however short it was", () => {
  const text = stderrOf(() => {
    startProgress("run", 3, { terminal: false, now: () => 0 }).end("done");
  });
  assertEquals(text, "run  done in 0 s\n");
});

Deno.test("startProgress() is silent when quiet", () => {
  let now = 0;
  const text = stderrOf(() => {
    for (const terminal of [true, false]) {
      const progress = startProgress("run", 3, {
        quiet: true,
        terminal,
        now: () => now,
      });
      now += 60_000;
      progress.update(2, "note");
      progress.end("done");
    }
  });
  assertEquals(text, "");
});

Deno.test("stageProgress() ends each stage with a line", () => {
  const text = stderrOf(() => {
    const onProgress = stageProgress("run", "rows");
    for (const stage of ["ELBO", "L_k"]) {
      onProgress(stage, 1, 2);
      onProgress(stage, 2, 2);
    }
  });
  for (const stage of ["ELBO", "L_k"]) {
    assertStringIncludes(text, `run  ${stage}  done in 0 s\n`);
  }
});

Deno.test("downloadProgress() ends each file with a line", () => {
  const text = stderrOf(() => {
    const onProgress = downloadProgress();
    onProgress("a.gz", 1, 2_500_000);
    onProgress("a.gz", 2_500_000, 2_500_000);
    onProgress("b.gz", 700, 700);
  });
  // On a terminal, bars come before.
  for (const file of ["a.gz", "b.gz"]) {
    assertStringIncludes(text, `download ${file}  done in 0 s\n`);
  }
});

Deno.test("say() writes one line, formatTerms() the ELBO and the KL", () => {
  const terms = { elbo: -101.239, reconstruction: -99, kl: 2.239 };
  assertEquals(
    stderrOf(() => say(formatTerms("minibatch", terms))),
    "minibatch ELBO -101.24, KL 2.24 nats\n",
  );
});
