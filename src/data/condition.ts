/** Labels as numbers that models are conditioned on. */

import { UserError } from "../errors.ts";
import { didYouMean } from "../table.ts";
import type { Condition, Dataset } from "./dataset.ts";
import { type ClassLabel, type Label, missingLabels } from "./labels.ts";

/** What names all labels of the data in a choice of them. */
export const ALL_LABELS = "labels";

/** The most numbers in y. */
const MOST_COLUMNS = 4096;

/**
 * The data with y of each row: a class as 1 of as many numbers as there are
 * classes, a number less its mean over the train rows, in standard deviations.
 *
 * @param names of labels, or {@linkcode ALL_LABELS}
 * @throws {UserError} there is no such label, or none at all; rows lack it;
 *   test rows have a class that no train row has; y would be too wide
 */
export function conditionOn<Data extends Dataset>(
  data: Data,
  names: readonly string[],
): Data {
  const flag = `--condition ${names.join()}`;
  const { name, labels = [] } = data;
  if (labels.length === 0) {
    throw new UserError(
      `${flag}: ${name} has no labels; choose data that have, or name those ` +
        "of your own data with --labels",
    );
  }
  const chosen = names.join() === ALL_LABELS ? labels : names.map((own) => {
    const label = labels.find(({ name }) => name === own);
    if (label !== undefined) return label;
    const all = labels.map(({ name }) => name);
    throw new UserError(
      `${flag}: the labels of ${name} are ${all.join(", ")}` +
        didYouMean(own, all),
    );
  });
  chosen.forEach((label) => requireSeen(label, flag));
  const columns = chosen.map(columnsOf);
  const dim = columns.reduce((sum, { width }) => sum + width, 0);
  if (dim > MOST_COLUMNS) {
    throw new UserError(
      `${flag}: ${dim} numbers for each row, at most ${MOST_COLUMNS}; choose ` +
        "labels of fewer classes",
    );
  }
  const conditionOf = (split: Split): Condition => {
    const { count } = data[split]!;
    const values = new Float32Array(count * dim);
    for (let row = 0; row < count; row++) {
      let at = row * dim;
      for (const { width, put } of columns) {
        put(split, row, values, at);
        at += width;
      }
    }
    return { dim, values };
  };
  return {
    ...data,
    condition: chosen.map(({ name }) => name),
    train: { ...data.train, condition: conditionOf("train") },
    test: { ...data.test, condition: conditionOf("test") },
    ...data.validation && {
      validation: {
        ...data.validation,
        condition: conditionOf("validation"),
      },
    },
  };
}

/** Whose rows have labels. */
type Split = "train" | "test" | "validation";

/** What a label gives: so many numbers, of a row of a split. */
interface Columns {
  readonly width: number;
  readonly put: (
    split: Split,
    row: number,
    values: Float32Array,
    at: number,
  ) => void;
}

function columnsOf(label: Label): Columns {
  if (label.kind === "class") {
    return {
      width: label.classes.length,
      put: (split, row, values, at) => values[at + label[split]![row]!] = 1,
    };
  }
  const { length } = label.train;
  const mean = label.train.reduce((sum, value) => sum + value, 0) / length;
  const square = label.train.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const spread = Math.sqrt(square / length) || 1; // a constant becomes 0
  return {
    width: 1,
    put: (split, row, values, at) =>
      values[at] = (label[split]![row]! - mean) / spread,
  };
}

/** @throws {UserError} rows lack it, or have a class that no train row has */
function requireSeen(label: Label, flag: string): void {
  const missing = missingLabels(label);
  if (missing > 0) {
    throw new UserError(
      `${flag}: ${missing} of ${label.train.length + label.test.length} rows ` +
        `have no ${label.name}; fill it in, or remove the rows`,
    );
  }
  if (label.kind !== "class") return;
  const seen = new Set(label.train);
  for (const split of ["test", "validation"] as const) {
    const rows = label[split] ?? new Uint32Array();
    const at = rows.findIndex((index) => !seen.has(index));
    if (at < 0) continue;
    throw new UserError(
      `${flag}: ${split} row ${at + 1} is of ${label.name} ` +
        `${label.classes[rows[at]!]}, as no train row is; take more train ` +
        "rows, or another split or label",
    );
  }
}

/**
 * y at each class of the first label that has classes: all else is as the train
 * rows are on average. Null: no label has classes.
 *
 * @returns [classes, C], row-major
 */
export function conditionsByClass(
  { labels = [], condition = [], train }: Dataset,
): { label: ClassLabel; values: Float32Array } | null {
  const given = condition.flatMap((own) =>
    labels.filter(({ name }) => name === own)
  );
  const label = given.find(({ kind }) => kind === "class");
  if (label?.kind !== "class" || train.condition === undefined) return null;
  const { dim, values: all } = train.condition;
  const mean = new Float64Array(dim);
  all.forEach((value, i) => mean[i % dim]! += value / train.count);
  const before = given.slice(0, given.indexOf(label));
  const first = before.reduce((sum, own) => sum + columnsOf(own).width, 0);
  const values = label.classes.flatMap((_, index) => {
    const y = [...mean];
    label.classes.forEach((_, i) => y[first + i] = i === index ? 1 : 0);
    return y;
  });
  return { label, values: Float32Array.from(values) };
}
