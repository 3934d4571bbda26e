import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import {
  type CompareOptions,
  compareTrees,
  type Comparison,
} from "../../src/compare/compare_trees.ts";
import {
  reportJson,
  reportMarkdown,
  reportText,
} from "../../src/compare/report.ts";
import { treeFromFolder } from "../../src/compare/tree.ts";
import { withFolder } from "../data/helpers.ts";
import { csv, plant, writeRun, writeSummary } from "./results.ts";

/** Runs with two folders of results, whose experiment is called e. */
async function withTrees(
  run: (
    a: string,
    b: string,
    compare: (options?: CompareOptions) => Promise<Comparison>,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const [a, b] = [`${folder}/a`, `${folder}/b`];
    await run(
      `${a}/e`,
      `${b}/e`,
      async (options) =>
        await compareTrees(
          await treeFromFolder(a, "A"),
          await treeFromFolder(b, "B"),
          options,
        ),
    );
  });
}

function verdicts({ runs }: Comparison) {
  return Object.fromEntries(runs.map(({ path, verdict }) => [path, verdict]));
}

Deno.test("compareTrees() joins runs, and reports the added, removed and renamed", async () => {
  await withTrees(async (a, b, compare) => {
    for (const [name, seed] of [["z2", 1], ["z10", 2], ["gone", 3]] as const) {
      await writeRun(a, name, { seed });
    }
    await writeRun(a, "old-name", { config: { latentDim: 7 } });
    await writeRun(b, "new-name", { config: { latentDim: 7 } });
    await writeRun(b, "more", { seed: 9 });
    await writeRun(b, "z2", { seed: 1 });
    await writeRun(b, "z10", { seed: 2 });
    await writeRun(b, "unfinished.partial", { seed: 10 });

    const result = await compare();
    assertEquals(verdicts(result), {
      "e/new-name": "identical",
      "e/z2": "identical",
      "e/z10": "identical",
    });
    // As people count.
    assertEquals(result.runs.map(({ path }) => path).slice(1), [
      "e/z2",
      "e/z10",
    ]);
    assertEquals(result.runs[0]!.renamedFrom, "e/old-name");
    assertEquals(result.added, ["e/more"]);
    assertEquals(result.removed, ["e/gone"]);
    assertEquals(result.verdict, "different");

    assertEquals((await compare({ run: "z*" })).verdict, "identical");
    assertEquals((await compare({ run: "more" })).verdict, "within tolerance");
    assertEquals((await compare({ run: "old-*" })).runs.length, 1);
    await assertRejects(
      () => compare({ run: "nothing" }),
      UserError,
      "e/gone",
    );
    await assertRejects(
      () => compare({ experiment: "other" }),
      UserError,
      "in other",
    );
  });
});

Deno.test("compareTrees() compares summaries by run, under new names too", async () => {
  await withTrees(async (a, b, compare) => {
    const row = (run: string, elbo: number | string, status = "finished") => ({
      run,
      status,
      test_elbo: elbo,
    });
    await writeRun(a, "one", { seed: 1 });
    await writeRun(b, "uno", { seed: 1 });
    await writeRun(a, "two", { seed: 2 });
    await writeRun(b, "two", { seed: 2 });
    await writeSummary(a, [row("one", -100), row("two", -101)]);
    await writeSummary(b, [row("two", -101.5), row("uno", -100)]);
    const { experiments } = await compare();
    const [column] = experiments[0]!.files[0]!.columns
      .filter(({ name }) => name === "test_elbo");
    assertEquals(experiments[0]!.path, "e");
    assertEquals(column!.verdict, "different");
    assertEquals(column!.firstOutside?.key, "two");
    assertEquals((await compare({ run: "uno" })).verdict, "identical");

    await writeSummary(b, [row("two", -101, "failed"), row("uno", -100)]);
    assertEquals((await compare()).verdict, "different");
  });
});

/** Writes an evaluation of a run, with its table of units. */
async function writeEvaluation(
  run: string,
  nll: number,
  kl = 3,
  name = "evaluation-k5",
): Promise<void> {
  const row = (quantity: string, value: number) => ({
    quantity,
    value,
    standard_error: 0.01,
  });
  await Deno.writeTextFile(
    `${run}/${name}.csv`,
    csv([row("nll", nll), row("active_units", 2), row("kl", kl)]),
  );
  await Deno.writeTextFile(
    `${run}/${name}-units.csv`,
    csv([{ unit: 1, kl, mean_variance: 0.5, active: 1 }]),
  );
}

Deno.test("compareTrees() compares evaluations by quantity and unit, and leaves out those of one side", async () => {
  await withTrees(async (a, b, compare) => {
    await writeRun(a, "r");
    await writeRun(b, "r");
    await writeEvaluation(`${a}/r`, 90, 3, "evaluation-k5000-n10");
    await writeEvaluation(`${b}/r`, 91, 3, "evaluation-k7");
    const [alone] = (await compare()).runs;
    assertEquals(alone!.verdict, "identical");
    assertEquals([alone!.addedFiles, alone!.removedFiles], [[], []]);
    assertEquals(alone!.files.map(({ file }) => file), [
      "train.csv",
      "eval.csv",
    ]);

    await writeEvaluation(`${a}/r`, 90);
    await writeEvaluation(`${b}/r`, 90);
    assertEquals((await compare()).runs[0]!.files.map(({ file }) => file), [
      "train.csv",
      "eval.csv",
      "evaluation-k5-units.csv",
      "evaluation-k5.csv",
    ]);
    assertEquals((await compare()).verdict, "identical");
    await writeEvaluation(`${b}/r`, 90.001);
    assertEquals((await compare()).verdict, "within tolerance");
    await writeEvaluation(`${b}/r`, 90.1, 3.5);
    const [run] = (await compare()).runs;
    const [, , units, quantities] = run!.files;
    const value = quantities!.columns.find(({ name }) => name === "value")!;
    assertEquals(value.verdict, "different");
    assertEquals([value.firstOutside!.key, value.largest!.key], ["nll", "kl"]);
    assertEquals(units!.columns.map(({ name, verdict }) => [name, verdict]), [
      ["kl", "different"],
      ["mean_variance", "identical"],
      ["active", "identical"],
    ]);
    const text = reportText(await compare(), { bar: "within tolerance" });
    assert(/evaluation-k5\.csv +value +different +nll/.test(text), text);
  });
});

Deno.test("compareTrees() says what differs in run.json, and of what it tells", async () => {
  await withTrees(async (a, b, compare) => {
    await writeRun(a, "r", {});
    await writeRun(b, "r", {
      config: { learningRate: 0.5 },
      record: {
        version: 2, // of a later format
        data: { sha256: "0ther" },
        backend: { name: "webgpu", adapter: { description: "llvmpipe" } },
        versions: { project: "0.1.0", deno: "3.0.0" },
        git: { commit: "fedcba", dirty: false },
        timing: { seconds: 1e6 },
      },
    });
    const { changes, verdict } = await compare();
    assertEquals(verdict, "identical");
    assertEquals(
      changes.map(({ origin, field, a, b }) => [origin, field, a, b]),
      [
        ["config", "config.learningRate", undefined, "0.5"],
        ["data", "data.sha256", '"5ca1ab1e"', '"0ther"'],
        ["machine", "backend.adapter", "null", undefined],
        ["machine", "backend.adapter.description", undefined, '"llvmpipe"'],
        ["machine", "backend.name", '"cpu"', '"webgpu"'],
        ["software", "versions.deno", '"2.9.6"', '"3.0.0"'],
        ["code", "git.commit", '"0123456789"', '"fedcba"'],
        ["other", "version", "1", "2"],
      ],
    );
    const comparison = await compare();
    const text = reportText(comparison, { bar: "within tolerance" });
    assert(
      text.includes(
        "A and B differ in config, data, machine and software: " +
          "what differs below need not come from the code.",
      ),
      text,
    );
    for (const report of [reportMarkdown, reportJson]) {
      assert(
        report(comparison, { bar: "within tolerance" }).includes("llvmpipe"),
      );
    }
  });
});

Deno.test("compareTrees() names a damaged file in one line", async () => {
  await withTrees(async (a, b, compare) => {
    await writeRun(a, "r");
    await writeRun(b, "r");
    const wrong: [string, string][] = [
      ["train.csv", "this is no CSV\n"],
      ["train.csv", "step,elbo\n1,2\n3"],
      ["eval.csv", "\x89PNG\r\n\x1a\n\0\0"],
      ["run.json", "{"],
      ["run.json", "[]"],
    ];
    for (const [file, text] of wrong) {
      const path = `${b}/r/${file}`;
      const before = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text);
      const { verdict, unreadable: [why, ...more] } = await compare();
      assertEquals([verdict, more], ["unreadable", []]);
      assert(why?.startsWith(`${path} is unreadable, because `), why);
      assertEquals(why!.includes("\n"), false);
      await Deno.writeTextFile(path, before);
    }
    await Deno.remove(`${b}/r/eval.csv`);
    const [run] = (await compare()).runs;
    assertEquals([run!.verdict, run!.removedFiles], ["different", [
      "eval.csv",
    ]]);
  });
});

Deno.test("reportText() and reportMarkdown() keep names from outside on their line", async () => {
  await withTrees(async (a, b, compare) => {
    const name = "a|b\x1b[31m`c`\n| x |";
    await writeRun(a, name);
    await writeRun(b, name);
    await plant(`${b}/${name}/train.csv`, 3, "kl", () => "9");
    const bar = "within tolerance";
    const comparison = await compare();
    const text = reportText(comparison, { bar });
    assertEquals(/\p{Cc}/u.test(text.replaceAll("\n", "")), false);
    const rows = reportMarkdown(comparison, { bar }).split("\n")
      .filter((line) => line.startsWith("|"));
    for (const row of rows) {
      assertEquals(row.replaceAll("\\|", "").split("|").length, 10, row);
    }
    const painted = reportText(comparison, { bar, colour: true });
    assert(painted.includes("\x1b[31mdifferent\x1b[0m"), painted);
  });
});

Deno.test("reportJson() writes numbers that JSON has not as texts", async () => {
  await withTrees(async (a, b, compare) => {
    await writeRun(a, "r");
    await writeRun(b, "r");
    await plant(`${b}/r/train.csv`, 3, "kl", () => "NaN");
    const json = JSON.parse(
      reportJson(await compare(), { bar: "within tolerance" }),
    );
    assertEquals(json.passes, false);
    const kl = json.runs[0].files[0].columns
      .find((column: { name: string }) => column.name === "kl");
    assertEquals(
      [kl.firstOutside.key, kl.firstOutside.b, kl.largest.size],
      [3, "NaN", "Infinity"],
    );
  });
});

Deno.test("compareTrees() joins runs whose names differ in settings, where each is the only one", async () => {
  await withTrees(async (a, b, compare) => {
    const setting = (steps: number) => ({ config: { latentDim: 7, steps } });
    await writeRun(a, "z7", setting(20));
    await writeRun(b, "z7-steps21", setting(21));
    const result = await compare();
    assertEquals(
      result.runs.map(({ path, renamedFrom }) => [path, renamedFrom]),
      [
        ["e/z7-steps21", "e/z7"],
      ],
    );
    assertEquals([result.added, result.removed], [[], []]);
    // Two candidates are ambiguous.
    await writeRun(b, "z7-steps22", setting(22));
    await writeRun(a, "z8", { config: { latentDim: 8 } });
    await writeRun(b, "z8", { config: { latentDim: 8 } });
    const { added, removed } = await compare();
    assertEquals(added, ["e/z7-steps21", "e/z7-steps22"]);
    assertEquals(removed, ["e/z7"]);
  });
});
