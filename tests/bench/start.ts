/** From the start of a process to its first training step. */

import { quantile } from "./harness.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, shapesOf } from "./training.ts";

/** Milliseconds since the process began, when each was done. */
export interface Marks {
  readonly modules: number;
  readonly data: number;
  readonly step: number;
}

/** The median of each part, over at most five processes. */
export async function* timeStarts(
  { data, dataDir, rounds }: Options,
): AsyncGenerator<Entry> {
  const marks: Marks[] = [];
  while (marks.length < Math.min(rounds, 5)) marks.push(await start(dataDir));
  const shapes = shapesOf({ data, config: configOf() });
  const figure = (
    figure: string,
    of: (marks: Marks) => number,
    aim?: string,
  ) => ({
    ...{ figure, shapes, value: quantile(marks.map(of), 0.5), unit: "ms" },
    ...aim === undefined ? {} : { aim },
  });
  yield figure("start of the process: its modules", ({ modules }) => modules);
  yield figure("then its data", ({ data, modules }) => data - modules);
  yield figure(
    "then the engine and its first step",
    ({ step, data }) => step - data,
    "below 500",
  );
}

async function start(dataDir: string | undefined): Promise<Marks> {
  const script = new URL("./first_step.ts", import.meta.url).href;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script].concat(dataDir ?? []),
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the process of the first step failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
