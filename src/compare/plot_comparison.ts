/** The figure of a comparison, from its trees. */

import { renderSvg } from "../plot/svg.ts";
import type { ColumnOptions, FileVerdict } from "./compare_tables.ts";
import type { Comparison, FolderVerdict } from "./compare_trees.ts";
import { joinRows } from "./join.ts";
import { curvePoints, differencePoints, type Overlay } from "./overlay.ts";
import { comparisonPlot } from "./plot.ts";
import { printable } from "./printable.ts";
import { parseTable } from "./table.ts";
import { toleranceOf } from "./tolerance.ts";
import { keyOfTable, type ResultsTree, STEP_TABLES } from "./tree.ts";
import { type Verdict, VERDICTS } from "./verdict.ts";

/** More would not be looked at; `--run` and `--experiment` choose others. */
const [MAX_RUNS, MAX_COLUMNS] = [6, 3];

/** What is drawn where nothing differs. */
const TERMS = ["elbo", "reconstruction", "kl"];

/**
 * The SVG: of the runs with the worst verdicts, the first columns that differ.
 *
 * @returns null where no run is in both trees
 */
export async function plotComparison(
  a: ResultsTree,
  b: ResultsTree,
  comparison: Comparison,
  options: ColumnOptions = {},
): Promise<string | null> {
  const differing = comparison.runs.filter((run) => rank(run) > 0);
  const runs = (differing.length > 0 ? differing : comparison.runs)
    .toSorted((p, q) => rank(q) - rank(p));
  const drawn = runs.slice(0, MAX_RUNS);
  const overlays: Overlay[] = [];
  for (const run of drawn) {
    overlays.push(...await overlaysOf(a, b, run, options));
  }
  if (overlays.length === 0) return null;
  const note = drawn.length === runs.length
    ? undefined
    : `${drawn.length} of ${runs.length} runs, those that differ most`;
  return await renderSvg(
    comparisonPlot(overlays, { a: comparison.a, b: comparison.b, note }),
  );
}

async function overlaysOf(
  a: ResultsTree,
  b: ResultsTree,
  run: FolderVerdict,
  { overrides = [] }: ColumnOptions,
): Promise<Overlay[]> {
  const files = run.files.filter(({ file }) => STEP_TABLES.includes(file));
  const file = files.find(({ verdict }) => verdict !== "identical") ?? files[0];
  const storedA = file &&
    a.runs.get(run.renamedFrom ?? run.path)?.get(file.file);
  const storedB = file && b.runs.get(run.path)?.get(file.file);
  if (storedA === undefined || storedB === undefined) return [];
  const tableA = parseTable(await storedA.read(), storedA.where);
  const tableB = parseTable(await storedB.read(), storedB.where);
  const key = keyOfTable(file!.file).name;
  const keysA = tableA.columns.get(key)?.numbers ?? [];
  const keysB = tableB.columns.get(key)?.numbers ?? [];
  const join = joinRows(keysA, keysB);
  const steps = Float64Array.from(join.a, (row) => keysA[row]!);
  return columnsOf(file!).flatMap((column) => {
    const [x, y] = [tableA, tableB].map((table) => table.columns.get(column));
    if (x === undefined || y === undefined || steps.length === 0) return [];
    const valuesA = Float64Array.from(join.a, (row) => x.numbers[row]!);
    const valuesB = Float64Array.from(join.b, (row) => y.numbers[row]!);
    const tolerance = toleranceOf(column, overrides);
    return [{
      run: printable(run.path),
      column: printable(column),
      curves: curvePoints(steps, valuesA, valuesB),
      differences: differencePoints(steps, valuesA, valuesB, tolerance),
    }];
  });
}

/** How bad a run or a column is. */
function rank({ verdict }: { readonly verdict: Verdict }): number {
  return VERDICTS.indexOf(verdict);
}

function columnsOf({ columns }: FileVerdict): string[] {
  const differing = columns.filter((column) => rank(column) > 0)
    .toSorted((p, q) => rank(q) - rank(p))
    .map(({ name }) => name);
  return (differing.length > 0 ? differing : TERMS).slice(0, MAX_COLUMNS);
}
