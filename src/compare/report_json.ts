/** A comparison as JSON, for programs. */

import type { Comparison } from "./compare_trees.ts";
import type { ReportOptions } from "./report_text.ts";
import { isWorse } from "./verdict.ts";

/**
 * The text, with a line end. Numbers that JSON has not, such as NaN, are
 * texts; a missing field of run.json is null. A file of identical bytes lists
 * no columns.
 */
export function reportJson(
  { changes, ...rest }: Comparison,
  { bar }: ReportOptions,
): string {
  return toJson({
    passes: !isWorse(rest.verdict, bar),
    bar,
    ...rest,
    runJson: changes.map(({ a, b, ...change }) => ({
      ...change,
      a: a === undefined ? null : JSON.parse(a),
      b: b === undefined ? null : JSON.parse(b),
    })),
  });
}

/** JSON with texts for the numbers that it has not. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_, inner: unknown) =>
      typeof inner === "number" && !Number.isFinite(inner)
        ? String(inner)
        : inner,
    2,
  );
  return `${text}\n`;
}
