/**
 * Cells: what arrays of jobs are made of. A cell is one run of a sweep, or one
 * of N chunks of its runs. It writes its runs' own folders, and nothing that
 * several cells share.
 */

import { z } from "zod";
import type { Value } from "../config/value.ts";
import { variable } from "../environment.ts";
import { UserError } from "../errors.ts";
import { type StoredRun, storedRuns } from "../sweep/stored_runs.ts";
import { namesOf } from "../table.ts";

/** A part of a sweep. */
export interface SweepCell {
  /** from 0; "env": what runs the array says it */
  readonly index: number | "env";
  /** how many chunks the runs are in; absent: each is one */
  readonly of?: number | undefined;
}

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const cellSchema: z.ZodType<SweepCell> = z.strictObject({
  index: z.union([count, z.literal("env")]),
  of: count.min(1).optional(),
});

/** The variables that say which cell a process is, and the first one's value. */
const FIRST = {
  SLURM_ARRAY_TASK_ID: 0,
  JOB_COMPLETION_INDEX: 0, // Kubernetes
  PARALLEL_SEQ: 1, // GNU parallel
} as const;

/** How a cell is typed. */
export const CELL: Value<SweepCell> = {
  placeholder: "I[/N]",
  expected: "I or I/N, I from 0 or env, such as 3 or 3/10",
  schema: () => cellSchema,
  words: ["env"],
  parse(text) {
    const [, index, of] = /^(\d+|env)(?:\/(\d+))?$/.exec(text) ?? [];
    return index && {
      index: index === "env" ? index : Number(index),
      ...of && { of: Number(of) },
    };
  },
  write: ({ index, of }) => of === undefined ? `${index}` : `${index}/${of}`,
};

/** What the help says of it. */
export const CELL_HELP: string =
  "train only run I of the sweep, from 0, or the I-th of N chunks of its " +
  "runs, and write no summary or figure, as a job of an array; env: I from " +
  namesOf(FIRST).join(", ").replace(/, (\w+)$/, " or $1");

/** A part of a sweep, of what is asked for. */
interface Part {
  readonly cell: SweepCell | undefined;
  readonly runs: readonly unknown[];
}

/**
 * The request for the cell's runs alone, or for all of them.
 *
 * @param read what a variable of the environment says
 * @throws {UserError} there is no such cell, or nothing says which it is
 */
export function inCell<R extends Part>(request: R, read = variable): R {
  const { cell, runs } = request;
  if (cell === undefined) return request;
  const index = cell.index === "env" ? indexOfProcess(read) : cell.index;
  const { of = runs.length } = cell;
  const about = `--cell ${CELL.write(cell)}`;
  const are = `the sweep has ${runs.length} run${runs.length === 1 ? "" : "s"}`;
  if (of > runs.length) {
    throw new UserError(`${about}: ${are}; use at most as many chunks`);
  }
  if (index >= of) {
    const which = cell.index === "env" ? `${about}: index ${index}` : about;
    throw new UserError(
      cell.of === undefined
        ? `${which}: ${are}; use 0..${of - 1}`
        : `${which}: of ${of} chunks the last is ${of - 1}`,
    );
  }
  const [from, to] = [index, index + 1].map((i) => chunkStart(i, of, runs));
  return { ...request, runs: runs.slice(from, to) };
}

/**
 * The runs in an experiment's folder.
 *
 * @throws {UserError} one is damaged; those of other cells are theirs
 */
export async function runsBeside(
  { cell }: Pick<Part, "cell">,
  folder: string,
): Promise<StoredRun[]> {
  try {
    return await storedRuns(folder);
  } catch (error) {
    if (cell === undefined || !(error instanceof UserError)) throw error;
    return [];
  }
}

/** Where chunk i of so many begins; they differ in length by at most one. */
export function chunkStart(
  i: number,
  of: number,
  { length }: readonly unknown[],
): number {
  return Math.floor(i * length / of);
}

/** @throws {UserError} no variable says it, or several do */
function indexOfProcess(read: typeof variable): number {
  const said = namesOf(FIRST).flatMap((name) => {
    const text = read(name);
    return text === undefined ? [] : [{ name, text }];
  });
  const [first, second] = said;
  if (first === undefined) {
    throw new UserError(
      `--cell env: none of ${namesOf(FIRST).join(", ")} is set; give the ` +
        "index, as in --cell 0",
    );
  }
  if (second !== undefined) {
    throw new UserError(
      `--cell env: ${first.name} and ${second.name} are both set; give the ` +
        `index, as in --cell $${second.name}`,
    );
  }
  const index = /^\d{1,9}$/.test(first.text)
    ? Number(first.text) - FIRST[first.name]
    : -1;
  if (index >= 0) return index;
  throw new UserError(
    `--cell env: ${first.name} is ${first.text}; expected an integer from ` +
      FIRST[first.name],
  );
}
