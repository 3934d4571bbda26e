/** A page whose runs are still made: what its server tells, as it comes. */
/// <reference lib="dom" />

import { signal } from "@preact/signals";
import type { Report, Update } from "./record/record.ts";
import * as state from "./state.ts";

/** Whether the server answers, and when it told something last. */
const told = signal<{ isThere: boolean; at: Date | null }>({
  isThere: false,
  at: null,
});

/** Follows the server, which the browser asks again where it is gone. */
export function follow(): void {
  let isFirst = true;
  const source = new EventSource("/events");
  source.onmessage = ({ data }) => {
    const update: Update = JSON.parse(data);
    state.report.value = merged(state.report.value, update);
    if (isFirst && update.runs.length > 0) {
      isFirst = false;
      state.splits.value = state.usualSplits(state.report.value.runs);
    }
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
  const running = state.report.value.runs
    .filter(({ status }) => status === "running").length;
  const when = at === null
    ? ""
    : `, last change ${at.toLocaleTimeString("en-GB")}`;
  return (
    <p class="ui quiet" role="status" data-live={isThere ? "on" : "off"}>
      {isThere
        ? `Live: ${running} running${when}.`
        : "The command that served this page is not answering; start it again."}
    </p>
  );
}
