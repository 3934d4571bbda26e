/** What the wasm engine needs of a machine, and what it loses with it. */

import { assert, assertEquals } from "@std/assert";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  exists,
  type Flags,
  runBare,
  tiny,
  tinyNet,
} from "./command.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

const TOO_LARGE: readonly Flags[] = [
  { engine: "wasm", hidden: "12000,12000" },
  { engine: "wasm", hidden: 1000, samples: 20000, "batch-size": 50 },
  { engine: "reference", backend: "wasm", hidden: "30000,30000" },
];

Deno.test("sizes beyond WebAssembly's 4 GiB are one line, exit code 2, and no file", () =>
  withFolder(async (folder) => {
    const out = `${folder}/results`;
    for (const flags of TOO_LARGE) {
      const all = tinyNet({ ...flags, out });
      assertMistake(await runBare(all), "4 GiB");
      assertEquals(await exists(out), false);
    }
  }));

// This switch takes WebAssembly's SIMD away.
const noSimd = { env: { DENO_V8_FLAGS: "--no-enable-sse4-1" } };
const isX86 = Deno.build.arch === "x86_64";

Deno.test({
  name: "--engine wasm without SIMD is one line, exit code 2, and no file",
  ignore: !isX86,
  fn: () =>
    withFolder(async (folder) => {
      const out = `${folder}/results`;
      assertMistake(
        await runBare(tinyNet({ engine: "wasm", out }), noSimd),
        "SIMD",
        "--engine reference",
      );
      assertEquals(await exists(out), false);
    }),
});

Deno.test({
  name: "--engine auto without SIMD takes the reference",
  ignore: !isX86,
  fn: () =>
    withFolder(async (out) => {
      const args = tiny({ hidden: 8, latent: 2, out });
      assertQuietSuccess(
        await runBare([...args, "--quiet"], noSimd),
      );
      const { engine } = JSON.parse(
        await Deno.readTextFile(`${out}/${RUN}/run.json`),
      );
      assertEquals(engine, { name: "reference", bits: "backend" });
    }),
});

Deno.test("a thread that dies is one line, and nothing is lost", () =>
  withFolder(async (folder) => {
    const args = (out: string) => [
      ...tinyNet({ engine: "wasm", steps: 40, "eval-every": 40 }),
      ...["--checkpoint-every", "10", "--quiet", "--out", `${folder}/${out}`],
    ];
    const script = "tests/experiments/thread_dies.ts";
    const { code, stderr } = await runBare(args("a"), { script });
    assertEquals(code, 1, stderr);
    assertEquals(
      stderr,
      "error: a worker thread of the wasm engine died; " +
        "repeat the command to continue\n",
    );
    const partial = `${folder}/a/${RUN}.partial`;
    assertEquals(Math.max(...await checkpointSteps(partial)), 20);
    const rows = await Deno.readTextFile(`${partial}/train.csv`);
    assert(rows.split("\n").length >= 20);

    await Deno.writeTextFile(`${folder}/mended`, "");
    for (const out of ["a", "b"]) {
      assertQuietSuccess(await runBare(args(out), { script }));
    }
    const all = await digests(folder);
    const files = Object.keys(all).filter((path) => path.startsWith("a/"));
    for (const path of files.filter((path) => !path.endsWith("run.json"))) {
      assertEquals(all[path], all[path.replace("a/", "b/")], path);
    }
    assert(files.length > 5);
  }));
