import { assert, assertEquals, assertRejects } from "@std/assert";
import { testTrees } from "../../src/compare/equivalence.ts";
import {
  testJson,
  testMarkdown,
  testPasses,
  testText,
} from "../../src/compare/report_equivalence.ts";
import { treeFromFolder } from "../../src/compare/tree.ts";
import { UserError } from "../../src/errors.ts";
import { stream } from "../../src/random/stream.ts";
import { withFolder } from "../data/helpers.ts";
import { csv, plant, writeRun } from "./results.ts";

const FAILING = { failing: ["worse"] } as const;

/** Ten seeds of z2 in folders a and b, whose ELBOs have an sd of 0.1. */
async function withSeeds(
  run: (
    folder: string,
    test: (more?: object) => ReturnType<typeof testTrees>,
  ) => Promise<void>,
  change: (elbo: number, seed: number) => number,
): Promise<void> {
  await withFolder(async (folder) => {
    const elbos = stream(1, "estimate", 0).normals(10).map((z) => 0.1 * z - 90);
    for (const [i, elbo] of elbos.entries()) {
      const seed = i + 1;
      for (const tree of ["a", "b"]) {
        const experiment = `${folder}/${tree}/e`;
        await writeRun(experiment, `z2-seed${seed}`, { seed, steps: 10 });
        const value = tree === "a" ? elbo : change(elbo, seed);
        const path = `${experiment}/z2-seed${seed}/eval.csv`;
        await plant(path, 10, "elbo", () => String(Math.fround(value)));
      }
    }
    const test = async (more: object = {}) =>
      await testTrees(
        await treeFromFolder(`${folder}/a`),
        await treeFromFolder(`${folder}/b`),
        { margins: [{ columns: "*", value: 0.1 }], ...more },
      );
    await run(folder, test);
  });
}

Deno.test("testTrees() finds a loss of 2.8 standard deviations in each of ten runs worse", async () => {
  await withSeeds(async (_, test) => {
    const found = await test();
    const [{ runs, seeds, columns }] = found.tested as [
      typeof found.tested[number],
    ];
    assertEquals(runs, "e/z2-seed*");
    assertEquals(seeds, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assertEquals(
      columns.map(({ column, n, verdict }) => [column, n, verdict]),
      [
        ["elbo", 10, "worse"],
        ["reconstruction", 10, "equivalent"],
        ["kl", 10, "equivalent"],
      ],
    );
    assertEquals(testPasses(found, FAILING), false);
    assert(/ worse\n/.test(testText(found, FAILING)));
    const wide = await test({
      margins: [{ columns: "elbo", value: 0.5 }],
      columns: ["elbo"],
    });
    assertEquals(wide.tested[0]!.columns[0]!.verdict, "equivalent");
  }, (elbo) => elbo - 0.28);
});

Deno.test("testTrees() says what the seeds cannot tell, and how many more would", async () => {
  // As one draws new seeds for B: the noise of seeds hides a change of 0.05.
  await withSeeds(async (_, test) => {
    const found = await test({ columns: ["elbo"] });
    const [column] = found.tested[0]!.columns;
    assertEquals(column!.verdict, "undecided");
    assertEquals(testPasses(found, FAILING), true);
    assertEquals(testPasses(found, { failing: ["undecided"] }), false);
    const text = testText(found, FAILING);
    assert(text.includes(`undecided: about ${column!.more} more seeds`), text);
    assert(
      text.endsWith("1 test: 1 undecided\npasses: nothing is worse\n"),
      text,
    );
  }, (_, seed) => -90.05 + 0.1 * Math.sin(2.4 * seed));
});

Deno.test("testTrees() counts a run that B alone fails as worse, and names what it leaves out", async () => {
  await withSeeds(async (folder, test) => {
    const status = (tree: string, seed: number, status: string) =>
      writeRun(`${folder}/${tree}/e`, `z2-seed${seed}`, {
        seed,
        record: { status },
      });
    await status("b", 10, "failed");
    await status("a", 9, "failed");
    await Deno.remove(`${folder}/b/e/z2-seed8`, { recursive: true });
    await writeRun(`${folder}/b/e`, "z2-seed8-new", { seed: 11 });
    for (const tree of ["a", "b"]) {
      await writeRun(`${folder}/${tree}/e`, "z2-again-seed7", {
        seed: 7,
        steps: 10,
      });
      await Deno.writeTextFile(`${folder}/${tree}/e/z2-seed6/run.json`, "{");
    }
    await plant(`${folder}/b/e/z2-seed5/eval.csv`, 10, "kl", () => "NaN");
    const found = await test();
    const named = (runs: readonly { run: string; why: string }[]) =>
      runs.map(({ run, why }) => `${run}: ${why}`);
    assertEquals(named(found.broken), [
      "e/z2-seed5: no number in B: kl",
      "e/z2-seed10: it is failed in B",
    ]);
    assertEquals(named(found.leftOut), [
      "e/z2-seed8: it is in A alone",
      "e/z2-seed8-new: it is in B alone",
      "e/z2-seed6: it has no run.json that can be read",
      "e/z2-seed7: z2-again-seed7 has its config and seed",
      "e/z2-seed9: it is failed in A",
    ]);
    assertEquals(found.unreadable.length, 2);
    assertEquals(testPasses(found, FAILING), false);
    const [{ seeds, columns }] = found.tested as [typeof found.tested[number]];
    assertEquals(seeds, [1, 2, 3, 4, 5, 7]);
    assertEquals(columns.map(({ column, n }) => [column, n]), [
      ["elbo", 6],
      ["reconstruction", 6],
      ["kl", 5],
    ]);
    const text = testText(found, FAILING);
    for (const { run, why } of [...found.broken, ...found.leftOut]) {
      assert(text.includes(`${run}: ${why}\n`), text);
    }
    assert(text.endsWith("no verdict: 2 files are unreadable\n"), text);
  }, (elbo) => elbo);
});

Deno.test("testTrees() tests evaluations and each config by itself, and needs a margin for each", async () => {
  await withFolder(async (folder) => {
    for (const tree of ["a", "b"]) {
      for (
        const [name, seed] of [["z2-seed1", 1], ["z2-seed2", 2], [
          "z5-seed1",
          1,
        ]] as const
      ) {
        const config = { latentDim: Number(name[1]) };
        await writeRun(`${folder}/${tree}/e`, name, { seed, config });
        await Deno.writeTextFile(
          `${folder}/${tree}/e/${name}/evaluation-k5.csv`,
          csv([
            { quantity: "nll", value: tree === "a" ? 90 : 89 },
            { quantity: "active_units", value: 2 },
          ]),
        );
      }
    }
    const test = async (more: object) =>
      await testTrees(
        await treeFromFolder(`${folder}/a`),
        await treeFromFolder(`${folder}/b`),
        { margins: [{ columns: "nll", value: 0.5 }], ...more },
      );
    await assertRejects(
      () => test({}),
      UserError,
      "--margin is given for elbo",
    );
    await assertRejects(
      () => test({ columns: ["nonesuch"] }),
      UserError,
      "share no column",
    );
    const found = await test({ ignore: ["elbo", "reconstruction", "kl"] });
    assertEquals(
      found.tested.map(({ runs, columns }) => [
        runs,
        ...columns.map(({ column, verdict }) => `${column} ${verdict}`),
      ]),
      [
        ["e/z2-seed*", "nll (evaluation-k5) better"],
        ["e/z5-seed1", "nll (evaluation-k5) undecided"],
      ],
    );
    const { passes, tested } = JSON.parse(testJson(found, FAILING));
    assertEquals([passes, tested[1].columns[0].low], [true, "NaN"]);
    const markdown = testMarkdown(found, FAILING).split("\n");
    const rows = markdown.filter((line) => line.startsWith("| `e/"));
    assertEquals(rows, [
      "| `e/z2-seed*` | nll (evaluation-k5) | 2 | -1 | -1 to -1 | <0.0001 | better |"
        .replace("<", "\\<"),
      "| `e/z5-seed1` | nll (evaluation-k5) | 1 | -1 |  |  | undecided: one seed has no spread |",
    ]);
  });
});
