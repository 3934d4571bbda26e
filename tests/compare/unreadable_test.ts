import { assert, assertEquals, assertRejects } from "@std/assert";
import { compareTrees } from "../../src/compare/compare_trees.ts";
import { reportText } from "../../src/compare/report.ts";
import { treeFromFolder } from "../../src/compare/tree.ts";
import { UserError } from "../../src/errors.ts";
import { parseTable } from "../../src/results/csv_table.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { withFolder } from "../data/helpers.ts";
import { plant, writeRun, writeSummary } from "./results.ts";

const POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

const CONFLICT = `step,elbo
1,-500
<<<<<<< HEAD
2,-400
=======
2,-401
>>>>>>> other
`;

Deno.test("compareTrees() compares what is left beside damaged files, and says why each is unreadable", async () => {
  await withFolder(async (folder) => {
    const [a, b] = [`${folder}/a/e`, `${folder}/b/e`];
    for (const name of ["pointer", "conflict", "record", "moved", "whole"]) {
      for (const tree of [a, b]) await writeRun(tree, name);
    }
    await writeRun(b, "alone");
    await writeSummary(a, [{ run: "whole", test_elbo: -1 }]);
    await writeSummary(b, [{ run: "whole", test_elbo: -1 }]);
    const write = (path: string, text: string) =>
      Deno.writeTextFile(`${folder}/${path}`, text);
    await write("a/e/pointer/train.csv", POINTER);
    await write("b/e/conflict/eval.csv", CONFLICT);
    await write("b/e/record/run.json", "{");
    await write("b/e/alone/run.json", POINTER);
    await write("b/e/summary.csv", "torn");
    await plant(`${b}/moved/train.csv`, 3, "elbo", () => "-1");
    const comparison = await compareTrees(
      await treeFromFolder(`${folder}/a`),
      await treeFromFolder(`${folder}/b`),
    );
    const found = [...comparison.runs, ...comparison.experiments]
      .map(({ path, verdict }) => [path, verdict]);
    assertEquals(found, [
      ["e/conflict", "unreadable"],
      ["e/moved", "different"],
      ["e/pointer", "unreadable"],
      ["e/record", "unreadable"],
      ["e/whole", "identical"],
      ["e", "unreadable"],
    ]);
    const reasons = comparison.unreadable
      .map((why) => why.replace(`${folder}/`, ""));
    assertEquals(reasons, [
      "b/e/conflict/eval.csv is unreadable, because line 3 is a mark of a " +
      "merge conflict",
      "a/e/pointer/train.csv is unreadable, because it is a pointer of " +
      "git-lfs (git lfs pull gets the content)",
      "b/e/record/run.json is unreadable, because the top level is invalid",
      "b/e/summary.csv is unreadable, because it is torn: its last line has " +
      "no line end",
      "b/e/alone/run.json is unreadable, because it is a pointer of git-lfs " +
      "(git lfs pull gets the content)",
    ]);
    assertEquals(comparison.verdict, "unreadable");
    const text = reportText(comparison, { bar: "within tolerance" });
    assert(/train\.csv +all +unreadable\n/.test(text), text);
    for (const why of comparison.unreadable) assert(text.includes(why), text);
    assert(text.endsWith("\nno verdict: 5 files are unreadable\n"), text);
  });
});

Deno.test("compareTrees() says of steps that neither side has that they were not compared", async () => {
  await withFolder(async (folder) => {
    for (const tree of ["a", "b"]) {
      await writeRun(`${folder}/${tree}/e`, "r");
      await Deno.remove(`${folder}/${tree}/e/r/train.csv`);
    }
    const comparison = await compareTrees(
      await treeFromFolder(`${folder}/a`),
      await treeFromFolder(`${folder}/b`),
    );
    assertEquals(comparison.runs[0]!.missingFiles, ["train.csv"]);
    const text = reportText(comparison, { bar: "within tolerance" });
    assert(text.includes("e/r  identical, without train.csv in A and B"), text);
  });
});

Deno.test("readers of results name a pointer of git-lfs and a merge conflict", async () => {
  const bytes = new TextEncoder().encode(POINTER);
  await assertRejects(
    async () => await parseTable(bytes, "x.csv"),
    UserError,
    "x.csv is not a CSV file of this project: it is a pointer of git-lfs",
  );
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/run.json`, `{\n${CONFLICT}`);
    await assertRejects(
      () => readRunJson(folder),
      UserError,
      "run.json is not JSON: line 4 is a mark of a merge conflict;",
    );
  });
});
