import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { evaluate, helpText } from "../../src/cli/evaluate.ts";
import { UserError } from "../../src/errors.ts";
import { QUANTITIES } from "../../src/evaluate/evaluate_vae.ts";
import { readCsv } from "../../src/results/csv_file.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  run,
  runTask,
  tinyNet,
  words,
} from "../experiments/command.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

const command = (...args: readonly string[]) => runTask("evaluate", args);

Deno.test("evaluate gives the bytes of the run's own evaluation, and more if asked", () =>
  withFolder(async (out) => {
    const asked = { "final-k": 60, "final-rows": 20, backend: "wasm" };
    assertQuietSuccess(
      await run("latent-sweep", [...tinyNet({ ...asked, out }), "--quiet"]),
    );
    const folder = `${out}/${RUN}`;
    const before = await digests(folder);
    const own = ["evaluation-k60-n20.csv", "evaluation-k60-n20-units.csv"];
    for (const name of own) {
      assert(before[name] !== undefined, name);
      await Deno.remove(`${folder}/${name}`);
    }
    const again = await command(
      folder,
      ...words("--k 60 --rows 20 --backend wasm"),
    );
    assertEquals(again.code, 0, again.stderr);
    assertEquals(await digests(folder), before);
    assertMatch(again.stderr, /^backend: wasm[^]*L_k {2}done/);
    const table = again.stdout.split("\n");
    assertEquals(
      table[0],
      `${folder}: 20 rows, k = 60, S = 10, engine reference`,
    );
    assertMatch(table[1]!, /^ {2}elbo +-\d+\.\d{4} {2}\+- \d/);
    assertMatch(again.stdout, /active_units +\d +exact\n/);
    assertStringIncludes(again.stdout, own[0]!);

    const chains = await command(
      ...[folder, "--rows", "1", "--samples", "3", "--k", "2", "--quiet"],
      ...["--estimators", "hmc,importance", "--backend", "cpu"],
    );
    assertEquals([chains.code, chains.stderr], [0, ""]);
    const path = `${folder}/evaluation-k2-n1-s3-hmc.csv`;
    const rows = await readCsv(path, ["value", "standard_error"]);
    assertEquals(
      rows.map(({ quantity }) => quantity),
      QUANTITIES.filter((name) => name !== "nll_ais"),
    );
    assertEquals((await readCsv(path.replace(".csv", "-units.csv"))).length, 2);

    // Git keeps no checkpoint.
    await Deno.remove(`${folder}/checkpoint-4.safetensors`);
    assertMistake(await command(folder), "no checkpoint", "exp:latent-sweep");
  }));

Deno.test("evaluate takes the engine that is asked for, a run its own", () =>
  withFolder(async (out) => {
    const asked = { "final-k": 60, "final-rows": 20 };
    const engine = { engine: "wasm", backend: "wasm" };
    assertQuietSuccess(
      await run("latent-sweep", [
        ...tinyNet({ ...asked, ...engine, out }),
        "--quiet",
      ]),
    );
    const folder = `${out}/${RUN}`;
    const path = `${folder}/evaluation-k60-n20.csv`;
    const own = await Deno.readTextFile(path);
    const found = new Map<string, string>();
    for (const name of ["wasm", "reference"]) {
      const { stdout } = await command(
        ...[folder, "--engine", name],
        ...words("--k 60 --rows 20 --backend wasm --quiet"),
      );
      assertStringIncludes(stdout, `S = 10, engine ${name}\n`);
      found.set(name, await Deno.readTextFile(path));
    }
    assertEquals(found.get("wasm"), own);
    assert(found.get("reference") !== own);
  }));

Deno.test("evaluate names a mistake in a line", async () => {
  const mistakes: [string[], ...string[]][] = [
    [[], "no run", "EXPERIMENT/RUN"],
    [["nowhere"], "nowhere is no folder"],
    [["r", "--k", "0"], "--k 0", "in 1.."],
    [["r", "--k=-5"], "--k -5"],
    [["r", "--k"], "--k"],
    [["r", "--k", "5", "--k", "6"], "--k", "once"],
    [["r", "--rows", "0"], "--rows 0"],
    [["r", "--samples", "many"], "--samples many"],
    [["r", "--estimators", "importance,guess"], "guess", "hmc"],
    [["r", "--estimators", "ais,ais"], "twice"],
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
  const rows = helpText().split("\n").filter((line) => line.startsWith("  --"));
  assertEquals(rows.map((row) => words(row)[0]), [
    ..."--k --rows --samples --estimators --data-dir --engine --backend".split(
      " ",
    ),
    ...["--quiet", "--help"],
  ]);
});
