/** What tests/bench/gpu/main.ts prints: Markdown, JSON lines at its end. */

import { type Figure, medianOf, short, tableLines } from "../report.ts";
import { webGpuName } from "../webgpu_contenders.ts";
import type { Row, Session } from "./session.ts";

/** How the engine stands against the others, alone and as many runs. */
export function comparisons({ shapes, rows }: Session): Figure[] {
  const timings = new Map(rows.map((row) => [row.contender, [row.median]]));
  const own = medianOf(timings, webGpuName(1));
  const theirs = rows.filter(({ contender }) => !/webgpu/.test(contender));
  const fastest = theirs[0];
  const isGroup = ({ contender }: Row) => /runs as one/.test(contender);
  const best = rows.find(isGroup);
  const against = fastest && `${fastest.contender}, the fastest framework`;
  return [
    {
      figure: "webgpu engine against tfjs ops on the adapter",
      ...{ shapes, value: medianOf(timings, "tfjs webgpu") / own },
      ...{ unit: "times as fast", aim: "at least 5" },
    },
    ...fastest
      ? [{
        figure: `webgpu engine against ${against}`,
        ...{ shapes, value: own / fastest.median, unit: "of its time" },
        aim: "at most 1",
      }]
      : [],
    ...best
      ? [{
        figure: `${best.contender} against one run`,
        ...{ shapes, value: own / best.median, unit: "times the throughput" },
      }]
      : [],
    ...best && fastest
      ? [{
        figure: `${best.contender} against ${against}`,
        ...{ shapes, value: fastest.median / best.median },
        ...{ unit: "times the throughput", aim: "at least 10" },
      }]
      : [],
  ];
}

/** The whole report. */
export function reportLines(
  { adapter, machine, figures, sessions }: {
    adapter: string;
    machine: string;
    figures: readonly Figure[];
    sessions: readonly Session[];
  },
): string[] {
  const missing = new Set(sessions.flatMap((session) => session.missing));
  const json = [{ machine }, ...figures, ...sessions.flatMap(jsonOf)];
  return [
    `# ${adapter}`,
    "",
    `${machine}. By tests/bench/gpu/main.ts, whose head says what is timed.`,
    "",
    "Milliseconds are those of one step of one run. Dispatches, submits and",
    "uploads are those of one step, of all runs that train as one.",
    "",
    ...tableLines([
      ["figure", "value", "aim"],
      ...figures.map(({ figure, shapes, value, unit, aim = "" }) => [
        `${figure}: ${shapes}`,
        `${short(value)} ${unit}`,
        aim,
      ]),
    ], "markdown"),
    ...sessions.flatMap(sessionLines),
    "",
    ...missing.size > 0
      ? ["Not taking part:", "", ...[...missing].map((why) => `- ${why}`), ""]
      : [],
    "```json",
    ...json.map((line) => JSON.stringify(line)),
    "```",
  ];
}

function sessionLines({ shapes, rows, kernels }: Session): string[] {
  const cell = (value: number | null) => value === null ? "" : short(value);
  return [
    "",
    ...tableLines([
      [shapes, "median", "fastest", "slowest", "on the GPU"].concat(
        ["dispatches", "submits", "uploads"],
      ),
      ...rows.map((row) => [
        row.contender,
        ...[row.median, row.fastest, row.slowest, row.onGpu].map(cell),
        ...[row.dispatches, row.submits, row.uploads].map(cell),
      ]),
    ], "markdown"),
    ...kernels === null ? [] : [
      "",
      ...tableLines([
        [`each dispatch of the engine alone, ${shapes}`, "ms on the GPU"],
        ...kernels.map(({ label, milliseconds }) => [
          label,
          short(milliseconds),
        ]),
      ], "markdown"),
    ],
  ];
}

function jsonOf({ shapes, rows, kernels }: Session): object[] {
  return [...rows, ...(kernels ?? []).map((own) => ({ shapes, ...own }))];
}
