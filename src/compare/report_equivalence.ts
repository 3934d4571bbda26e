/** A test of two trees as text for a terminal, as Markdown, and as JSON. */

import {
  aligned,
  code,
  escaped,
  markdownTable,
  printable,
  short,
} from "../text.ts";
import { TEST_VERDICTS, type TestVerdict } from "./column_tests.ts";
import type { ColumnTest, Equivalence, LeftOut } from "./equivalence.ts";
import { changeLines, changeMarkdown, changesJson, toJson } from "./report.ts";

/** SGR codes: green, yellow, red. */
const COLOURS: Record<TestVerdict, number> = {
  equivalent: 32,
  better: 32,
  different: 33,
  undecided: 33,
  worse: 31,
};

const HEAD = ["COLUMN", "N", "B - A", "90 % INTERVAL", "P", "VERDICT"];

/** What a test must not find to pass. */
export interface TestBar {
  readonly failing: readonly TestVerdict[];
}

/** Whether a test passes: nothing in it has a verdict that fails. */
export function testPasses(test: Equivalence, { failing }: TestBar): boolean {
  return failing.every((verdict) => numberOf(test, verdict) === 0);
}

/** Runs that B alone fails to finish are worse. */
function numberOf(
  { tested, broken }: Equivalence,
  verdict: TestVerdict,
): number {
  const columns = tested.flatMap((runs) => runs.columns)
    .filter((column) => column.verdict === verdict);
  return columns.length + (verdict === "worse" ? broken.length : 0);
}

/** The text, with a line end. @param bar.colour with SGR codes */
export function testText(
  test: Equivalence,
  bar: TestBar & { readonly colour?: boolean },
): string {
  const paint = (text: string, verdict: TestVerdict) =>
    bar.colour ? `\x1b[${COLOURS[verdict]}m${text}\x1b[0m` : text;
  const tests = test.tested.flatMap(({ columns }) => columns);
  const [head, ...lines] = aligned([HEAD, ...tests.map(cellsOf)]);
  const table = test.tested.flatMap(({ runs, seeds, columns }) => [
    `${printable(runs)}  ${seeds.length === 1 ? "seed" : "seeds"} ` +
    seeds.join(", "),
    ...lines.splice(0, columns.length).map((line, i) => {
      const text = cellsOf(columns[i]!).at(-1)!;
      const painted = paint(text, columns[i]!.verdict);
      return `  ${line.slice(0, -text.length)}${painted}`;
    }),
  ]);
  const passes = testPasses(test, bar);
  return [
    `A  ${test.a}`,
    `B  ${test.b}`,
    "",
    ...changeLines(test.changes, test.compared),
    ...table.length === 0 ? [] : [`  ${head}`, ...table, ""],
    ...test.broken.map((run) => paint(sentence(run), "worse")),
    ...test.leftOut.map((run) => `not tested: ${sentence(run)}`),
    ...test.unreadable.map((why) => paint(why, "worse")),
    counts(test),
    paint(conclusion(test, bar), passes ? "equivalent" : "worse"),
    "",
  ].join("\n");
}

/** The text in Markdown, with a line end. */
export function testMarkdown(test: Equivalence, bar: TestBar): string {
  const cells = test.tested.flatMap(({ runs, columns }) =>
    columns.map((test) => [code(runs), ...cellsOf(test).map(escaped)])
  );
  return [
    `**${conclusion(test, bar)}**. A is ${code(test.a)}, ` +
    `B is ${code(test.b)}. ${counts(test)}.`,
    "",
    ...changeMarkdown(test.changes, test.compared),
    ...markdownTable(
      ["runs", ...HEAD.map((name) => name.toLowerCase())],
      cells,
    ),
    "",
    ...[...test.broken, ...test.leftOut].map(sentence)
      .concat(test.unreadable).map((line) => `- ${escaped(line)}`),
    "",
  ].join("\n");
}

/** The text in JSON, with a line end; see `reportJson`. */
export function testJson(
  { changes, ...rest }: Equivalence,
  { failing }: TestBar,
): string {
  return toJson({
    passes: testPasses({ changes, ...rest }, { failing }),
    failOn: failing,
    ...rest,
    runJson: changesJson(changes),
  });
}

function cellsOf(test: ColumnTest): string[] {
  const { column, n, mean, low, high, p, verdict } = test;
  return [
    printable(column),
    String(n),
    short(mean),
    n === 1 ? "" : `${short(low)} to ${short(high)}`,
    Number.isNaN(p) ? "" : p < 1e-4 ? "<0.0001" : short(p),
    verdict + remark(test),
  ];
}

/** What would tell where a column is undecided. */
function remark({ verdict, more }: ColumnTest): string {
  if (verdict !== "undecided") return "";
  return more === null
    ? ": one seed has no spread"
    : more === Infinity
    ? ": more than 10000 seeds would not tell"
    : `: about ${more} more ${more === 1 ? "seed" : "seeds"} would tell`;
}

function sentence({ run, why }: LeftOut): string {
  return `${printable(run)}: ${why}`;
}

function counts(test: Equivalence): string {
  const columns = test.tested.flatMap((runs) => runs.columns).length;
  const numbers = TEST_VERDICTS
    .map((verdict) => [numberOf(test, verdict), verdict] as const)
    .filter(([count]) => count > 0);
  return `${columns} ${columns === 1 ? "test" : "tests"}: ` +
    numbers.map(([count, verdict]) => `${count} ${verdict}`).join(", ");
}

function conclusion(test: Equivalence, bar: TestBar): string {
  const { length } = test.unreadable;
  if (length > 0) {
    return `no verdict: ${
      length === 1 ? "1 file is" : `${length} files are`
    } unreadable`;
  }
  return testPasses(test, bar)
    ? `passes: nothing is ${bar.failing.join(" or ")}`
    : `fails on ${
      bar.failing.filter((verdict) => numberOf(test, verdict) > 0)
        .join(" and ")
    }`;
}
