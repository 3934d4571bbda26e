import {
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { published } from "../../src/cli/published.ts";
import { reproduce } from "../../src/cli/reproduce.ts";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { filesBelow, withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  beforeEnd,
  digests,
  ended,
  namesListed,
  PUBLISHED,
  run,
  runHere,
  runTask,
  start,
  taskHere,
  tiny,
} from "./command.ts";
import { checkRun, readNumbers } from "./results.ts";

/** A tiny net on data that need no download. */
const NET = {
  ...{ dataset: "glyphs", hidden: 8, latent: 3, "batch-size": 10 },
  "train-size": 50,
};

/** The same, with a step size from the first step on. */
const FIGURE2 = { ...NET, "learning-rate": 0.001 };

Deno.test("exp:aevb-figure2 has the bounds of train data at the same parameters and over minibatches", () =>
  withFolder(async (out) => {
    const flags = { ...FIGURE2, steps: 12, "eval-every": "at:2,5,9", out };
    assertQuietSuccess(
      await runHere("aevb-figure2", [...tiny(flags), "--quiet"]),
    );
    const folder = `${out}/aevb-figure2/glyphs-z3-L1-n1.2e2-seed1`;
    const { train } = await checkRun(folder);
    const { rows } = await readNumbers(`${folder}/eval.csv`);
    assertEquals(rows.map(({ step }) => step), [2, 5, 9, 12]);
    // The prior N(0, I) of the parameters, by datapoint.
    const { config } = JSON.parse(
      await Deno.readTextFile(`${folder}/run.json`),
    );
    assertEquals(config.weightDecay, 1 / FIGURE2["train-size"]);
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

Deno.test("--check is off where the runs reach no published number", () =>
  withFolder(async (out) => {
    const args = tiny({ ...FIGURE2, out });
    assertEquals(
      await runHere("aevb-figure2", [...args, "--quiet", "--check"]),
      {
        code: 1,
        stdout: "",
        stderr:
          "--check: these runs of aevb-figure2 reach no published number\n",
      },
    );
  }));

Deno.test("exp:aevb-figure2 stopped and gone on with gives the bytes of one left alone", () =>
  withFolder(async (folder) => {
    const args = (out: string) => [
      ...tiny({
        ...{ ...NET, steps: 200, "eval-every": "at:7,120,180", out },
        ...{ "checkpoint-every": 50, backend: "cpu" },
      }),
      "--quiet",
    ];
    const [alone, stopped] = [`${folder}/alone`, `${folder}/stopped`];
    assertQuietSuccess(await runHere("aevb-figure2", args(alone)));
    const name = "aevb-figure2/glyphs-z3-L1-n2e3-seed1";
    const partial = `${stopped}/${name}.partial`;
    const child = start("aevb-figure2", args(stopped));
    const outcome = ended(child);
    await beforeEnd(
      outcome,
      async () => (await checkpointSteps(partial)).length > 0,
    );
    child.kill("SIGTERM");
    assertEquals((await outcome).code, 143);
    assertQuietSuccess(await runHere("aevb-figure2", args(stopped)));
    // Its own step size: the first steps only add to Adagrad's sums.
    const { rows } = await readNumbers(`${alone}/${name}/train.csv`);
    assertEquals(
      [1, 101, 102, 200].map((step) => rows[step - 1]!["learning_rate"]),
      [0, 0, 0.02, 0.02].map(Math.fround),
    );
    const { [`${name}/run.json`]: _, ...one } = await digests(alone);
    const { [`${name}/run.json`]: __, ...other } = await digests(stopped);
    assertEquals(other, one);
  }));

Deno.test("exp:aevb-figure2 is evaluated at the paper's points", async () => {
  const list = ["--list", "--budget", "1e7"];
  assertEquals(
    namesListed(await runHere("aevb-figure2", list)),
    [3, 5, 10, 20, 200].map((z) => `mnist-z${z}-L1-n1e7-seed1`),
  );
  const frey = await runHere("aevb-figure2", [
    ...list,
    "--dataset",
    "freyface-256",
  ]);
  assertEquals(
    namesListed(frey),
    [2, 5, 10, 20].map((z) => `freyface-256-z${z}-L1-n1e7-seed1`),
  );
});

Deno.test("--check is refused where nothing was published", async () => {
  assertMistake(await runHere("latent-sweep", ["--check"]), "--check");
});

Deno.test("what a published set-up cannot compute is refused in one line", () =>
  withFolder(async (out) => {
    const flags = { dataset: "glyphs", "train-size": 20, backend: "cpu", out };
    const linear = tiny({ ...flags, latent: 2 });
    for (
      const [name, args, part] of [
        ["aevb-figure2", tiny({ ...NET, out }), "would not train"],
        ["linear-vae", tiny({ ...flags, latent: 50 }), "--latent 50"],
        [
          ...["linear-vae", [...linear, "--decoder-mean", "sigmoid"]] as const,
          "--decoder-mean",
        ],
        [
          ...[
            "posterior-collapse",
            [...linear, "--decoder-variance", "optimal"],
          ] as const,
          "--decoder-variance optimal",
        ],
        [
          "aevb-figure3",
          tiny({
            ...{ ...flags, latent: 2, hidden: 4, "upper-latent": 2 },
            ...{ objective: "elbo-sampled" },
          }),
          "--upper-latent",
        ],
      ] as const
    ) {
      assertMistake(await runHere(name, [...args, "--quiet"]), part);
    }
  }));

/** What is swept where it is not one value, and not all of it. */
const SWEPT: Readonly<Record<string, string>> = {
  "beta-sweep": "beta=1,4",
  "posterior-collapse": "decoder-variance=0.3,learned",
  "sigma-vae": "decoder-variance=0.1,optimal,learned",
};

Deno.test("experiments of published set-ups train, alone and side by side", () =>
  withFolder(async (out) => {
    for (const name of PUBLISHED) {
      const seeds = name === "sigma-vae" ? { seed: "1,2", jobs: 2 } : {};
      const flags = tiny({
        ...{ dataset: "glyphs", latent: 2, ...seeds, out },
        ...{ backend: "cpu", "train-size": 20, "test-size": 10 },
        // Each train row's q(z|x) is sought for long.
        ...name === "inference-gaps"
          ? { "train-size": 4, "batch-size": 4 }
          : {},
        "eval-every": 4,
      });
      const args = [
        ...["linear-vae", "posterior-collapse"].includes(name)
          ? []
          : ["--hidden", "4"],
        ...name === "aevb-figure2" ? ["--learning-rate", "0.01"] : [],
        ...SWEPT[name] === undefined ? [] : ["--sweep", SWEPT[name]],
      ];
      const start = name === "sigma-vae" ? run : runHere;
      assertQuietSuccess(await start(name, [...flags, ...args, "--quiet"]));
    }
  }));

/** Makes the report of results. */
const reportOf = (results: string, ...flags: string[]) =>
  taskHere(published, ["--results", results, ...flags]);

Deno.test("--check and the report tell what differs, from results alone and in the same bytes", () =>
  withFolder(async (out) => {
    const linear = tiny({
      ...{ dataset: "glyphs", latent: "2", seed: "1,2,3", out },
      ...{ backend: "cpu", "train-size": 20 },
    });
    // So few steps are far from the optimum.
    const checked = await runHere("linear-vae", [
      ...[...linear, "--quiet", "--check"],
    ]);
    assertEquals(checked.code, 1);
    assertMatch(
      checked.stderr,
      /^differs: linear VAE, z = 2, exact ELBO of the train images: .*\n$/,
    );
    const snr = ["--budget", "10", "--k", "32", "--rows", "4", "--out", out];
    assertQuietSuccess(await run("gradient-snr", [...snr, "--quiet"]));

    const first = await runTask("published", ["--results", out, "--check"]);
    assertEquals(first.code, 1);
    assertStringIncludes(first.stderr, "differs: linear VAE, z = 2");
    const bytes = await digests(`${out}/published`);
    assertEquals((await reportOf(out)).code, 0);
    assertEquals(await digests(`${out}/published`), bytes);
    assertEquals(
      Object.keys(bytes).sort(),
      [
        ...["aevb-figure2-freyface", "aevb-figure2-mnist", "aevb-figure3"],
        "gradient-snr",
      ]
        .flatMap((name) => [`${name}.png`, `${name}.svg`])
        .concat("README.md").sort(),
    );

    // The table has the numbers of the runs, to two digits.
    const report = await Deno.readTextFile(`${out}/published/README.md`);
    const rows = await Promise.all([1, 2, 3].map(async (seed) => {
      const folder = `${out}/linear-vae/glyphs-z2-L1-n4e1-seed${seed}`;
      return (await readNumbers(`${folder}/eval.csv`)).rows.at(-1)!;
    }));
    const mean = (values: number[]) =>
      values.reduce((sum, value) => sum + value, 0) / 3;
    const valuesOf = (column: string) => rows.map((row) => row[column]!);
    const elbos = valuesOf("exact_elbo");
    const squares = elbos.map((elbo) => (elbo - mean(elbos)) ** 2);
    const deviation = Math.sqrt(3 / 2 * mean(squares));
    const line = report.split("\n").find((l) => l.includes("linear VAE, z"))!;
    assertEquals(line.split(" | ").slice(2, 4), [
      `${mean(elbos).toFixed(2)} (sd ${deviation.toFixed(2)})`,
      mean(valuesOf("ppca_log_likelihood")).toFixed(2),
    ]);
    assertStringIncludes(line, "| differs | 1, 2, 3 |");
    assertMatch(report, /\| encoder, plain gradient \| slope .* \| 1e1 \|/);
  }));

Deno.test("the report is left as it is where a run cannot be read", () =>
  withFolder(async (out) => {
    await Deno.mkdir(`${out}/mc-samples/one`, { recursive: true });
    await Deno.writeTextFile(`${out}/mc-samples/one/run.json`, "{}");
    const { code, stderr } = await reportOf(out);
    assertEquals(code, 2);
    assertMatch(stderr, /^error: .*mc-samples\/one\/run\.json .*\n$/);
    assertEquals(await filesBelow(out), ["mc-samples/one/run.json"]);
  }));

Deno.test("exp:iwae-table1 has the stages of the paper, as far as it goes, and its two layers", () =>
  withFolder(async (out) => {
    const shared = { dataset: "glyphs", hidden: "8,8", latent: 3, out };
    const sizes = { "train-size": 20, "test-size": 20, "final-k": 3 };
    const flags = { ...shared, ...sizes, "final-rows": 10, jobs: 1 };
    const args = Object.entries({ ...flags, passes: 5 })
      .flatMap(([name, value]) => [`--${name}`, String(value)]);
    const two = ["--upper-latent", "50", "--upper-hidden", "4"];
    assertQuietSuccess(await runHere("iwae-table1", [...args, "--quiet"]));
    assertQuietSuccess(
      await runHere("iwae-table1", [
        ...[...args, ...two, "--objective", "iwae", "--quiet"],
        ...["--backend", "cpu"],
      ]),
    );
    const names = [...Deno.readDirSync(`${out}/iwae-table1`)]
      .filter((entry) => entry.isDirectory).map(({ name }) => name);
    assertEquals(names.sort(), [
      "glyphs-z3-50-L1-iwae-k5-n1e2-seed1",
      "glyphs-z3-L1-iwae-k5-n1e2-seed1",
      "glyphs-z3-L1-n1e2-seed1",
      "glyphs-z3-L5-n1e2-seed1",
    ]);
    for (const name of names) {
      const folder = `${out}/iwae-table1/${name}`;
      const { rows } = await readNumbers(`${folder}/train.csv`);
      const second = Math.fround(0.001 * 10 ** (-1 / 7));
      const third = Math.fround(0.001 * 10 ** (-2 / 7));
      assertEquals(rows.map((row) => row["learning_rate"]), [
        ...[Math.fround(0.001), second, second, second, third],
      ]);
      const evaluations = await readNumbers(`${folder}/eval.csv`);
      assertEquals(evaluations.rows.map(({ step }) => step), [1, 4, 5]);
    }
  }));

Deno.test("reproduce makes runs of published set-ups again, also without their train.csv", () =>
  withFolder(async (results) => {
    const flags = { dataset: "glyphs", latent: 2, out: results, hidden: 4 };
    const variant = ["--variant", "released-code", "--objective", "iwae"];
    assertQuietSuccess(
      await runHere("iwae-table1", [...tiny(flags), ...variant, "--quiet"]),
    );
    const name = "glyphs-z2-L1-iwae-k5-released-code-n4e1-seed1";
    await Deno.remove(`${results}/iwae-table1/${name}/train.csv`);
    // What trains is a process of its own.
    const { code, stdout } = await taskHere(
      (args) => reproduce(args),
      ["--results", results],
    );
    assertEquals(code, 0);
    assertMatch(stdout, /eval\.csv +all +identical/);
    assertMatch(stdout, /train\.csv +all +added/);
  }));
