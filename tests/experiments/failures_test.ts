import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { readRunJson } from "../../src/results/run_json.ts";
import { filesBelow, withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  exists,
  run,
  runHere,
  tinyNet,
} from "./command.ts";
import { checkRun } from "./results.ts";

const SCRIPT = "tests/experiments/odd_seeds.ts";

Deno.test("a run that diverges keeps its rows and status, and the others go on", async () => {
  await withFolder(async (out) => {
    const args = tinyNet({ seed: "1,2,3", optimizer: "sgd", out });
    const { code, stdout, stderr } = await run(
      "latent-sweep",
      [...args, "--quiet"],
      { script: SCRIPT },
    );
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^glyphs-z2-L1-seed2 failed: the ELBO is .*\n$/);

    const folder = `${out}/odd-seeds`;
    const runs = [1, 2, 3].map((seed) => `${folder}/glyphs-z2-L1-seed${seed}`);
    await checkRun(runs[0]!);
    await checkRun(runs[2]!);

    const json = await readRunJson(runs[1]!);
    assertEquals(json?.status, "failed");
    const text = await Deno.readTextFile(`${runs[1]}/train.csv`);
    const rows = text.trimEnd().split("\n").slice(1)
      .map((line) => line.split(","));
    const elbos = rows.map(([, , elbo]) => Number(elbo));
    assertEquals(rows.map(([step]) => step), ["1", "2"]);
    assertEquals(elbos.map(Number.isFinite), [true, false]);
    assertStringIncludes(json?.error ?? "", `${elbos[1]} at step 2`);
    assertEquals(await exists(`${runs[1]}/eval.csv`), false);

    const summary = await Deno.readTextFile(`${folder}/summary.csv`);
    assertEquals(
      summary.split("\n").map((line) => line.split(",")[1]),
      ["status", "finished", "failed", "finished", undefined],
    );
    const names = await filesBelow(folder);
    assert(names.includes("glyphs-learning-curves.png"));
    assert(names.includes("glyphs-terms.png"));
  });
});

Deno.test("a sweep whose runs all diverge ends with exit code 1 and a summary", async () => {
  await withFolder(async (out) => {
    const { code, stderr } = await runHere("latent-sweep", [
      ...tinyNet({ latent: "2,3", out }),
      ...["--optimizer", "sgd", "--learning-rate", "1e30"],
    ]);
    assertEquals(code, 1, stderr);
    assertEquals(stderr.split(" failed: the ELBO is ").length, 3, stderr);
    const summary = await Deno.readTextFile(`${out}/latent-sweep/summary.csv`);
    assertEquals(summary.split("\n").slice(1), [
      "glyphs-z2-L1-seed1,failed,glyphs,diagonal,elbo,2,1,1,,,,,,,,,,",
      "glyphs-z3-L1-seed1,failed,glyphs,diagonal,elbo,3,1,1,,,,,,,,,,",
      "",
    ]);
  });
});

Deno.test("a bug keeps its stack trace and leaves no half of a run", async () => {
  await withFolder(async (out) => {
    const args = tinyNet({ seed: "1,4", out });
    const { code, stderr } = await run("latent-sweep", args, {
      script: SCRIPT,
    });
    assertEquals(code, 1);
    assertMatch(stderr, /a bug of the experiment\n[^]*odd_seeds\.ts/);
    const runs = [...Deno.readDirSync(`${out}/odd-seeds`)]
      .filter(({ isDirectory }) => isDirectory);
    assertEquals(runs.map(({ name }) => name), ["glyphs-z2-L1-seed1"]);
  });
});

Deno.test("figures are drawn of runs that lie far below the others", async () => {
  await withFolder(async (out) => {
    // The second run's ELBO is -200,000 where the first one's is -80.
    const flags = { hidden: "none", init: "glorot", latent: "1,2" };
    const data = { dataset: "linear-gaussian", backend: "wasm" };
    assertQuietSuccess(
      await runHere("latent-sweep", [
        ...tinyNet({ ...flags, ...data, out }),
        "--quiet",
      ]),
    );
    const names = await filesBelow(`${out}/latent-sweep`);
    assert(names.includes("linear-gaussian-learning-curves.png"));
    assert(names.includes("linear-gaussian-terms.png"));
  });
});
