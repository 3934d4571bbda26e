/** Kinds of values: as they are typed, as they are written, and what fits. */

import { type Schema, z } from "../lazy_zod.ts";
import { didYouMean } from "../table.ts";

/** The most units, draws and the like: more would need too much memory. */
export const MOST = 1_000_000;

/** One kind of value, of a flag and of a field of run.json. */
export interface Value<T> {
  /** what stands for it in the help, such as `N` */
  readonly placeholder: string;
  /** what a refusal says was expected */
  readonly expected: string;
  /** what fits */
  readonly schema: Schema<T>;
  /** The value of a text, which the schema checks; undefined: none. */
  parse(text: string): unknown;
  /** The inverse of `parse`; null: only leaving the flag out means it. */
  write(value: T): string | null;
  /** the words among its texts, or among the parts of a list */
  readonly words?: readonly string[];
  /** whether its numbers are integers, of which there are ranges */
  readonly isInteger?: true;
}

/** The value of a text; undefined: it has none that fits. */
export function valueOf<T>(value: Value<T>, text: string): T | undefined {
  return value.schema().safeParse(value.parse(text)).data;
}

/** What a refusal says of a text that has no value. */
export function expectation<T>(
  { expected, words = [] }: Value<T>,
  text: string,
): string {
  const wrong = text.split(",").find((part) => !words.includes(part));
  return `expected ${expected}${didYouMean(wrong ?? "", words)}`;
}

/** An integer in [min, max]. */
export function integer(
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): Value<number> {
  return {
    placeholder: "N",
    expected: max === Number.MAX_SAFE_INTEGER
      ? `an integer from ${min}`
      : `an integer in ${min}..${max}`,
    schema: () => z.int().min(min).max(max),
    parse: (text) => /^[+-]?\d+$/.test(text) ? Number(text) : undefined,
    write: String,
    isInteger: true,
  };
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Finite numbers that the test holds for. */
function decimal(
  expected: string,
  holds: (value: number) => boolean,
): Value<number> {
  return {
    placeholder: "X",
    expected: `a number ${expected}`,
    schema: () => z.number().refine(holds),
    parse: (text) => DECIMAL.test(text) ? Number(text) : undefined,
    write: String,
  };
}

/** A number above 0, also as a float32, in which engines compute. */
export function positive(): Value<number> {
  return decimal(
    "above 0, within the range of float32",
    (value) => Math.fround(value) > 0 && Math.fround(value) < Infinity,
  );
}

/** A number from 0, also as a float32, in which engines compute. */
export function nonNegative(): Value<number> {
  return decimal(
    "from 0, within the range of float32",
    (value) => value >= 0 && Math.fround(value) < Infinity,
  );
}

/** Two finite numbers, also as float32, the first below the second. */
export function bounds(): Value<readonly [number, number]> {
  return {
    placeholder: "L,H",
    expected: "two numbers L,H, the first below the second, such as -10,10",
    schema() {
      const number = z.number().refine((value) =>
        Number.isFinite(Math.fround(value))
      );
      return z.tuple([number, number])
        .refine(([low, high]) => Math.fround(low) < Math.fround(high));
    },
    parse: (text) =>
      text.split(",").map((part) => DECIMAL.test(part) ? Number(part) : NaN),
    write: (pair) => pair.join(","),
  };
}

/** A number in [0, 1). */
export function fraction(): Value<number> {
  return decimal(
    "from 0 and below 1",
    (value) => value >= 0 && Math.fround(value) < 1,
  );
}

/** A number in (0, 1). */
export function part(): Value<number> {
  return decimal(
    "above 0 and below 1",
    (value) => Math.fround(value) > 0 && Math.fround(value) < 1,
  );
}

/** A number of samples: an integer, also as 1e6. */
export function sampleCount(min = 1): Value<number> {
  return decimal(
    `of samples from ${min}, such as 50000 or 1e6`,
    (value) => Number.isSafeInteger(value) && value >= min,
  );
}

/** One of the words. */
export function word<const W extends string>(words: readonly W[]): Value<W> {
  return {
    placeholder: "NAME",
    expected: `one of ${words.join(", ")}`,
    schema: () => z.enum(words),
    parse: (text) => text,
    write: (value) => value,
    words,
  };
}

/** A text that is not empty. */
export function text(placeholder = "TEXT"): Value<string> {
  return {
    placeholder,
    expected: "a text",
    schema: () => z.string().min(1),
    parse: (text) => text,
    write: (value) => value,
  };
}

/** A value, or what a word stands for. */
export function orWord<T, const W extends string | null>(
  value: Value<T>,
  words: Readonly<Record<string, W>>,
): Value<T | W> {
  const own = Object.values(words) as (T | W)[];
  const names = Object.keys(words);
  return {
    ...value,
    expected: `${value.expected}, or ${names.join(", ")}`,
    schema: () => z.union([value.schema(), z.literal(Object.values(words))]),
    parse: (text) =>
      Object.hasOwn(words, text) ? words[text] : value.parse(text),
    write: (typed) => names[own.indexOf(typed)] ?? value.write(typed as T),
    words: [...value.words ?? [], ...names],
  };
}

/** A value, or null where the flag is absent. */
export function orNull<T>(value: Value<T>): Value<T | null> {
  return {
    ...value,
    schema: () => value.schema().nullable(),
    write: (typed) => typed === null ? null : value.write(typed),
  };
}

/** A value, or undefined where the flag is absent: no key of the config. */
export function orAbsent<T>(value: Value<T>): Value<T | undefined> {
  return {
    ...value,
    schema: () => value.schema().optional(),
    write: (typed) => typed === undefined ? null : value.write(typed),
  };
}

/** Several values, separated by commas; `none`: no value. */
export function list<T>(
  item: Value<T>,
  expected: string,
): Value<readonly T[]> {
  return {
    placeholder: `${item.placeholder},...`,
    expected: `${expected}, or none`,
    schema: () => z.array(item.schema()),
    parse: (text) => text === "none" ? [] : text.split(",").map(item.parse),
    write: (items) => items.map(item.write).join(",") || "none",
    words: [...item.words ?? [], "none"],
  };
}

/** Different values, separated by commas: at least one. */
export function swept<T>(item: Value<T>): Value<readonly T[]> {
  return {
    placeholder: `${item.placeholder},...`,
    expected: `values that differ, separated by commas, each ${item.expected}`,
    schema: () => z.array(item.schema()).min(1).refine(differ),
    parse: (text) => text.split(",").map(item.parse),
    write: (items) => items.map(item.write).join(","),
    words: item.words ?? [],
  };
}

/** A list without a value that is there twice. */
export function distinct<T>(
  value: Value<readonly T[]>,
): Value<readonly T[]> {
  return {
    ...value,
    expected: `${value.expected}, each once`,
    schema: () => value.schema().refine(differ),
  };
}

function differ(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}
