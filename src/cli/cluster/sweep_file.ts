/**
 * The file of a sweep that was sent to a cluster: which runs its cells are. It
 * lies in `EXPERIMENT/.jobs/ID/`, with the batch scripts and the jobs' logs.
 */

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { entriesOf, readText, unless } from "../../files.ts";
import type { PlannedRun } from "../../sweep/runs.ts";

/** Where an experiment's folder has those of its sweeps. */
export const JOBS = ".jobs";

/** What the file is called. */
const SWEEP_FILE = "sweep.json";

/** The most bytes of such a file: ten thousand runs have some twelve million. */
const MOST_SWEEP = 2 ** 26;

/** What such a file says. */
export interface SweepContent {
  readonly version: 1;
  /** which sends it, and may be changed in how it is typed alone */
  readonly command: string;
  readonly experiment: string;
  /** of the experiment, with a folder for each run */
  readonly folder: string;
  /** in the order of cells */
  readonly runs: readonly PlannedRun[];
}

const contentSchema = z.strictObject({
  version: z.literal(1),
  command: z.string(),
  experiment: z.string().min(1),
  folder: z.string().min(1),
  runs: z.array(z.strictObject({
    name: z.string().min(1),
    config: z.looseObject({ steps: z.int() }),
  })).min(1),
});

const fileSchema = z.strictObject({
  ...contentSchema.shape,
  /** SHA-256 of the rest */
  sha256: z.string(),
});

interface SweepFile extends SweepContent {
  readonly sha256: string;
}

/** A sweep that can be sent. */
export interface Sweep extends SweepContent {
  /** tells it from other sweeps: of other runs, or in another folder */
  readonly id: string;
  /** the folder of its file */
  readonly jobs: string;
}

const sha256 = (value: unknown) =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** The sweep of planned runs. @param about folder: of the experiment */
export function sweepOf(
  runs: readonly PlannedRun[],
  about: Pick<SweepContent, "experiment" | "folder" | "command">,
): Sweep {
  const folder = resolve(about.folder);
  return identified({ version: 1, ...about, folder, runs: runs.map(listed) });
}

const listed = ({ name, config }: PlannedRun) => ({ name, config });

function identified(content: SweepContent): Sweep {
  const { folder, runs } = content;
  const id = sha256([folder, runs]).slice(0, 8);
  return { ...content, id, jobs: `${folder}/${JOBS}/${id}` };
}

/** Where its file is. */
export function sweepFileOf({ jobs }: Sweep): string {
  return `${jobs}/${SWEEP_FILE}`;
}

/** The text of its file. */
export function sweepText({ id: _, jobs: __, ...content }: Sweep): string {
  const { runs, ...rest } = { ...content, sha256: sha256(content) };
  const head = JSON.stringify(rest).slice(0, -1);
  const lines = runs.map((run) => JSON.stringify(run)).join(",\n");
  return `${head},"runs":[\n${lines}\n]}\n`;
}

/** @throws {UserError} it is not there, or not as it was written */
export async function readSweep(path: string): Promise<Sweep> {
  const remedy = "name one that submit wrote";
  const text = await readText(path, { most: MOST_SWEEP, remedy });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (fileSchema.safeParse(json).success) {
    const { sha256: hash, ...content } = json as SweepFile;
    // Its configs are as they were written, where the hash is right.
    if (hash === sha256(content)) return identified(content);
  }
  throw new UserError(
    `${path} is not as submit wrote it; remove it and submit again, which ` +
      "sends only what is missing",
  );
}

/** The sweeps of an experiment that were sent, by their files. */
export async function sweepsIn(folder: string): Promise<Sweep[]> {
  const jobs = `${resolve(folder)}/${JOBS}`;
  const entries = await unless(["ENOENT"], entriesOf(jobs)) ?? [];
  const sweeps: Sweep[] = [];
  for (const { name, isDirectory } of entries) {
    if (!isDirectory) continue;
    const read = readSweep(`${jobs}/${name}/${SWEEP_FILE}`);
    const sweep = await unless(["ENOENT"], read);
    if (sweep !== null) sweeps.push(sweep);
  }
  return sweeps.sort((a, b) => a.id < b.id ? -1 : 1);
}

/**
 * Checks that a command asks for the runs of a sweep's file, in its order: else
 * its cells would be others.
 *
 * @throws {UserError} it does not, or the file is not as it was written
 */
export async function checkListed(
  path: string,
  runs: readonly PlannedRun[],
): Promise<void> {
  const sweep = await readSweep(path);
  if (sha256(sweep.runs) === sha256(runs.map(listed))) return;
  throw new UserError(
    `--sweep-file ${path}: the runs are not those of this command; the script ` +
      "or the data have changed since: submit again",
  );
}
