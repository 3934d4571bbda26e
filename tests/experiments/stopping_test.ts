import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { testTrees } from "../../src/compare/equivalence.ts";
import { treeFromFolder } from "../../src/compare/tree.ts";
import { finalValue } from "../../src/figures/quantities.ts";
import { runInFolder } from "../../src/figures/source_runs.ts";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { readCsv } from "../../src/results/csv_table.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { readEvaluations } from "../../src/sweep/finished_run.ts";
import { withFolder } from "../data/helpers.ts";
import { webgpu } from "../engine/webgpu_support.ts";
import {
  assertQuietSuccess,
  beforeEnd,
  digests,
  ended,
  type Flags,
  runBare,
  runBareHere,
  runHere,
  startBare,
  tinyNet,
} from "./command.ts";

const RULE = { "stop-after": 3, keep: "best", "validation-fraction": 0.25 };

/** So large a step size overshoots. */
const LARGE = { steps: 900, "eval-every": 3, "learning-rate": 0.05 };

const flagsOf = (out: string, flags: Flags) => [
  ...tinyNet({ ...LARGE, ...flags, out }),
  "--quiet",
];

const runOf = (out: string, seed = 1) =>
  `${out}/latent-sweep/glyphs-z2-L1-seed${seed}`;

/** Where a run should have ended, by the rows of its eval.csv. */
async function byHand(run: string): Promise<{ step: number; kept: number }> {
  const elbos = (await readEvaluations(run)).map((row) => ({
    step: Number(row["step"]),
    elbo: Number(row["validation_elbo"]),
  }));
  const highest = (rows: typeof elbos) =>
    rows.reduce((best, row) => row.elbo > best.elbo ? row : best);
  const end = elbos.findIndex((_, i) =>
    i >= 3 && highest(elbos.slice(0, i + 1)) === elbos[i - 3]
  );
  // No row follows the end.
  assertEquals(end, elbos.length - 1);
  return { step: elbos[end]!.step, kept: elbos[end - 3]!.step };
}

for (const engine of ["reference", "wasm", "webgpu"] as const) {
  const onDevice = engine === "webgpu";
  Deno.test({
    name:
      `${engine}: a run stops by its rule, and its model is the best state` +
      (onDevice && !webgpu.available ? ` [${webgpu.label}]` : ""),
    ignore: onDevice && !webgpu.available,
    fn: () =>
      withFolder(async (folder) => {
        const by = { engine, backend: onDevice ? "webgpu" : "cpu" };
        const tiles = onDevice ? { tiles: "4x1/8x1" } : {};
        const train = async (out: string, flags: Flags) =>
          assertQuietSuccess(
            await runBareHere(flagsOf(out, { ...by, ...tiles, ...flags })),
          );
        const [out, until] = [`${folder}/ruled`, `${folder}/until`];
        await train(out, RULE);
        const run = runOf(out);
        const { step, kept } = await byHand(run);
        assert(kept < step && step < LARGE.steps, `${kept} ${step}`);
        assertEquals((await readRunJson(run))!.ended, { step, kept });
        assertEquals(await checkpointSteps(run), [kept, step]);
        const rows = await readCsv(`${run}/train.csv`);
        assertEquals(rows.length, step);

        // The model is that of a run that ends there, to the bit.
        const { "validation-fraction": fraction } = RULE;
        await train(until, { "validation-fraction": fraction, steps: kept });
        const [ruled, short] = [
          await digests(run),
          await digests(runOf(until)),
        ];
        const files = Object.keys(short).filter((name) =>
          name.startsWith("evaluation-")
        );
        assertEquals(files.length, 2);
        for (const name of files) assertEquals(ruled[name], short[name], name);

        // And so are its numbers, wherever they are read.
        const [summary] = await readCsv(`${out}/latent-sweep/summary.csv`);
        const [shorter] = await readCsv(`${until}/latent-sweep/summary.csv`);
        const { last_step, ...others } = summary!;
        assertEquals([others, last_step], [shorter, `${step}`]);
        const finals = await Promise.all(
          [run, runOf(until)].map(async (path) =>
            await finalValue(await runInFolder(path), "elbo")
          ),
        );
        assertEquals(finals[0], finals[1]);
        const { tested: [group] } = await testTrees(
          await treeFromFolder(out),
          await treeFromFolder(until),
          { margins: [{ columns: "*", value: 1 }], columns: ["elbo"] },
        );
        assertEquals(group!.columns[0]!.mean, 0);
      }),
  });
}

Deno.test("killed, side by side, or in cells: the same end and the same bytes", () =>
  withFolder(async (folder) => {
    const flags = { ...RULE, engine: "wasm", seed: "1,2", jobs: 2 };
    const args = (out: string, ...more: string[]) => [
      ...flagsOf(`${folder}/${out}`, { ...flags, "checkpoint-every": 2 }),
      ...more,
    ];
    assertQuietSuccess(await runBare(args("whole")));
    const whole = await digests(`${folder}/whole`);
    const ends = await Promise.all([1, 2].map(async (seed) => {
      const run = runOf(`${folder}/whole`, seed);
      assertEquals((await readRunJson(run))!.ended, await byHand(run));
      return (await byHand(run)).step;
    }));
    assert(new Set(ends).size > 1, `${ends}`);

    for (let kill = 0; kill < 2; kill++) {
      const child = startBare(args("killed"));
      const outcome = ended(child);
      const partial = `${runOf(`${folder}/killed`)}.partial`;
      const before = Math.max(0, ...await checkpointSteps(partial));
      await beforeEnd(
        outcome,
        async () =>
          (await checkpointSteps(partial)).some((step) => step > before),
      );
      child.kill("SIGKILL");
      await outcome;
    }
    assertQuietSuccess(await runBare(args("killed")));
    assertEquals(await digests(`${folder}/killed`), whole);
    // What is finished is passed over.
    const again = args("killed").filter((arg) => arg !== "--quiet");
    const { stderr } = await runBare(again);
    assertEquals(stderr.match(/finished before/g)?.length, 2, stderr);
    const list = await runHere("latent-sweep", [...again, "--list"]);
    const { step, kept } = await byHand(runOf(`${folder}/killed`));
    assertStringIncludes(
      list.stdout,
      `seed1  finished, with the state of step ${kept} of ${step}\n`,
    );

    for (const cell of ["1", "0"]) {
      assertQuietSuccess(await runBareHere(args("cells", "--cell", cell)));
    }
    assertQuietSuccess(await runBareHere(args("cells", "--gather")));
    assertEquals(await digests(`${folder}/cells`), whole);
  }));

Deno.test("more steps go on from where a rule ended a run, or had not yet", () =>
  withFolder(async (folder) => {
    const train = async (out: string, steps: number) => {
      const flags = {
        ...{ ...RULE, engine: "wasm", steps },
        "learning-rate": 0.01,
      };
      const args = flagsOf(`${folder}/${out}`, flags)
        .filter((arg) => arg !== "--quiet");
      const outcome = await runBare(args, { hasWholeNames: true });
      assertEquals(outcome.code, 0, outcome.stderr);
      return outcome.stderr;
    };
    /** The files of the run of so many steps. */
    const filesOf = async (out: string, steps: number) => {
      const experiment = `${folder}/${out}/latent-sweep`;
      for await (const { name } of Deno.readDir(experiment)) {
        const json = await readRunJson(`${experiment}/${name}`)
          .catch(() => null);
        if (json?.config["steps"] !== steps) continue;
        return { json, files: await digests(`${experiment}/${name}`) };
      }
      throw new Error(`no run of ${steps} steps`);
    };
    // 16 is no step that the longer runs evaluate.
    for (const steps of [16, 900]) await train("on", steps);
    await train("anew", 900);
    const { json, files } = await filesOf("on", 900);
    assertEquals(files, (await filesOf("anew", 900)).files);
    const { step } = json.ended!;
    assert(step > 16 && step < 900, `${step}`);

    const listed = await runHere("latent-sweep", [
      ...flagsOf(`${folder}/on`, {
        ...{ ...RULE, engine: "wasm", steps: 1200, "learning-rate": 0.01 },
      }),
      "--list",
    ]);
    assertMatch(
      listed.stdout,
      new RegExp(`  new, from step ${step} of \\S+, where it ends( |$)`, "m"),
    );
    const said = await train("on", 1200);
    assertStringIncludes(said, `continues from step ${step} of `);
    assertMatch(
      said,
      new RegExp(`stopped at step ${step} of 1200, [^\\n]*; test ELBO -\\d`),
    );
    await train("anew", 1200);
    const both = [await filesOf("on", 1200), await filesOf("anew", 1200)];
    assertEquals(both[0]!.files, both[1]!.files);
  }));

Deno.test("a run says that the test split chose its state, where no rows are kept out", () =>
  withFolder(async (folder) => {
    const chosen = "; chosen by the test split\n";
    for (const [out, more] of [["test", {}], ["kept-out", RULE]] as const) {
      const flags = {
        ...{ keep: "best", engine: "wasm", steps: 8, "final-k": 0 },
        ...more,
        "stop-after": "none",
      };
      const args = tinyNet({ ...flags, out: `${folder}/${out}` });
      const { stderr } = await runBareHere(args);
      assertEquals(stderr.includes(chosen), out === "test", stderr);
      const [row] = await readCsv(`${folder}/${out}/latent-sweep/summary.csv`);
      assertEquals(
        row!["chosen_by"],
        out === "test" ? "test split" : undefined,
      );
    }
  }));
