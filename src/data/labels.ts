/** What is known of rows beside their values: classes, and numbers. */

import { naturally } from "../text.ts";

/** The class of each row. */
export interface ClassLabel {
  /** such as `class` */
  readonly name: string;
  /** tells it from numbers */
  readonly kind: "class";
  /**
   * the classes' names; a split may lack some. The empty one is of rows whose
   * class is missing
   */
  readonly classes: readonly string[];
  /** of each train row, an index into `classes` */
  readonly train: Uint32Array;
  /** the same of the test rows */
  readonly test: Uint32Array;
  /** the same of the validation rows; absent: there are none */
  readonly validation?: Uint32Array;
}

/** A number for each row; NaN: it is missing. */
export interface RealLabel {
  /** such as `slant` */
  readonly name: string;
  /** tells it from classes */
  readonly kind: "real";
  /** of each train row */
  readonly train: Float64Array;
  /** the same of the test rows */
  readonly test: Float64Array;
  /** the same of the validation rows; absent: there are none */
  readonly validation?: Float64Array;
}

/** A class or a number that is known of every row, such as its digit. */
export type Label = ClassLabel | RealLabel;

/** A label of words; its classes are all that there are, in natural order. */
export function classLabel(
  name: string,
  train: readonly string[],
  test: readonly string[],
): ClassLabel {
  const classes = [...new Set([...train, ...test])].sort(naturally);
  const indices = new Map(classes.map((word, i) => [word, i]));
  const [trainRows, testRows] = [train, test].map((words) =>
    Uint32Array.from(words, (word) => indices.get(word)!)
  ) as [Uint32Array, Uint32Array];
  return { name, kind: "class", classes, train: trainRows, test: testRows };
}

/** A label of numbers. */
export function realLabel(
  name: string,
  train: ArrayLike<number>,
  test: ArrayLike<number>,
): RealLabel {
  const [trainRows, testRows] = [train, test]
    .map((values) => Float64Array.from(values)) as [Float64Array, Float64Array];
  return { name, kind: "real", train: trainRows, test: testRows };
}

/**
 * A label as a file has it: numbers of which one has a fraction are numbers,
 * all else are classes. An empty text is a missing label, and no class.
 */
export function labelOfTexts(
  name: string,
  train: readonly string[],
  test: readonly string[],
): Label {
  const values = [train, test].map((texts) => texts.map(numberOf));
  const given = [...train, ...test].filter((text) => text !== "").map(numberOf);
  const areReal = given.every(Number.isFinite) &&
    !given.every(Number.isInteger);
  return areReal
    ? realLabel(name, values[0]!, values[1]!)
    : classLabel(name, train, test);
}

/** The words, or the numbers, of a label's rows of a split. */
export function valuesOf(
  label: Label,
  split: "train" | "test" = "test",
): string[] | Float64Array {
  return label.kind === "class"
    ? Array.from(label[split], (index) => label.classes[index]!)
    : label[split];
}

/** How many rows of both splits have no class, or no number. */
export function missingLabels(label: Label): number {
  const isMissing = label.kind === "class"
    ? (index: number) => label.classes[index] === ""
    : Number.isNaN;
  return [label.train, label.test].reduce(
    (sum, rows) => sum + Array.from(rows).filter(isMissing).length,
    0,
  );
}

/** NaN of what is no number, and of an empty text. */
function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

/**
 * The label of the first rows of each split.
 *
 * @param testFrom the split whose rows are the new test rows
 */
export function firstLabels(
  label: Label,
  { train, test }: { readonly train: number; readonly test: number },
  testFrom: "train" | "test" = "test",
): Label {
  // Alike but for the types of the arrays.
  return label.kind === "class"
    ? {
      ...label,
      train: label.train.subarray(0, train),
      test: label[testFrom].subarray(0, test),
    }
    : {
      ...label,
      train: label.train.subarray(0, train),
      test: label[testFrom].subarray(0, test),
    };
}
