/** The figure of a comparison: curves of A and B, and their difference. */

import type { TopLevelSpec } from "vega-lite";
import { renderSvg } from "../plot/svg.ts";
import { COLOURS, framed, LINES_CONFIG, SCHEMA } from "../plot/theme.ts";
import { joinRows, toleranceOf, VERDICTS } from "./compare_columns.ts";
import type { Tolerance, Verdict } from "./compare_columns.ts";
import type { ColumnOptions, FileVerdict } from "./compare_tables.ts";
import { keyOfTable, readTable, STEP_TABLES } from "./tree.ts";
import type { ResultsTree } from "./tree.ts";
import { printable } from "../text.ts";
import type { Comparison, FolderVerdict } from "./compare_trees.ts";

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
  const files = run.files.filter(({ file, verdict }) =>
    STEP_TABLES.includes(file) && verdict !== "unreadable"
  );
  const file = files.find(({ verdict }) => verdict !== "identical") ?? files[0];
  const storedA = file &&
    a.runs.get(run.renamedFrom ?? run.path)?.get(file.file);
  const storedB = file && b.runs.get(run.path)?.get(file.file);
  if (storedA === undefined || storedB === undefined) return [];
  const tableA = await readTable(storedA);
  const tableB = await readTable(storedB);
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

const WIDTH = 300;

/** Room for the labels of y, so that titles stand below each other. */
const Y_LABELS = 64;

export interface PlotLabels {
  readonly a: string;
  readonly b: string;
  /** a line below the title */
  readonly note?: string | undefined;
}

/**
 * A row of panels per run and a panel per column: both curves above, B - A
 * with the tolerance shaded below.
 *
 * Above, y frames the values after the first steps. Below, it frames all.
 *
 * @throws {RangeError} nothing to draw
 */
function comparisonPlot(
  overlays: readonly Overlay[],
  labels: PlotLabels,
): TopLevelSpec {
  if (overlays.length === 0) throw new RangeError("no curves to draw");
  const byRun = Map.groupBy(overlays, ({ run }) => run);
  const names = [`A: ${labels.a}`, `B: ${labels.b}`];
  const isCut = overlays.some(({ curves }) => {
    const [low, high] = valueDomain(curves);
    return curves.flatMap(({ a, b }) => [a, b])
      .some((value) => value !== null && (value < low || value > high));
  });
  return {
    $schema: SCHEMA,
    config: LINES_CONFIG,
    title: {
      text: "A and B, and their difference",
      subtitle: [
        ...labels.note === undefined ? [] : [labels.note],
        "above: both, averaged where dense; " +
        "below: B - A, all of it, with the tolerance shaded",
        ...isCut ? ["part of the curves lies outside the frame"] : [],
      ],
    },
    spacing: 30,
    vconcat: [...byRun].map(([run, panels]) => ({
      title: { text: run, fontSize: 12, offset: 8 },
      spacing: 36,
      hconcat: panels.map((panel) => panelOf(panel, names)),
    })),
  };
}

function panelOf(
  { column, curves, differences }: Overlay,
  names: readonly string[],
) {
  const steps = curves.map(({ step }) => step);
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = {
    field: "step",
    type: "quantitative" as const,
    scale: {
      domain: first < last ? [first, last] : [first - 1, first + 1],
      nice: false,
    },
  };
  const color = {
    field: "of",
    type: "nominal" as const,
    scale: { domain: [...names], range: [COLOURS[0]!, COLOURS[1]!] },
    legend: {
      orient: "top" as const,
      direction: "vertical" as const,
      symbolType: "stroke" as const,
    },
  };
  const curve = (of: string, field: "a" | "b", look: object) => ({
    data: {
      values: curves.map((point) => ({
        step: point.step,
        value: point[field],
        of,
      })),
    },
    mark: { type: "line" as const, clip: true, ...look },
    encoding: {
      x: { ...x, title: null, axis: { grid: false, labels: false } },
      y: {
        field: "value",
        type: "quantitative" as const,
        title: column,
        axis: { minExtent: Y_LABELS },
        scale: { domain: valueDomain(curves), zero: false, nice: false },
      },
      color,
    },
  });
  const sizes = differences.flatMap(({ difference }) => difference ?? []);
  const below = {
    type: "quantitative" as const,
    title: "B - A",
    scale: { domain: framed([0, ...sizes]), nice: false },
    axis: { tickCount: 4, format: "~g", minExtent: Y_LABELS },
  };
  return {
    spacing: 10,
    vconcat: [
      {
        width: WIDTH,
        height: 150,
        // Where both agree, the thin line lies on the wide one.
        layer: [
          curve(names[0]!, "a", { strokeWidth: 4, strokeOpacity: 0.5 }),
          curve(names[1]!, "b", { strokeWidth: 1.2 }),
        ],
      },
      {
        width: WIDTH,
        height: 80,
        data: {
          values: differences.map(({ step, difference, bound }) => ({
            step,
            difference,
            low: bound === null ? null : -bound,
            high: bound,
          })),
        },
        encoding: { x: { ...x, title: "step", axis: { grid: false } } },
        layer: [
          {
            mark: { type: "area" as const, clip: true, color: "#dddddd" },
            encoding: {
              y: { ...below, field: "low" },
              y2: { field: "high" },
            },
          },
          {
            mark: { type: "line" as const, clip: true, strokeWidth: 1 },
            encoding: {
              y: { ...below, field: "difference" },
              color: { value: "#222222" },
            },
          },
        ],
      },
    ],
  };
}

/**
 * The range of values worth a look: of those after the first 5 % of the steps,
 * without the outermost 1 %, and a tenth more on both sides.
 */
function valueDomain(points: Overlay["curves"]): [number, number] {
  const end = points.at(-1)?.step ?? 0;
  const values = points.filter(({ step }) => step >= 0.05 * end)
    .flatMap(({ a, b }) => [a, b])
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  if (low === undefined || high === undefined) return framed([]);
  const margin = 0.1 * (high - low);
  return framed([low - margin, high + margin]);
}

/** A column over the steps that A and B share, by rising step. */
export interface Overlay {
  readonly run: string;
  readonly column: string;
  readonly curves: readonly ComparedPoint[];
  /** how far they lie apart */
  readonly differences: readonly DifferencePoint[];
}

/** Values of A and B; null where one is not finite. */
export interface ComparedPoint {
  /** mean of the steps that the point stands for */
  readonly step: number;
  readonly a: number | null;
  readonly b: number | null;
}

/** A difference; null where a value is not finite. */
export interface DifferencePoint {
  readonly step: number;
  /** b - a */
  readonly difference: number | null;
  /** the largest that is within the tolerance */
  readonly bound: number | null;
}

/** Places in a panel: about as many as it has pixels. */
const BUCKETS = 300;

/** A half-open range of rows that are drawn in one place. */
type Bucket = readonly [begin: number, end: number];

function buckets(count: number): Bucket[] {
  const length = Math.min(count, BUCKETS);
  const begin = (i: number) => Math.round(i * count / length);
  return Array.from({ length }, (_, i) => [begin(i), begin(i + 1)]);
}

/** Curves: the means of the steps that fall into one place. */
export function curvePoints(
  steps: Float64Array,
  a: Float64Array,
  b: Float64Array,
): ComparedPoint[] {
  return buckets(steps.length).map(([begin, end]) => ({
    step: mean(steps.subarray(begin, end))!,
    a: mean(a.subarray(begin, end)),
    b: mean(b.subarray(begin, end)),
  }));
}

/** Null where a value is not finite: the curve breaks there. */
function mean(values: Float64Array): number | null {
  const sum = values.reduce((a, b) => a + b, 0);
  return Number.isFinite(sum) ? sum / values.length : null;
}

/**
 * Differences: of the steps that fall into one place the least and the
 * greatest, so that one step that differs is seen among any number.
 */
export function differencePoints(
  steps: Float64Array,
  a: Float64Array,
  b: Float64Array,
  { atol, rtol, scale }: Tolerance,
): DifferencePoint[] {
  const difference = a.map((value, row) => b[row]! - value);
  return buckets(steps.length).flatMap(([begin, end]) => {
    let [least, greatest] = [begin, begin];
    let broken: number | undefined;
    for (let row = begin; row < end; row++) {
      const value = difference[row]!;
      if (!Number.isFinite(value)) broken = row;
      if (!(value >= difference[least]!)) least = row;
      if (!(value <= difference[greatest]!)) greatest = row;
    }
    const rows = new Set([least, greatest, broken ?? least]);
    return [...rows].sort((p, q) => p - q).map((row) => {
      const size = Math.max(Math.abs(a[row]!), Math.abs(b[row]!), scale);
      const isDrawn = Number.isFinite(difference[row]);
      return {
        step: steps[row]!,
        difference: isDrawn ? difference[row]! : null,
        bound: isDrawn ? atol + rtol * size : null,
      };
    });
  });
}
