/** From the start of a process to its first training step. */

import type { Figure } from "./report.ts";
import { configOf, shapesOf } from "./model.ts";

/** Milliseconds since the process began, when each was done. */
export interface Marks {
  readonly modules: number;
  readonly data: number;
  readonly step: number;
  readonly dim: number;
}

/** The median of each part, over so many processes. */
export async function timeStarts(
  dataDir: string | undefined,
  rounds: number,
): Promise<Figure[]> {
  const marks: Marks[] = [];
  for (let round = 0; round < rounds; round++) marks.push(await start(dataDir));
  const median = (of: (marks: Marks) => number) =>
    marks.map(of).toSorted((a, b) => a - b)[Math.floor(marks.length / 2)]!;
  const parts: [string, number, string?][] = [
    ["start of the process: its modules", median(({ modules }) => modules)],
    ["then its data", median(({ data, modules }) => data - modules)],
    [
      "then the engine and its first step",
      median(({ step, data }) => step - data),
      "below 500",
    ],
  ];
  const shapes = shapesOf(configOf(), marks[0]!.dim);
  return parts.map(([figure, value, aim]) => ({
    ...{ figure, shapes, value, unit: "ms" },
    ...(aim === undefined ? {} : { aim }),
  }));
}

async function start(dataDir: string | undefined): Promise<Marks> {
  const script = new URL("./first_step.ts", import.meta.url).href;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...dataDir ? [dataDir] : []],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the process of the first step failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
