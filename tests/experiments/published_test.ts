import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  ended,
  PUBLISHED,
  run,
  start,
  tiny,
} from "./command.ts";
import { checkRun, readNumbers } from "./results.ts";

/** A tiny net on data that need no download. */
const FIGURE2 = {
  ...{ dataset: "glyphs", hidden: 8, latent: 3, "batch-size": 10 },
  ...{ "train-size": 50, "learning-rate": 0.001 },
};

Deno.test("exp:aevb-figure2 has the bounds of train data at the same parameters and over minibatches", () =>
  withFolder(async (out) => {
    const flags = { ...FIGURE2, steps: 12, "eval-every": "at:2,5,9", out };
    assertQuietSuccess(
      await run("aevb-figure2", [...tiny(flags), "--quiet"]),
    );
    const folder = `${out}/aevb-figure2/glyphs-z3-L1-n1.2e2-seed1`;
    const { train } = await checkRun(folder);
    const { rows } = await readNumbers(`${folder}/eval.csv`);
    assertEquals(rows.map(({ step }) => step), [2, 5, 9, 12]);
    let before = 0;
    for (const row of rows) {
      const elbos = train.slice(before, row["step"]).map(({ elbo }) => elbo!);
      const mean = elbos.reduce((sum, elbo) => sum + elbo, 0) / elbos.length;
      assertEquals(row["minibatch_elbo"], Math.fround(mean));
      assertEquals(
        row["train_elbo"],
        Math.fround(row["train_reconstruction"]! - row["train_kl"]!),
      );
      // Both splits are of one distribution, and the net is no good yet.
      assertAlmostEquals(row["train_elbo"]!, row["elbo"]!, 40);
      before = row["step"]!;
    }
  }));

Deno.test("exp:aevb-figure2 stopped and gone on with gives the bytes of one left alone", () =>
  withFolder(async (folder) => {
    const args = (out: string) => [
      ...tiny({
        ...{ ...FIGURE2, steps: 900, "eval-every": "at:7,400,880", out },
        ...{ "checkpoint-every": 50, backend: "cpu" },
      }),
      "--quiet",
    ];
    const [alone, stopped] = [`${folder}/alone`, `${folder}/stopped`];
    assertQuietSuccess(await run("aevb-figure2", args(alone)));
    const name = "aevb-figure2/glyphs-z3-L1-n9e3-seed1";
    const partial = `${stopped}/${name}.partial`;
    const child = start("aevb-figure2", args(stopped));
    const outcome = ended(child);
    const deadline = Date.now() + 60_000;
    while ((await checkpointSteps(partial)).length === 0) {
      assert(Date.now() < deadline, "no checkpoint");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGTERM");
    assertEquals((await outcome).code, 143);
    assertQuietSuccess(await run("aevb-figure2", args(stopped)));
    const { [`${name}/run.json`]: _, ...one } = await digests(alone);
    const { [`${name}/run.json`]: __, ...other } = await digests(stopped);
    assertEquals(other, one);
  }));

Deno.test("exp:aevb-figure2 is evaluated at the paper's points", async () => {
  const list = ["--list", "--budget", "1e7"];
  const { stdout } = await run("aevb-figure2", list);
  assertEquals(
    stdout.trim().split("\n"),
    [3, 5, 10, 20, 200].map((z) => `mnist-z${z}-L1-n1e7-seed1`),
  );
  const frey = await run("aevb-figure2", [...list, "--dataset", "freyface"]);
  assertEquals(
    frey.stdout.trim().split("\n"),
    [2, 5, 10, 20].map((z) => `freyface-z${z}-L1-n1e7-seed1`),
  );
});

Deno.test("--check is refused where nothing was published", async () => {
  assertMistake(await run("latent-sweep", ["--check"]), "--check");
});

Deno.test("experiments of published set-ups train runs side by side", () =>
  withFolder(async (out) => {
    for (const name of PUBLISHED) {
      const flags = tiny({
        ...{ dataset: "glyphs", latent: 2, seed: "1,2", jobs: 2, out },
        ...{ backend: "cpu", "train-size": 20 },
      });
      const args = name === "linear-vae" ? [] : ["--hidden", "4"];
      assertQuietSuccess(await run(name, [...flags, ...args, "--quiet"]));
    }
  }));
