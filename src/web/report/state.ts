/** What the page shows, and what its reader chose. */
/// <reference lib="dom" />

import { computed, signal } from "@preact/signals";
import { embeddedJson } from "../embedded.ts";
import { filterOf } from "./filter.ts";
import type { Report, RunRecord, Split } from "./record/record.ts";

/** Whether rows come yet, from the server that the page is from. */
export const isLive = embeddedJson<{ live: boolean }>("page").live;

/** The record; a live page begins without runs. */
export const report = signal(embeddedJson<Report>("report"));

/** What was typed to choose runs. */
export const filter = signal("");

/** Paths of the runs that are not drawn. */
export const hidden = signal<ReadonlySet<string>>(new Set());

/** The runs that the filter leaves. */
export const chosen = computed(() =>
  report.value.runs.filter(filterOf(filter.value, report.value))
);

/** Those of them that are drawn. */
export const drawn = computed(() =>
  chosen.value.filter(({ path }) => !hidden.value.has(path))
);

/** Draws runs, or no longer. */
export function show(runs: readonly RunRecord[], isShown: boolean): void {
  const next = new Set(hidden.value);
  for (const { path } of runs) isShown ? next.delete(path) : next.add(path);
  hidden.value = next;
}

/** What colours tell apart: a setting's place, or what the figures would. */
export const colourBy = signal<number | "usual">("usual");

/** What runs that differ in their seed alone are drawn as. */
export const seeds = signal<"mean" | "single">("mean");

/** Which split's curves its reader wants; null: those that suit the runs. */
export const chosenSplits = signal<Split | "both" | null>(null);

/** Which split's curves are drawn. */
export const splits = computed(() =>
  chosenSplits.value ?? usualSplits(report.value.runs)
);

/** What curves are drawn against. */
export const along = signal<"samples" | "steps">("samples");

/** Axes that are logarithmic. */
export const logAxes = signal({ x: true, y: false });

/** The part of the x axis that is shown; null: as much as is worth a look. */
export const zoom = signal<readonly [number, number] | null>(null);

/** Where values are read off; null: at the end. */
export const cross = signal<number | null>(null);

/** As figures of sweeps choose it, and minibatches where tests are rare. */
function usualSplits(runs: readonly RunRecord[]): Split | "both" {
  const few = 3;
  const hasTrain = runs.some(({ train }) => train !== null);
  if (!hasTrain) return "test";
  if (runs.every(({ test }) => (test?.steps.length ?? 0) <= few)) {
    return "train";
  }
  return new Set(runs.map(({ seed }) => seed)).size > 1 ? "test" : "both";
}

/** Whether the page is dark. */
export const isDark = signal(false);
const dark = matchMedia("(prefers-color-scheme: dark)");
isDark.value = dark.matches;
dark.addEventListener("change", () => isDark.value = dark.matches);

/** Pixels that the page's content has across. */
export const width = signal(contentWidth());
addEventListener("resize", () => width.value = contentWidth());

/** Of a window that is not laid out yet, as in the background, a little. */
function contentWidth(): number {
  const { clientWidth } = document.documentElement;
  const free = clientWidth - 2 * (clientWidth < 600 ? 16 : 32);
  return Math.min(Math.max(free, 240), 1216);
}
