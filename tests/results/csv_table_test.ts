import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { UserError } from "../../src/errors.ts";
import { formatRows } from "../../src/results/csv_text.ts";
import {
  cellNumber,
  parseLastRow,
  parseTable,
  readCsv,
  readNumber,
  readRowsAfter,
  type Table,
} from "../../src/results/csv_table.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { anyNumber, cell, DRAWS, float32 } from "../compare/arbitraries.ts";

const COLUMNS = ["step", "value", "text"];

const rows = fc.array(fc.tuple(float32, cell), { minLength: 1, maxLength: 30 })
  .map((cells) =>
    cells.map(([value, text], i) => ({ step: i + 1, value, text }))
  );

function format(rows: Parameters<typeof formatRows>[1]): string {
  return formatRows(COLUMNS, rows, { headers: true });
}

function parse(text: string): Table {
  return parseTable(new TextEncoder().encode(text), "x.csv");
}

/** Of one float32, but for the sign of zero, which the writer drops. */
function isSame(read: number, written: number): boolean {
  const single = Math.fround(read);
  return single === written || Object.is(single, written);
}

/** The cells of a table as texts. */
function texts(table: Table): Record<string, string>[] {
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(
      [...table.columns].map(([name, { texts }]) => [name, texts[row]!]),
    ));
}

Deno.test("readCsv() and parseTable() give back every float32 and text that formatRows() wrote", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/x.csv`;
    await fc.assert(
      fc.asyncProperty(rows, async (rows) => {
        await Deno.writeTextFile(path, format(rows));
        const read = await readCsv(path);
        const table = parseTable(await Deno.readFile(path), path);
        assertEquals(table.rows, rows.length);
        assertEquals(read.length, rows.length);
        rows.forEach(({ step, value, text }, row) => {
          const column = table.columns.get("value")!;
          assert(isSame(column.numbers[row]!, value), `${value}`);
          assert(isSame(cellNumber(column, row)!, value), `${value}`);
          assert(isSame(Number(read[row]!["value"]), value), `${value}`);
          assertEquals(read[row]!["text"], text);
          assertEquals(table.columns.get("text")!.texts[row], text);
          assertEquals(table.columns.get("step")!.numbers[row], step);
        });
      }),
      DRAWS,
    );
  });
});

Deno.test("parseTable() reads the same of CRLF, a byte order mark and quotes around all", () => {
  fc.assert(
    fc.property(rows, (rows) => {
      const text = format(rows);
      const expected = texts(parse(text));
      assertEquals(texts(parse(text.replaceAll("\n", "\r\n"))), expected);
      assertEquals(texts(parse(`\ufeff${text}`)), expected);
      const quoted = [
        COLUMNS,
        ...expected.map((row) => COLUMNS.map((name) => row[name]!)),
      ].map((cells) =>
        cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",") + "\n"
      ).join("");
      assertEquals(texts(parse(quoted)), expected);
    }),
    DRAWS,
  );
});

Deno.test("parseTable() refuses a file that is cut off anywhere inside of a line", () => {
  fc.assert(
    fc.property(
      rows,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rows, at) => {
        const bytes = new TextEncoder().encode(format(rows));
        const length = Math.floor(at * (bytes.length - 1));
        const torn = bytes.subarray(0, length);
        // At the end of a row it is a shorter file, which nothing can tell; a
        // line end inside of quotes is no end of a row.
        const text = new TextDecoder().decode(torn);
        const isWhole = text.endsWith("\n") && text.split('"').length % 2 === 1;
        if (isWhole) parseTable(torn, "x.csv");
        else assertThrows(() => parseTable(torn, "x.csv"), UserError, "x.csv");
      },
    ),
    DRAWS,
  );
});

Deno.test("parseTable() says what is wrong with a file that is not CSV", () => {
  const wrong: [string | Uint8Array, string][] = [
    ["", "empty"],
    ["no line end", "torn"],
    ["step,a\n1,2,3\n", "line 2 does not have as many fields"],
    ["step,a\n1,2\n3\n", "line 3 does not have as many fields"],
    ["step,a\n1,2\n\n3,4\n", "line 3 is blank"],
    ["step,a\r\n1,2\r\n\r\n", "line 3 is blank"],
    ['step,a\n1,"x\n\ny"\n\n', "line 3 is blank"],
    ["\ufeff\n", "line 1 is blank"],
    ["\ufeff", "empty"],
    ["step,step\n1,2\n", 'two columns are called "step"'],
    ["step,a\n1,2\r3,4\n", "lone CR"],
    ['step,a\n1,2"3"\n', 'line 2, column 4: bare " in non-quoted-field'],
    ['step,a\n1,"2"3\n', 'line 2, column 5: extraneous or missing "'],
    ['step,a\n1,"2\n', 'extraneous or missing " in quoted-field'],
    ['step,a\n1,"2', "torn"],
    ['step,a\n1,"2"', "torn"],
    ["step,a\n1,2\0\n", "zero byte"],
    [`step,a\n1,"${"x".repeat(5e6)}"\n`, "line 2 has a cell of more than 1000"],
    [`step,${"a".repeat(1001)}\n1,2\n`, "line 1 has a cell of more than 1000"],
    [`step,a\n1,"${"\n".repeat(5e6)}"\n`, "line 2 has a cell of more than"],
    [Uint8Array.of(0x73, 0x2c, 0x61, 10, 0xff, 0x2c, 0x31, 10), "UTF-8"],
  ];
  for (const [file, what] of wrong) {
    const bytes = typeof file === "string"
      ? new TextEncoder().encode(file)
      : file;
    const { message } = assertThrows(
      () => parseTable(bytes, "a/x.csv"),
      UserError,
      what,
    );
    assert(
      message.startsWith("a/x.csv is not a CSV file of this project: "),
      message,
    );
    assertEquals(message.includes("\n"), false);
  }
});

Deno.test("parseTable() refuses a file that no string can hold", () => {
  const huge = { length: 2 ** 29 } as Uint8Array;
  assertThrows(() => parseTable(huge, "x.csv"), UserError, "512 MiB");
});

Deno.test("parseTable() tells numbers from text", () => {
  const table = parse("a,b,c\n1,NaN,\n-2.5e-3,-Infinity,x\n");
  const [a, b, c] = ["a", "b", "c"].map((name) => table.columns.get(name)!);
  assertEquals([a!, b!, c!].map((column) => column.isNumeric), [
    true,
    true,
    false,
  ]);
  assertEquals([...a!.numbers], [1, -0.0025]);
  assertEquals([...b!.numbers], [NaN, -Infinity]);
  assertEquals(cellNumber(c!, 0), undefined);
  assertEquals(c!.texts[1], "x");
});

Deno.test("parseLastRow() has the last row of parseTable()", () => {
  for (
    const text of [
      "a,b\n1,2\n3,4\n5,6\n",
      "a,b\n1,2\n",
      "a,b\n",
      "a\r\n1\r\n2\r\n",
    ]
  ) {
    const bytes = new TextEncoder().encode(text);
    assertEquals(
      texts(parseLastRow(bytes, "x")),
      texts(parseTable(bytes, "x")).slice(-1),
    );
  }
  const torn = new TextEncoder().encode("a,b\n1,2\n3,4");
  assertThrows(() => parseLastRow(torn, "x"), UserError, "torn");
});

Deno.test("readNumber() is Number() of what JavaScript writes", () => {
  fc.assert(
    fc.property(anyNumber, fc.integer({ min: 1, max: 21 }), (value, digits) => {
      const texts = [`${value}`, value.toPrecision(digits)];
      for (const text of [...texts, value.toExponential(), `+${texts[1]}`]) {
        assert(Object.is(readNumber(text), Number(text)), text);
      }
    }),
    { ...DRAWS, numRuns: 5000 },
  );
});

Deno.test("readNumber() is NaN of all that is not a decimal number", () => {
  const texts = ["", " ", " 1", "1 ", "1\n", "\u00a01", "0x1", "0b1", "0o7"]
    .concat(["-", ".", "1e", "e1", "1.2.3", "++1", "1-", "infinity", "1n"]);
  for (const text of texts) assertEquals(readNumber(text), NaN, text);
});

Deno.test("readRowsAfter() has the rows above a number, of files of any length", () =>
  withFolder(async (folder) => {
    const path = `${folder}/rows.csv`;
    for (const count of [3, 100, 20_000]) {
      const steps = Array.from({ length: count }, (_, i) => 2 * i + 1);
      const rows = steps.map((step) => ({ step, elbo: -step / 2 }));
      const text = formatRows(["step", "elbo"], rows, { headers: true });
      await Deno.writeTextFile(path, text);
      for (const last of [0, 1, 2, count - 1, 2 * count - 3, 2 * count]) {
        const expected = rows.filter(({ step }) => step > last)
          .map(({ step, elbo }) => ({ step: `${step}`, elbo: `${elbo}` }));
        assertEquals(await readRowsAfter(path, last), expected);
      }
    }
    await Deno.writeTextFile(path, "step,elbo\n1,2\n3\n");
    await assertUserError(() => readRowsAfter(path, 1), path, "line 3");
  }));

Deno.test("readCsv() refuses what is not CSV of one width, and columns without numbers, and names the file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/eval.csv`;
    const damaged = [
      "",
      "step,elbo\n1\n",
      "step,elbo\n1,2,3\n",
      "step,elbo\n1,2\n3",
      'step,elbo\n1,2\n3,"4',
      'step,elbo\n1,"2\n',
    ];
    for (const text of damaged) {
      await Deno.writeTextFile(path, text);
      await assertUserError(() => readCsv(path), path);
    }
    await Deno.writeTextFile(path, "step,elbo\n1,NaN\n2,x\n");
    assertEquals((await readCsv(path, ["step"])).length, 2);
    for (const [column, row] of [["elbo", 2], ["kl", 1]] as const) {
      await assertUserError(
        () => readCsv(path, [column]),
        `${path}: ${column} in row ${row} is not a number`,
      );
    }
  });
});
