import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import { stream } from "../../src/random/stream.ts";
import { CsvFile } from "../../src/results/csv_file.ts";
import {
  formatFloat32,
  formatRows,
  type Row,
} from "../../src/results/csv_text.ts";
import { readCsv, readRowsAfter } from "../../src/results/csv_table.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";

const COLUMNS = ["step", "elbo"];

Deno.test("formatRows() writes integers in full, other numbers as float32, and LF", () => {
  const rows = [
    { step: 123456789, elbo: -0.1 },
    { elbo: NaN, step: 2 ** 53 - 1 },
    { step: "", elbo: "x,y", more: 1 },
    { step: " two\nlines", elbo: 'say "z"' },
    { step: "end ", elbo: "plain text" },
  ];
  assertEquals(
    formatRows(COLUMNS, rows, { headers: true }),
    'step,elbo\n123456789,-0.1\n9007199254740991,NaN\n,"x,y"\n' +
      '" two\nlines","say ""z"""\nend ,plain text\n',
  );
  assertEquals(formatRows(COLUMNS, [], { headers: true }), "step,elbo\n");
  assertEquals(formatRows(COLUMNS, [], { headers: false }), "");
});

Deno.test("formatRows() refuses a row without one of the columns, or with a CR", () => {
  const refused = [[{ step: 1 }, "lacks elbo"], [
    { step: 1, elbo: "a\rb" },
    "CR",
  ]];
  for (const [row, what] of refused as [Row, string][]) {
    assertThrows(
      () => formatRows(COLUMNS, [row], { headers: false }),
      Error,
      what,
    );
  }
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

Deno.test("CsvFile.reopen() continues after a part of the rows", () =>
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

/** The floats of these bits. */
function floats(bits: Uint32Array): Float32Array {
  return new Float32Array(bits.buffer, bits.byteOffset, bits.length);
}

/** Significant digits of a decimal. */
function digitsOf(text: string): number {
  return text.replace(/e.*/, "").replaceAll(/[-.]/g, "")
    .replace(/^0+/, "").replace(/0+$/, "").length;
}

function assertRoundTrip(value: number): void {
  const text = formatFloat32(value);
  const back = Math.fround(Number(text));
  assert(back === value || (back !== back && value !== value), text);
  if (!Number.isFinite(value) || value === 0) return;
  const digits = digitsOf(text);
  assert(digits >= 1 && digits <= 9, text);
  if (digits > 1) {
    const shorter = Number(value.toPrecision(digits - 1));
    assert(Math.fround(shorter) !== value, `${text} could be shorter`);
  }
}

Deno.test("formatFloat32() round-trips 10,000 random bit patterns, in the fewest digits", () => {
  floats(stream(1, "data").words(10_000)).forEach(assertRoundTrip);
});

Deno.test("formatFloat32() round-trips subnormals, and the neighbours of powers of two", () => {
  const subnormals = stream(2, "data").words(2000)
    .map((word) => (word & 0x807fffff) >>> 0);
  floats(subnormals).forEach(assertRoundTrip);
  for (let exponent = 0; exponent < 255; exponent++) {
    const power = exponent << 23;
    const bits = [power, power + 1, power + 2, power + 0x7fffff];
    floats(Uint32Array.from(bits)).forEach(assertRoundTrip);
  }
});

Deno.test("formatFloat32() writes known values as JavaScript would, but short", () => {
  const known: [number, string][] = [
    [0, "0"],
    [1, "1"],
    [-2.5, "-2.5"],
    [0.1, "0.1"],
    [1 / 3, "0.33333334"],
    [Math.PI, "3.1415927"],
    [16777216, "16777216"],
    [-185.06877, "-185.06877"],
    [1e-7, "1e-7"],
    [1e30, "1e+30"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.1754943508222875e-38, "1.1754944e-38"],
    [1.401298464324817e-45, "1e-45"],
    [1e39, "Infinity"],
    [-Infinity, "-Infinity"],
    [NaN, "NaN"],
  ];
  for (const [value, text] of known) {
    assertEquals(formatFloat32(value), text);
  }
});
