/** What a reader types to choose runs. */

import type { Report, RunRecord } from "./record/record.ts";

/** A part of a filter: `beta>=2`, or a text of the run's name or settings. */
const TERM = /^([\w.]+)(<=|>=|!=|=|<|>)(.*)$/;

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

/**
 * Whether a run has all parts of a filter, which spaces part: `NAME OP VALUE`
 * without spaces, of a setting or a final number, with = != < > <= >=, or a
 * text of its path or its settings, of upper or lower case.
 */
export function filterOf(
  typed: string,
  { settings, quantities }: Pick<Report, "settings" | "quantities">,
): (run: RunRecord) => boolean {
  const valueOf = (run: RunRecord, name: string): string | undefined => {
    const setting = settings.findIndex((one) => same(one.name, name));
    if (setting >= 0) return settings[setting]!.values[run.settings[setting]!];
    const quantity = quantities.findIndex((one) => same(one.name, name));
    const final = run.finals[quantity];
    return typeof final === "number" ? String(final) : undefined;
  };
  const isKnown = (name: string) =>
    [...settings, ...quantities].some((one) => same(one.name, name));
  const terms = typed.split(/\s+/).filter((term) => term !== "");
  const tests = terms.map((term) => {
    const [, name = "", operator = "", value = ""] = TERM.exec(term) ?? [];
    return isKnown(name)
      ? (run: RunRecord) => holds(valueOf(run, name), operator, value)
      : (run: RunRecord) => textOf(run, settings).includes(term.toLowerCase());
  });
  return (run) => tests.every((test) => test(run));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function holds(
  text: string | undefined,
  operator: string,
  value: string,
): boolean {
  if (operator === "=" || operator === "!=") {
    const [a, b] = [Number(text), Number(value)];
    const isEqual = text !== undefined && value !== "" &&
      (same(text, value) || a === b);
    return isEqual === (operator === "=");
  }
  return text !== undefined && value !== "" &&
    COMPARE[operator]!(Number(text), Number(value));
}

function textOf(run: RunRecord, settings: Report["settings"]): string {
  const labels = run.settings.map((value, i) => settings[i]!.labels[value]);
  return [run.path, ...labels].join(" ").toLowerCase();
}
