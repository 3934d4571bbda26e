import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import {
  CsvFile,
  formatRows,
  readCsv,
  readRowsAfter,
} from "../../src/results/csv_file.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";

const COLUMNS = ["step", "elbo"];

Deno.test("formatRows() writes integers in full, other numbers as float32, and LF", () => {
  const rows = [
    { step: 123456789, elbo: -0.1 },
    { elbo: NaN, step: 2 ** 53 - 1 },
    { step: "", elbo: "x,y", more: 1 },
  ];
  assertEquals(
    formatRows(COLUMNS, rows, { headers: true }),
    'step,elbo\n123456789,-0.1\n9007199254740991,NaN\n,"x,y"\n',
  );
  assertEquals(formatRows(COLUMNS, [], { headers: true }), "step,elbo\n");
  assertEquals(formatRows(COLUMNS, [], { headers: false }), "");
});

Deno.test("formatRows() refuses a row without one of the columns", () => {
  const row = { step: 1 };
  assertThrows(() => formatRows(COLUMNS, [row], { headers: false }), Error);
});

Deno.test("CsvFile appends rows that are on disk at once, and readCsv() reads them back", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/train.csv`;
    await Deno.writeTextFile(path, "an older file, which is longer\n");
    const file = await CsvFile.create(path, COLUMNS);
    assertEquals(await Deno.readTextFile(path), "step,elbo\n");
    await file.append([{ step: 1, elbo: 1 / 3 }, { step: 2, elbo: -1e-9 }]);
    await file.append([]);
    await file.append([{ step: 3, elbo: -Infinity }]);
    const text = "step,elbo\n1,0.33333334\n2,-1e-9\n3,-Infinity\n";
    assertEquals(await Deno.readTextFile(path), text);
    file.close();
    assertEquals(await readCsv(path), [
      { step: "1", elbo: "0.33333334" },
      { step: "2", elbo: "-1e-9" },
      { step: "3", elbo: "-Infinity" },
    ]);
  });
});

Deno.test("readRowsAfter() has the rows above a number, and CsvFile.reopen() goes on after a part of the rows", () =>
  withFolder(async (folder) => {
    const path = `${folder}/rows.csv`;
    const row = (step: number) => ({ step, elbo: -step / 2 });
    const file = await CsvFile.create(path, ["step", "elbo"]);
    await file.append([1, 2, 10].map(row));
    const length = await file.sync();
    await file.append([row(11)]);
    file.close();

    const again = await CsvFile.reopen(path, length);
    await again.append([row(12)]);
    again.close();
    assertEquals(await readRowsAfter(path, 2), [
      { step: "10", elbo: "-5" },
      { step: "12", elbo: "-6" },
    ]);
    assertEquals(await readRowsAfter(path, 12), []);
    assertEquals((await readRowsAfter(path, 0)).length, 4);
    await assertRejects(() => CsvFile.reopen(path, 999), UserError, "lacks");
    await assertRejects(
      () => CsvFile.reopen(`${folder}/no.csv`, 1),
      UserError,
      "is missing",
    );
  }));

Deno.test("CsvFile.create() refuses a place that cannot be written", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken`);
    const path = `${folder}/taken`;
    await assertUserError(() => CsvFile.create(path, COLUMNS), path, "--out");
  });
});

Deno.test("readCsv() refuses what is no CSV of one width, and names the file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/eval.csv`;
    for (const text of ["", "step,elbo\n1\n", "step,elbo\n1,2,3\n"]) {
      await Deno.writeTextFile(path, text);
      await assertUserError(() => readCsv(path), path);
    }
    await Deno.writeTextFile(path, 'step,elbo\n1,"2\n');
    await assertRejects(() => readCsv(path), UserError, path);
  });
});
