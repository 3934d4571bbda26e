/** What the jobs of a sweep have said. */

import { entriesOf, OpenFile, targetOf, unless } from "../../files.ts";
import { chunkOf } from "./send.ts";
import type { Sweep } from "./sweep_file.ts";

const LOG = /\.(\d+)\.(\d+)-(\d+)\.log$/;

/** The newest log of each run that a job was begun for, by the run's name. */
export async function logsOf(
  { jobs, runs }: Sweep,
): Promise<Map<string, string>> {
  const folder = `${jobs}/logs`;
  const newest = new Map<string, { path: string; time: number }>();
  for (const { name } of await unless(["ENOENT"], entriesOf(folder)) ?? []) {
    const [, offset, of, index] = LOG.exec(name)?.map(Number) ?? [];
    if (of === undefined) continue;
    const path = `${folder}/${name}`;
    const time = (await targetOf(path))?.mtime?.getTime() ?? 0;
    for (const run of chunkOf(runs, offset! + index!, of)) {
      if (time < (newest.get(run.name)?.time ?? 0)) continue;
      newest.set(run.name, { path, time });
    }
  }
  return new Map([...newest].map(([run, { path }]) => [run, path]));
}

/** As much of a log's end as its last line may have. */
const TAIL = 2000;

/** The last line of a log. */
export async function lastLine(path: string): Promise<string> {
  using file = await OpenFile.toRead(path);
  const { size } = await file.stat();
  const bytes = await file.readAt(Math.max(size - TAIL, 0), TAIL);
  return new TextDecoder().decode(bytes).trim().split("\n").at(-1)!.trim();
}
