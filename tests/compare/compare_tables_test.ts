import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { UserError } from "../../src/errors.ts";
import { VERDICTS, worst } from "../../src/compare/compare_columns.ts";
import {
  type ColumnOptions,
  compareTables,
  type FileVerdict,
} from "../../src/compare/compare_tables.ts";
import { parseTable } from "../../src/results/csv_table.ts";
import { DRAWS } from "./arbitraries.ts";
import { csv, nextFloat32, trainRows } from "./results.ts";

function compare(
  a: string,
  b: string,
  options?: ColumnOptions,
  key = { name: "step", isNumeric: true },
): FileVerdict {
  const [tableA, tableB] = [a, b].map((text) =>
    parseTable(new TextEncoder().encode(text), "x.csv")
  );
  return compareTables(tableA!, tableB!, {
    file: "x.csv",
    whereA: "a/x.csv",
    whereB: "b/x.csv",
    key,
  }, options);
}

function verdicts({ columns }: FileVerdict): Record<string, string> {
  return Object.fromEntries(
    columns.map(({ name, verdict }) => [name, verdict]),
  );
}

Deno.test("compareTables() gives one verdict per column, with step and size", () => {
  const a = "step,same,equal,near,far\n1,5,1,1,1\n2,6,2,2,2\n3,7,3,3,3\n";
  const b =
    "step,same,equal,near,far\n1,5,1.0,1,1\n2,6,2,2.00001,9\n3,7,3,3,2.5\n";
  const result = compare(a, b);
  assertEquals(verdicts(result), {
    same: "identical",
    equal: "equal",
    near: "within tolerance",
    far: "different",
  });
  assertEquals(result.verdict, "different");
  const far = result.columns[3]!;
  assertEquals(far.firstOutside, { key: 2, a: 2, b: 9, size: 7 });
  assertEquals(far.largest, far.firstOutside);
  assertEquals(far.final, { key: 3, a: 3, b: 2.5, size: 0.5 });
  const near = result.columns[2]!;
  assertEquals([near.firstUnequal?.key, near.firstOutside], [2, null]);
});

Deno.test("compareTables() finds any planted value at its step, in any order of rows", () => {
  const rows = trainRows();
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: rows.length - 1 }),
      fc.constantFrom("elbo", "reconstruction", "kl", "learning_rate"),
      fc.shuffledSubarray(rows, { minLength: rows.length }),
      (at, column, shuffled) => {
        const step = rows[at]!["step"]!;
        const changed = shuffled.map((row) =>
          row["step"] === step
            ? { ...row, [column]: 1.5 * Number(row[column]) }
            : row
        );
        const found = compare(csv(rows), csv(changed)).columns
          .filter(({ verdict }) => verdict !== "identical");
        assertEquals(
          found.map(({ name, verdict, firstOutside, largest }) => [
            name,
            verdict,
            firstOutside?.key,
            largest?.key,
          ]),
          [[column, "different", step, step]],
        );
      },
    ),
    { ...DRAWS, numRuns: 200 },
  );
});

Deno.test("compareTables() calls other bytes of the same cells equal", () => {
  const text = "step,a\n1,2\n3,4\n";
  for (
    const other of [
      text.replaceAll("\n", "\r\n"),
      `\ufeff${text}`,
      "a,step\n2,1\n4,3\n",
      "step,a\n3,4\n1,2\n",
      'step,a\n1,"2"\n3,4\n',
    ]
  ) {
    assertEquals(verdicts(compare(text, other)), { a: "equal" }, other);
  }
});

Deno.test("compareTables() reports added and removed rows and columns", () => {
  const result = compare(
    "step,a,gone\n1,1,1\n2,2,2\n3,3,3\n",
    "step,new,a\n2,0,2\n3,0,3\n4,0,4\n5,0,5\n",
  );
  assertEquals(verdicts(result), { a: "identical" });
  assertEquals(result.addedColumns, ["new"]);
  assertEquals(result.removedColumns, ["gone"]);
  assertEquals(result.addedRows, { count: 2, first: 4, last: 5 });
  assertEquals(result.removedRows, { count: 1, first: 1, last: 1 });
  assertEquals(result.verdict, "different");

  const more = compare("step,a\n1,1\n", "step,a,b\n1,1,1\n2,2,2\n");
  assertEquals(more.verdict, "within tolerance");
});

Deno.test("compareTables() leaves ignored columns out, by pattern", () => {
  const a = "step,kl_1,kl_2,elbo,gone_x\n1,1,1,1,1\n";
  const b = "step,kl_1,kl_2,elbo,new_x\n1,2,2,1,1\n";
  const ignore = ["kl_*", "*_x"];
  const result = compare(a, b, { ignore });
  assertEquals(verdicts(result), { elbo: "identical" });
  assertEquals(result.verdict, "identical");
});

Deno.test("compareTables() takes NaN for equal to NaN, and texts as they are", () => {
  const a = "step,n,t,m\n1,NaN,ok,1\n2,1,ok,x\n3,Infinity,,3\n";
  const same = compare(a, `\ufeff${a}`);
  assertEquals(verdicts(same), { n: "equal", t: "equal", m: "equal" });
  const b = "step,n,t,m\n1,NaN,ok,1\n2,NaN,failed,y\n3,-Infinity,,3\n";
  const [n, t, m] = compare(a, b).columns;
  assertEquals(n!.firstOutside, { key: 2, a: 1, b: NaN, size: Infinity });
  assertEquals(n!.final?.size, Infinity);
  assertEquals(t!.firstOutside, {
    key: 2,
    a: "ok",
    b: "failed",
    size: Infinity,
  });
  assertEquals([m!.verdict, m!.firstOutside?.key], ["different", 2]);
});

Deno.test("compareTables() lets one unit in the last place pass as within tolerance", () => {
  const rows = trainRows();
  const changed = rows.map((row) => ({
    ...row,
    elbo: Number(nextFloat32(String(row["elbo"]))),
    kl: Number(nextFloat32(String(row["kl"]))),
  }));
  const result = compare(csv(rows), csv(changed));
  assertEquals(result.verdict, "within tolerance");
  assertEquals(verdicts(result)["elbo"], "within tolerance");
  const strict = [{ columns: "*", part: "rtol", value: 0 }] as const;
  assertEquals(
    compare(csv(rows), csv(changed), { overrides: strict }).verdict,
    "different",
  );
});

Deno.test("compareTables() refuses keys that are missing, repeated or no numbers", () => {
  const good = "step,a\n1,1\n";
  assertThrows(
    () => compare(good, "x,a\n1,1\n"),
    UserError,
    "b/x.csv is not a CSV file of this project: it has no column step",
  );
  assertThrows(
    () => compare("step,a\n1,1\n1,2\n", good),
    UserError,
    "two rows have the step 1",
  );
  assertThrows(
    () => compare("step,a\none,1\n", good),
    UserError,
    "a step is not a number",
  );
});

Deno.test("worst() is the worst, and identical of none", () => {
  assertEquals(worst([]), "identical");
  assertEquals(worst(["equal", "different", "identical"]), "different");
  assertEquals(VERDICTS.length, 5);
});
