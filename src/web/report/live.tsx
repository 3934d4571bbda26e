/** A page whose runs are still made: what its server tells, as it comes. */
/// <reference lib="dom" />

import { signal } from "@preact/signals";
import type { Progress, Report, Update } from "./record/record.ts";
import * as state from "./state.ts";
import { counted } from "./text.ts";

/** Whether the server answers, and when it told something last. */
const told = signal<{ isThere: boolean; at: Date | null }>({
  isThere: false,
  at: null,
});

/** The time, as often as it matters to readers. */
const now = signal(Date.now());
const EVERY_MS = 15_000;

/** Rows come more often than that. */
const PAUSE_MS = 60_000;

/** How long a run has had no new row, where that is long; else nothing. */
export function pauseText({ at }: Progress): string {
  const pause = now.value - at;
  if (at === 0 || pause < PAUSE_MS) return "";
  const minutes = Math.round(pause / 60_000);
  return minutes < 120
    ? `, no row for ${minutes} min`
    : `, no row for ${Math.round(minutes / 60)} h`;
}

/** Follows the server, which the browser asks again where it is gone. */
export function follow(): void {
  setInterval(() => now.value = Date.now(), EVERY_MS);
  const source = new EventSource("/events");
  source.onmessage = ({ data }) => {
    const update: Update = JSON.parse(data);
    state.report.value = merged(state.report.value, update);
    told.value = { isThere: true, at: new Date() };
  };
  source.onopen = () => told.value = { ...told.value, isThere: true };
  source.onerror = () => told.value = { ...told.value, isThere: false };
}

function merged(before: Report, update: Update): Report {
  const known = new Map(before.runs.map((run) => [run.path, run]));
  return {
    ...update,
    runs: update.runs.flatMap((run) =>
      typeof run === "string" ? known.get(run) ?? [] : [run]
    ),
    pictures: { ...before.pictures, ...update.pictures },
  };
}

/** How the page stands with its server. */
export function LiveStatus() {
  const { isThere, at } = told.value;
  const { runs, leftOut } = state.report.value;
  const begun = runs.length + leftOut.length;
  const running = runs.filter(({ status }) => status === "running").length;
  const finished = runs.length - running;
  const when = at === null
    ? ""
    : `, last change ${at.toLocaleTimeString("en-GB")}`;
  return (
    <p class="ui quiet" role="status" data-live={isThere ? "on" : "off"}>
      {isThere
        ? `Live: ${finished} of ${
          counted(begun, "run")
        } begun so far finished, ` +
          `${running} running${when}.`
        : "The command that served this page is not answering; start it again."}
    </p>
  );
}
