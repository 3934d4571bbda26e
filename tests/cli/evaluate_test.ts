import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EVALUATE, evaluate } from "../../src/cli/evaluate.ts";
import { taskHelp } from "../../src/cli/task.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { UserError } from "../../src/errors.ts";
import { openSavedRows } from "../../src/evaluate/evaluate_run.ts";
import { QUANTITIES } from "../../src/evaluate/evaluate_vae.ts";
import { emptyImportanceEstimates } from "../../src/evaluate/importance_weights.ts";
import { readCsv } from "../../src/results/csv_table.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { readFinishedRun, restoreRun } from "../../src/sweep/finished_run.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  exists,
  runBareHere,
  runTask,
  taskHere,
  tinyNet,
  words,
} from "../experiments/command.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

const command = (...args: readonly string[]) => taskHere(evaluate, args);

Deno.test("evaluate gives the bytes of the run's own evaluation, and more if asked", () =>
  withFolder(async (out) => {
    const asked = { "final-k": 60, "final-rows": 20, backend: "wasm" };
    assertQuietSuccess(
      await runBareHere([...tinyNet({ ...asked, out }), "--quiet"]),
    );
    const folder = `${out}/${RUN}`;
    const before = await digests(folder);
    const own = ["evaluation-k60-n20.csv", "evaluation-k60-n20-units.csv"];
    for (const name of own) {
      assert(before[name] !== undefined, name);
      await Deno.remove(`${folder}/${name}`);
    }
    const again = await runTask("evaluate", [
      folder,
      ...words("--k 60 --rows 20"),
    ]);
    assertEquals(again.code, 0, again.stderr);
    assertEquals(await digests(folder), before);
    assertMatch(again.stderr, /^backend: tfjs's wasm[^]*L_k {2}done/);
    const table = again.stdout.split("\n");
    assertEquals(
      table[0],
      `${folder}: 20 rows, k = 60, S = 10, engine reference`,
    );
    assertMatch(table[1]!, /^ {2}elbo +-\d+\.\d{4} {2}\+- \d/);
    assertMatch(again.stdout, /active_units +\d +exact\n/);
    assertStringIncludes(again.stdout, own[0]!);

    const poor = await command(folder, ...words("--k 25 --rows 20 --quiet"));
    assertMatch(
      poor.stdout,
      /nll .*, unreliable: k-hat is above 0\.7 in \d+ % of rows\n/,
    );

    const chains = await command(
      ...[folder, "--rows", "1", "--samples", "3", "--k", "2", "--quiet"],
      ...["--estimators", "hmc,importance,adapted", "--backend", "cpu"],
    );
    assertEquals([chains.code, chains.stderr], [0, ""]);
    assertMatch(
      chains.stdout,
      /mutual_information .*, saturated: at most log 1 = 0\.0000\n/,
    );
    const path = `${folder}/evaluation-k2-n1-s3-importance-adapted-hmc.csv`;
    const rows = await readCsv(path, ["value", "standard_error"]);
    assertEquals(
      rows.map(({ quantity }) => quantity),
      QUANTITIES.filter((name) => !["nll_ais", "bits_per_dim"].includes(name)),
    );
    assertEquals((await readCsv(path.replace(".csv", "-units.csv"))).length, 2);

    const { test } = (await readRunJson(folder))!.data;
    const mistakes: [string, ...string[]][] = [
      ["--k 5 --estimators ais", "--k 5", "importance"],
      [`--rows ${test + 1}`, `--rows ${test + 1}`, folder, `${test} rows`],
    ];
    for (const [typed, ...parts] of mistakes) {
      assertMistake(await command(folder, ...words(typed)), ...parts);
    }

    // Git keeps no checkpoint.
    await Deno.remove(`${folder}/checkpoint-4.safetensors`);
    assertMistake(await command(folder), "no checkpoint", "bare.ts");
  }));

Deno.test("evaluate takes a run's own engine, or another, and keeps what is there", () =>
  withFolder(async (out) => {
    const asked = { "final-k": 60, "final-rows": 20 };
    const engine = { engine: "wasm", backend: "wasm" };
    assertQuietSuccess(
      await runBareHere([
        ...tinyNet({ ...asked, ...engine, out }),
        "--quiet",
      ]),
    );
    const folder = `${out}/${RUN}`;
    const path = `${folder}/evaluation-k60-n20.csv`;
    const own = await Deno.readTextFile(path);
    const args = [folder, ...words("--k 60 --rows 20 --quiet")];
    const same = await command(...args);
    assertEquals([same.code, same.stderr], [0, ""]);
    assertStringIncludes(same.stdout, "S = 10, engine wasm\n");
    assertEquals(await Deno.readTextFile(path), own);

    // Rows that an earlier process saved are not made again.
    await openBackend("wasm");
    const finished = await readFinishedRun(folder);
    const { vae } = await restoreRun(finished, {});
    using _ = vae;
    const saved = await openSavedRows(folder, vae, {
      config: finished.config,
      request: { k: 61, rows: 20, samples: 10, estimators: ["importance"] },
      engine: { name: "wasm", bits: "portable" },
      interval: 0,
    });
    const rows = emptyImportanceEstimates(20);
    rows.values.fill(-42);
    await saved.keep("L_k", rows, 20);
    assert(await exists(`${folder}/evaluation-k61-n20.safetensors`));
    const goesOn = await command(folder, ...words("--k 61 --rows 20 --quiet"));
    assertEquals([goesOn.code, goesOn.stderr], [0, ""]);
    assertMatch(goesOn.stdout, /\n {2}iwae_bound +-42\.0000 /);
    assert(!await exists(`${folder}/evaluation-k61-n20.safetensors`));

    const nowhere = await command(...args, "--data-dir", "/nope");
    assertEquals([nowhere.code, nowhere.stderr], [
      2,
      "error: --data-dir /nope: the data of no run have files there; leave it " +
      "out\n",
    ]);

    // Another engine has other digits, and nothing is written.
    const before = await digests(folder);
    const other = await command(...args, "--engine", "reference");
    assertEquals(other.code, 2);
    assertMatch(other.stderr, /^error: .*\n$/);
    assertStringIncludes(other.stderr, `${path} exists with other content`);
    assertStringIncludes(other.stderr, "remove it");
    assertStringIncludes(other.stdout, "S = 10, engine reference\n");
    assertMatch(other.stdout, /marginal_kl/);
    assert(!other.stdout.includes("written"));
    assertEquals(await digests(folder), before);

    const units = `${folder}/evaluation-k60-n20-units.csv`;
    const ownUnits = await Deno.readTextFile(units);
    for (const file of [path, units]) await Deno.remove(file);
    const written = await command(...args, "--engine", "reference");
    assertEquals(written.code, 0, written.stderr);
    assert(await Deno.readTextFile(path) !== own);

    // A run of an earlier version, with products by a library
    const json = (await readRunJson(folder))!;
    const blas = { library: "/no/lib.so", build: "1" };
    await Deno.writeTextFile(
      `${folder}/run.json`,
      JSON.stringify({
        ...json,
        engine: { ...json.engine, bits: "machine", blas },
      }),
    );
    for (const file of [path, units]) await Deno.remove(file);
    const earlier = await command(...args);
    assertEquals([earlier.code, earlier.stderr], [0, ""]);
    assertEquals(await Deno.readTextFile(path), own);
    assertEquals(await Deno.readTextFile(units), ownUnits);
  }));

Deno.test("evaluate takes the backend of each run, and refuses what hmc cannot fit", () =>
  withFolder(async (out) => {
    const folders: string[] = [];
    for (
      const [backend, more] of [
        ["cpu", { latent: 2, "final-k": 0 }],
        ["wasm", { latent: 400, "final-k": 0, steps: 1, "eval-every": 1 }],
      ] as const
    ) {
      assertQuietSuccess(
        await runBareHere([
          ...tinyNet({ ...more, backend, out }),
          "--quiet",
        ]),
      );
      folders.push(`${out}/latent-sweep/glyphs-z${more.latent}-L1-seed1`);
    }
    const args = words("--k 2 --rows 2 --samples 2");
    const { code, stderr, stdout } = await command(...folders, ...args);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^backend: tfjs's cpu .*\nbackend: tfjs's wasm .*\n/);
    assertEquals(stdout.match(/^written: /gm)?.length, 2);
    assertMistake(
      await command(...folders, "--estimators", "hmc"),
      "--estimators hmc",
      "at most 399 latent dimensions",
      `${folders[1]} has 400`,
      "ais",
    );
  }));

Deno.test("evaluate names a mistake in a line", async () => {
  const mistakes: [string[], ...string[]][] = [
    [[], "no run", "EXPERIMENT/RUN"],
    [["nowhere"], "nowhere is not a folder"],
    [["r", "--k", "0"], "--k 0", "in 1.."],
    [["r", "--k=-5"], "--k -5"],
    [["r", "--k"], "--k"],
    [["r", "--k", "5", "--k", "6"], "--k", "once"],
    [["r", "--rows", "0"], "--rows 0"],
    [["r", "--samples", "many"], "--samples many"],
    [["r", "--estimators", "importance,guess"], "guess", "hmc"],
    [["r", "--estimators", "ais,ais"], "values that differ"],
    [["r", "--engine", "fast"], "--engine fast", "reference"],
    [["r", "--backend", "gpu"], "--backend gpu", "wasm"],
    [["r", "--data-dir", ""], "--data-dir", "a text"],
    [["r", "--what"], "--what", "--help"],
  ];
  for (const [args, ...parts] of mistakes) {
    const { message } = await assertRejects(() => evaluate(args), UserError);
    assert(!message.includes("\n"), message);
    for (const part of parts) assertStringIncludes(message, part);
  }
});

Deno.test("evaluate --help has a row for each flag", () => {
  const rows = taskHelp(EVALUATE).filter((line) => line.startsWith("  --"));
  assertEquals(rows.map((row) => words(row)[0]), [
    ...words("--k --rows --samples --estimators --engine --data-dir --data"),
    ...["--backend", "--quiet", "--help"],
  ]);
});
