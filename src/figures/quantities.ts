/** What figures draw of runs: columns of their tables, by name. */

import { isEvaluation } from "../compare/tree.ts";
import { UserError } from "../errors.ts";
import { finalEvaluationName } from "../evaluate/evaluate_run.ts";
import { cellNumber, keptIndex, type Table } from "../results/csv_table.ts";
import { didYouMean } from "../table.ts";
import { EVALUATION } from "../train/fields/training.ts";
import type { SourceRun } from "./source_runs.ts";

/** How figures write a column, or what they make of it. */
interface Written {
  readonly title: string;
  /** the column that it is, if not that of its name */
  readonly column?: string;
  /** what the column is multiplied by */
  readonly factor?: number;
}

const NATS = "nats per datapoint";

/** Quantities whose columns are not called as papers call them. */
const WRITTEN: Readonly<Record<string, Written>> = {
  step: { title: "training step" },
  samples_seen: { title: "training samples seen" },
  elbo: { title: `ELBO (${NATS})` },
  reconstruction: { title: `reconstruction (${NATS})` },
  kl: { title: `KL (${NATS})` },
  rate: { title: `rate, KL (${NATS})`, column: "kl" },
  distortion: {
    title: `distortion (${NATS})`,
    column: "reconstruction",
    factor: -1,
  },
  objective: { title: `objective (${NATS})` },
  iwae_bound: { title: `L_k (${NATS})` },
  nll: { title: `\u2212log p(x) (${NATS})` },
  bits_per_dim: { title: "bits per dimension" },
  active_units: { title: "active units" },
  ess: { title: "effective sample size" },
};

/** What an axis of a quantity is titled. */
export function quantityTitle(name: string): string {
  return WRITTEN[name]?.title ?? name.replaceAll("_", " ");
}

/** Columns that progress is counted in. */
export const PROGRESS = ["samples_seen", "step"] as const;

/** The files that curves are read from, by split. */
export const SPLITS = { test: "eval.csv", train: "train.csv" } as const;

/** A split of the data. */
export type Split = keyof typeof SPLITS;

/** One value of a run during its training. */
export interface CurvePoint {
  /** steps, or training samples, repeats counted */
  readonly x: number;
  readonly y: number;
}

/** A quantity of a run during its training; null: it has no such column. */
export async function curveOf(
  run: SourceRun,
  split: Split,
  x: string,
  y: string,
): Promise<CurvePoint[] | null> {
  const table = await run.table(SPLITS[split]);
  const [xs, ys] = [columnFrom(table, x), columnFrom(table, y)];
  return xs && ys && xs.map((x, i) => ({ x, y: ys[i]! }));
}

/**
 * A quantity of a run's model: of its evaluation on the test split during
 * training, or else of that at the end; null: it has neither.
 */
export async function finalValue(
  run: SourceRun,
  name: string,
): Promise<number | null> {
  const rows = await run.table(SPLITS.test);
  const value = columnFrom(rows, name)?.at(keptIndex(rows, run));
  if (value !== undefined) return value;
  const table = await evaluationOf(run);
  const row = table?.columns.get("quantity")?.texts.indexOf(name) ?? -1;
  if (row < 0) return null;
  return cellNumber(table!.columns.get("value")!, row) ?? null;
}

/** Columns that are a vector together, such as one for each latent dimension. */
export const VECTOR_COLUMN = /_\d+$/;

/**
 * The numbers that a run ended with, by name, without vectors: its model's
 * evaluation on the test split,
 * and what evaluations of the trained model have beside it; of those that are
 * not the run's own, with the name of their file behind.
 */
export async function finalsOf(run: SourceRun): Promise<Map<string, number>> {
  const finals = new Map<string, number>();
  const last = await run.table(SPLITS.test);
  for (const { name, numbers } of last?.columns.values() ?? []) {
    const isPlace = PROGRESS.some((place) => place === name);
    if (isPlace || VECTOR_COLUMN.test(name) || last!.rows === 0) continue;
    finals.set(name, numbers.at(keptIndex(last, run))!);
  }
  const isAlias = (name: string) => finals.has(WRITTEN[name]?.column ?? "");
  for (const [name, value] of quantitiesOf(await evaluationOf(run))) {
    if (!finals.has(name) && !isAlias(name)) finals.set(name, value);
  }
  const own = evaluationFileOf(run);
  for (const file of Object.keys(Object(run.record["outputs"]))) {
    if (!isEvaluation(file) || file.endsWith("-units.csv") || file === own) {
      continue;
    }
    for (const [name, value] of quantitiesOf(await run.table(file))) {
      finals.set(`${name} (${file.replace(/\.csv$/, "")})`, value);
    }
  }
  return finals;
}

function quantitiesOf(table: Table | null): [string, number][] {
  const names = table?.columns.get("quantity");
  const values = table?.columns.get("value");
  if (names === undefined || values === undefined) return [];
  return names.texts.map((name, row) => [name, values.numbers[row]!]);
}

/** The table of the evaluation at the end of a run; null: there is none. */
async function evaluationOf(run: SourceRun): Promise<Table | null> {
  const file = evaluationFileOf(run);
  return file === null ? null : await run.table(file);
}

function evaluationFileOf({ config }: SourceRun): string | null {
  const asked = EVALUATION.finalEvaluation.schema()
    .safeParse(config["finalEvaluation"]).data;
  return asked ? `${finalEvaluationName(asked)}.csv` : null;
}

function columnFrom(table: Table | null, name: string): number[] | null {
  const { column = name, factor = 1 } = WRITTEN[name] ?? {};
  const found = table?.columns.get(column);
  return found === undefined
    ? null
    : [...found.numbers].map((number) => factor * number);
}

/**
 * Checks that a run has a quantity.
 *
 * @throws {UserError} there is none of that name
 */
export async function requireQuantity(
  name: string,
  runs: readonly SourceRun[],
  { flag, splits, final }: {
    readonly flag: string;
    readonly splits: readonly Split[];
    /** whether evaluations of trained models count */
    readonly final: boolean;
  },
): Promise<void> {
  const known = new Set<string>();
  for (const run of runs) {
    for (const split of splits) {
      const table = await run.table(SPLITS[split]);
      table?.columns.forEach((_, column) => known.add(column));
    }
    const texts = final
      ? (await evaluationOf(run))?.columns.get("quantity")?.texts
      : undefined;
    texts?.forEach((quantity) => known.add(quantity));
    for (const [made, { column }] of Object.entries(WRITTEN)) {
      if (column !== undefined && known.has(column)) known.add(made);
    }
    if (known.has(name)) return;
  }
  const hint = didYouMean(name, [...known]);
  throw new UserError(
    `--${flag} ${name}: no run has such a column` +
      (hint ||
        (known.size === 0
          ? ": none has a file of its numbers; train them again"
          : `; there are ${[...known].join(", ")}`)),
  );
}
