import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { valuedFlags } from "../../src/cli/read_flags.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  exists,
  experiments,
  type Flags,
  namesListed,
  PUBLISHED,
  runHere,
  threeAtATime,
  tiny,
  tinyNet,
  words,
} from "./command.ts";
import { checkExperiment, checkPictures, checkRun } from "./results.ts";

// A new experiment is covered as soon as its file is there.
for (const experiment of await experiments()) {
  if (experiment === "gradient-snr") continue; // trains nothing
  Deno.test(`exp:${experiment} --help lists each flag with its default, and refuses the others`, async () => {
    const { code, stdout, stderr } = await runHere(experiment, ["--help"]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `deno task exp:${experiment}`);
    // Further lines of a row begin farther right.
    const rows = stdout.split(/\n(?= {2}--)/).slice(1)
      .map((row) => words(row.replaceAll("\n", " ")).join(" "));
    const offered = rows.map((row) => words(row)[0]!);

    const switches = words(
      "--fresh --require-clean --check --gather --list --json --quiet --help",
    );
    assertEquals(offered.slice(-switches.length), switches);
    for (const row of rows.slice(0, -switches.length)) {
      assertEquals(row.split("(default: ").length, 2, row);
    }
    const fixed = [...valuedFlags().keys()].map((name) => `--${name}`)
      .filter((flag) => !offered.includes(flag));
    assertEquals(
      offered.length + fixed.length,
      valuedFlags().size + words("--sweep").length + switches.length,
    );
    for (const flag of fixed) {
      assertMistake(await runHere(experiment, [flag, "1"]), flag, "--help");
    }
  });

  if (PUBLISHED.includes(experiment)) continue; // see published_test.ts
  Deno.test(`exp:${experiment} writes CSVs, run.json, summary and figures as documented`, async () => {
    await withFolder(async (folder) => {
      const out = `${folder}/out`;
      const help = (await runHere(experiment, ["--help"])).stdout;
      const hidden = help.includes("--hidden ") ? { hidden: 8 } : {};
      const swept = { latent: "2,10,3", samples: 2, seed: 7 };
      const args = tiny({ ...hidden, ...swept, out });
      const list = await runHere(experiment, [...args, "--list"]);
      assertEquals(list.code, 0, list.stderr);
      assertMatch(list.stderr, /^3 runs: 3 new; about .* in all.*\n$/);
      assert(!await exists(out), "--list wrote something");
      const names = namesListed(list);
      assertEquals(names.length, 3);

      assertQuietSuccess(
        await runHere(experiment, [
          ...args,
          ...words("--quiet --backend wasm"),
        ]),
      );
      assertEquals([...Deno.readDirSync(out)].map(({ name }) => name), [
        experiment,
      ]);
      const results = `${out}/${experiment}`;
      const runs = [...Deno.readDirSync(results)]
        .filter((entry) => entry.isDirectory).map(({ name }) => name);
      assertEquals(runs.sort(), names.toSorted());
      // By number, not by letter: z10 comes last.
      const [two, ten, three] = names;
      await checkExperiment(results, [two!, three!, ten!]);
      for (const name of names) await checkPictures(`${results}/${name}`);
    });
  });
}

Deno.test("exp:latent-sweep takes minibatches larger than the train split, and says what it does", async () => {
  await withFolder(async (out) => {
    const sizes = { "train-size": 20, "batch-size": 50, hidden: "8,8" };
    const args = tinyNet({ ...sizes, out });
    const { code, stdout, stderr } = await runHere("latent-sweep", args);
    assertEquals([code, stdout], [0, ""]);
    assertMatch(
      stderr,
      /^backend: tfjs's cpu.*\nengine: reference, as --backend cpu .*\nglyphs-z2-L1-seed1 +finished in .*; test ELBO .*\nresults in .*\n$/,
    );
    await checkExperiment(`${out}/latent-sweep`, ["glyphs-z2-L1-seed1"]);
  });
});

Deno.test("exp:latent-sweep trains full covariances and two layers", async () => {
  await withFolder(async (folder) => {
    const two = { "upper-latent": 2, "upper-hidden": 6 };
    const runs: [Flags, string][] = [
      [{ posterior: "full", latent: 3 }, "glyphs-z3-full-L1-seed1"],
      [
        { objective: "iwae", k: 2, gradient: "dreg", latent: 3, ...two },
        "glyphs-z3-2-L1-iwae-k2-dreg-seed1",
      ],
    ];
    await threeAtATime(runs.map(([flags, name], i) => async () => {
      const out = `${folder}/${i}`;
      const args = tinyNet({ ...flags, backend: "wasm", out });
      assertQuietSuccess(await runHere("latent-sweep", [...args, "--quiet"]));
      await checkExperiment(`${out}/latent-sweep`, [name]);
      await checkPictures(`${out}/latent-sweep/${name}`);
    }));
  });
});

Deno.test("exp:mc-samples has the same minibatches whatever L", async () => {
  await withFolder(async (out) => {
    // Where parameters stand still, the KL is a function of the batch alone.
    const still = { "learning-rate": 1e-30, "train-size": 25, steps: 8 };
    assertQuietSuccess(
      await runHere("mc-samples", [
        ...tinyNet({ ...still, samples: "1,5", backend: "wasm", out }),
        "--quiet",
      ]),
    );
    const [one, five] = await Promise.all([1, 5].map(async (draws) => {
      const run = `${out}/mc-samples/glyphs-z2-L${draws}-seed1`;
      return (await checkRun(run)).train;
    }));
    assertEquals(one!.map(({ kl }) => kl), five!.map(({ kl }) => kl));
    assertEquals(new Set(one!.map(({ kl }) => kl)).size, 8);
    assertNotEquals(
      one!.map(({ reconstruction }) => reconstruction),
      five!.map(({ reconstruction }) => reconstruction),
    );
  });
});

Deno.test("exp:latent-sweep trains alike however often it is evaluated", async () => {
  await withFolder(async (folder) => {
    const texts = await Promise.all([1, 3].map(async (every) => {
      const out = `${folder}/${every}`;
      const args = tinyNet({ "eval-every": every, backend: "wasm", out });
      assertQuietSuccess(await runHere("latent-sweep", [...args, "--quiet"]));
      const path = `${out}/latent-sweep/glyphs-z2-L1-seed1`;
      const { evaluations } = await checkRun(path);
      const steps = evaluations.map(({ step }) => step);
      assertEquals(steps, every === 1 ? [1, 2, 3, 4] : [3, 4]);
      return await Deno.readTextFile(`${path}/train.csv`);
    }));
    assertEquals(texts[0], texts[1]);
  });
});
