/** What a figure says below its title: what is drawn, and what is not. */

import { someOf } from "../compare/names.ts";
import { testChose } from "../train/stopping.ts";
import type { Axes, Measurement } from "./measure.ts";
import type { Roles } from "./roles.ts";
import { BAND_TABLE, type BandName, type DrawnRun, labelOf } from "./series.ts";
import type { SourceRun } from "./source_runs.ts";

/** What curves of a choice of splits are. */
const CURVES = {
  test: "test split",
  train: "train minibatches, averaged where dense",
  both: "line: test split; faint: train minibatches, averaged where dense",
} as const;

/** What marks mean, and of how many runs they are. */
export function whatIsDrawn(
  runs: readonly DrawnRun[],
  { colour, dash, facet }: Roles,
  { kind, setting, split, band }: Axes & { readonly band: BandName },
): string {
  const apart = [...colour, ...dash, ...facet];
  const flags = setting === undefined ? apart : [setting, ...apart];
  const groups = Map.groupBy(runs, ({ settings }) => labelOf(settings, flags));
  const counts = [...groups.values()].map((group) => group.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const seeds = least === most ? `${most}` : `${least} to ${most}`;
  const marks = kind === "progress"
    ? band === "none" ? "; thin: single seeds" : ""
    : "; circles: single seeds";
  return [
    kind === "progress" ? CURVES[split] : `test split, after ${stepOf(runs)}`,
    most === 1
      ? "one seed"
      : `${BAND_TABLE[band].text} over ${seeds} seeds${marks}`,
  ].join("; ");
}

function stepOf(runs: readonly DrawnRun[]): string {
  const keepsOther = runs.some(({ run: { ended } }) =>
    ended !== undefined && ended.kept < ended.step
  );
  const isChosen = runs.some(({ run: { ended, config } }) =>
    ended !== undefined && testChose(ended, config)
  );
  return (keepsOther ? "the step that is kept" : "the last step") +
    (isChosen ? ", chosen by that split" : "");
}

/** What is not drawn, and why, with its names. */
export function notDrawn(
  runs: readonly SourceRun[],
  without: Measurement["without"],
): string[] {
  const others = runs.filter(({ status }) => status !== "finished")
    .map(({ path, status }) => ({ path, what: status }));
  const byReason = Map.groupBy([...others, ...without], ({ what }) => what);
  return [...byReason].map(([what, all]) => {
    const names = all.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
    return `${all.length} ${what} (${someOf(names)})`;
  });
}

/** With a capital at the start, unless a formula stands there. */
export function capitalised(text: string): string {
  if (text.startsWith("log ")) return text;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
