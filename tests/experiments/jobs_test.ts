import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { shellWords } from "../../src/cli/task_command.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  beforeEnd,
  commandOf,
  digests,
  ended,
  exists,
  type Flags,
  ROOT,
  run,
  runBare,
  runBareHere,
  runHere,
  startBare,
  timingOf,
  tinyNet,
} from "./command.ts";
import { checkExperiment, checkRun } from "./results.ts";

const SCRIPT = "tests/experiments/odd_seeds.ts";
const ODD = "odd-seeds/glyphs-z2-L1-seed";
const RUN = "latent-sweep/glyphs-z2-L1-seed";

/** Seconds, far more than a busy machine needs. */
const PATIENCE = "600";

/** Runs the experiment whose runs fail in various ways. */
async function runOdd(flags: Flags, ...more: string[]) {
  const args = [...tinyNet(flags), ...more];
  return await run("latent-sweep", args, { script: SCRIPT });
}

/** Asserts that a run's files are the same in two folders. */
async function assertSameRun(a: string, b: string): Promise<void> {
  const [first, second] = await Promise.all([a, b].map(async (path) => {
    const { "run.json": _, ...files } = await digests(path);
    return files;
  }));
  assert("train.csv" in first!);
  assertEquals(first, second);
}

Deno.test("--jobs 2 gives the bytes of --jobs 1", () =>
  withFolder(async (folder) => {
    const flags = { latent: "2,3", steps: 20, engine: "wasm" };
    const args = (jobs: number) =>
      tinyNet({ ...flags, jobs, out: `${folder}/${jobs}` });
    const outcomes = await Promise.all([
      runHere("latent-sweep", [...args(1), "--quiet"]),
      run("latent-sweep", [...args(2), "--quiet"]),
    ]);
    outcomes.forEach(assertQuietSuccess);
    const [one, two] = await Promise.all(
      [1, 2].map((jobs) => digests(`${folder}/${jobs}`)),
    );
    for (const end of ["csv", "json", "png", "svg", "safetensors"]) {
      assert(Object.keys(one!).some((path) => path.endsWith(`.${end}`)), end);
    }
    assertEquals(two, one);
    await checkExperiment(
      `${folder}/2/latent-sweep`,
      [2, 3].map((z) => `glyphs-z${z}-L1-seed1`),
    );
  }));

Deno.test("--jobs: a script may wait before it calls main()", () =>
  withFolder(async (out) => {
    const args = tinyNet({ latent: "2,3", jobs: 2, out });
    const script = "tests/experiments/late_main.ts";
    const under = ["timeout", PATIENCE]; // no run would ever begin
    assertQuietSuccess(
      await runBare([...args, "--quiet"], { script, under }),
    );
  }));

Deno.test("--jobs: a run that diverges, a bug and a worker that dies stop no other run", () =>
  withFolder(async (out) => {
    const flags = { "checkpoint-every": 1, jobs: 2, out };
    const { code, stdout, stderr } = await runOdd(
      { ...flags, seed: "2,4,5,1,3", optimizer: "sgd" },
      "--quiet",
    );
    assertEquals([code, stdout], [1, ""], stderr);
    assertMatch(stderr, /seed2 failed: the ELBO is NaN at step 2; its rows/);
    assertMatch(stderr, /a bug of the experiment\n[^]*odd_seeds\.ts/);
    assertMatch(stderr, /seed4 crashed: a bug of the experiment; repeat/);
    assertMatch(stderr, /seed5 crashed: its worker ended with exit code 3;/);
    for (const seed of [1, 3]) await checkRun(`${out}/${ODD}${seed}`);
    assertEquals((await readRunJson(`${out}/${ODD}2`))?.status, "failed");
    const summary = await Deno.readTextFile(`${out}/odd-seeds/summary.csv`);
    assertEquals(
      summary.trimEnd().split("\n").map((line) => line.split(",")[1]),
      ["status", "finished", "failed", "finished"],
    );
    assert(await exists(`${out}/odd-seeds/glyphs-terms.png`));

    // What crashed before a checkpoint left nothing; after one, it goes on.
    assertEquals(await exists(`${out}/${ODD}4.partial`), false);
    assertEquals(await checkpointSteps(`${out}/${ODD}5.partial`), [1, 2]);
    const again = tinyNet({ ...flags, seed: 5, optimizer: "sgd" });
    assertQuietSuccess(
      await runHere("latent-sweep", [...again, "--quiet"], { script: SCRIPT }),
    );
    await checkRun(`${out}/${ODD}5`);
    assertEquals((await timingOf(`${out}/${ODD}5`)).resumedFrom, 2);
  }));

Deno.test("--jobs: an engine's thread that dies is one line for its run", () =>
  withFolder(async (out) => {
    const flags = { engine: "wasm", steps: 40, seed: "1,2", jobs: 2, out };
    const { code, stderr } = await run(
      "latent-sweep",
      [...tinyNet({ ...flags, "eval-every": 40 }), "--quiet"],
      { script: "tests/experiments/thread_dies.ts" },
    );
    assertEquals(code, 1, stderr);
    assertEquals(
      stderr.trimEnd().split("\n").sort(),
      [1, 2].map((seed) =>
        `glyphs-z2-L1-seed${seed} crashed: a worker thread of the wasm engine ` +
        "died; repeat the command to continue"
      ),
    );
  }));

Deno.test("--jobs: workers share one copy of the data", () =>
  withFolder(async (out) => {
    const seeds = { seed: "6,7", jobs: 2, out };
    const { code, stdout, stderr } = await runOdd(seeds, "--quiet");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.trimEnd().split("\n").sort(), ["0", "1"]);
  }));

Deno.test("--jobs: a mistake that all runs meet is said once, exit code 2", () =>
  withFolder(async (out) => {
    const flags = { "data-dir": out, dataset: "mnist", out: `${out}/mnist` };
    assertMistake(
      await runBare(tinyNet({ ...flags, seed: "1,2", jobs: 2 })),
      "train-images",
    );
    assertEquals(await exists(`${out}/mnist`), false);
  }));

Deno.test({
  name: "--jobs: SIGTERM stops all runs, which then go on to the same bytes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const slow = { steps: 1000, "eval-every": 500, engine: "wasm" };
      const args = (name: string, jobs: number, seed = "1,2") => {
        const flags = { ...slow, seed, jobs, out: `${folder}/${name}` };
        return [...tinyNet(flags), "--quiet"];
      };
      const child = startBare(args("part", 2, "1,2,3"));
      const outcome = ended(child);
      const partial = (seed: number) => `${folder}/part/${RUN}${seed}.partial`;
      const isWriting = async (seed: number) => {
        const train = `${partial(seed)}/train.csv`;
        return await exists(train) && (await Deno.stat(train)).size > 500;
      };
      await beforeEnd(
        outcome,
        async () => await isWriting(1) && await isWriting(2),
      );
      child.kill("SIGTERM");
      assertEquals(await outcome, { code: 143, stdout: "", stderr: "" });
      for (const seed of [1, 2]) {
        const json = await readRunJson(partial(seed));
        assertEquals(json?.status, "interrupted");
        assert((await checkpointSteps(partial(seed))).length > 0);
      }
      assertEquals(await exists(partial(3)), false);

      assertQuietSuccess(await runBare(args("part", 2)));
      assertQuietSuccess(await runBareHere(args("whole", 1)));
      for (const seed of [1, 2]) {
        const [a, b] = ["part", "whole"].map((out) =>
          `${folder}/${out}/${RUN}${seed}`
        );
        await assertSameRun(a!, b!);
      }
    }),
});

Deno.test("on a terminal nothing is asked, and one line is of all runs", () =>
  withFolder(async (out) => {
    const [, ...words] = commandOf("exp:latent-sweep").split(" ");
    const script = [...words.slice(0, -1), "tests/experiments/bare.ts"];
    const flags = tinyNet({ seed: "1,2", jobs: 2, out });
    const command = shellWords([Deno.execPath(), ...script, ...flags]);
    // What waits for an answer would do so for ever.
    const { code, stdout } = await new Deno.Command("timeout", {
      args: [PATIENCE, "script", "-qec", command, "/dev/null"],
      cwd: ROOT,
      env: { NO_COLOR: "1", INIT_CWD: ROOT },
      stdin: "null",
    }).output();
    const shown = new TextDecoder().decode(stdout);
    assertEquals(code, 0, shown);
    assertMatch(
      shown,
      /\[ *=* *\] \d of 2 runs, [\d.]+ steps\/s, \d+ s left; /,
    );
    assertMatch(shown, /finished in \d+ s; test ELBO -[\d.]+, KL [\d.]+ nats/);
    assertEquals(shown.includes("requests"), false, shown);
  }));
