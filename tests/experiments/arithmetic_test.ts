import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { taskCommand } from "../../src/cli/task_command.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { withFolder } from "../data/helpers.ts";
import { blas } from "../engine/wasm/blas_support.ts";
import { assertMistake, runBare, runCommand, tinyNet } from "./command.ts";

const NAME = "latent-sweep";
const RUN = `${NAME}/glyphs-z2-L1-seed1`;

/** Runs the experiment with the permission to call libraries. */
const runWithLibraries = (args: readonly string[]) =>
  runCommand(taskCommand(NAME, { callsLibraries: true }), args);

Deno.test("--fast-math is in run.json and in the command that repeats the run", () =>
  withFolder(async (out) => {
    const args = tinyNet({ out, engine: "wasm" });
    const first = await runBare([...args, "--fast-math"]);
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.stderr, /with fast math, this machine's bits/);
    const record = await readRunJson(`${out}/${RUN}`);
    assertEquals(record?.engine, {
      name: "wasm",
      bits: "machine",
      fastMath: true,
    });
    assertStringIncludes(record!.command, "--engine wasm --fast-math");
    // What fast math gave is not what the portable engine gives.
    const again = await runBare([...args, "--fast-math"]);
    assertStringIncludes(again.stderr, "finished before");
    const portable = await runBare(args);
    assert(!portable.stderr.includes("finished before"), portable.stderr);
    assertEquals((await readRunJson(`${out}/${RUN}`))?.engine, {
      name: "wasm",
      bits: "portable",
    });
  }));

Deno.test("--blas says what to run, as tasks may not call libraries", () =>
  withFolder(async (folder) => {
    const out = `${folder}/a b`;
    assertMistake(
      await runBare(tinyNet({ engine: "wasm", blas: "auto", out })),
      "--blas auto: tasks may not call libraries; run deno run --allow-ffi ",
      ` experiments/latent_sweep.ts --train-size 200 `,
      `--engine wasm --blas auto --out '${out}'`,
    );
  }));

Deno.test("--blas with a library that is not there is one line, exit code 2", () =>
  withFolder(async (out) => {
    const args = tinyNet({ engine: "wasm", blas: "/no/lib.so", out });
    assertMistake(
      await runWithLibraries(args),
      "--blas /no/lib.so: no such library",
      "--blas auto",
    );
  }));

Deno.test({
  name:
    `--blas is in run.json, with a command that may call it (${blas.label})`,
  ignore: blas.library === null,
  fn: () =>
    withFolder(async (out) => {
      const args = tinyNet({ engine: "wasm", blas: "auto", out });
      const { code, stderr } = await runWithLibraries(args);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /products by \S+ \(OpenBLAS .*this machine's bits/);
      const { engine, command } = (await readRunJson(`${out}/${RUN}`))!;
      const library = blas.library!;
      assertEquals(engine.bits, "machine");
      assertEquals(engine.blas, { library, build: blas.label });
      assertMatch(command, /^deno run --allow-ffi .*latent_sweep.ts --dataset/);
      assertStringIncludes(command, `--engine wasm --blas ${library} `);
    }),
});
