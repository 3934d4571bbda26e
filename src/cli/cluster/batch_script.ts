/** Batch scripts for Slurm, which people can read, change and send by hand. */

import { counted, printable } from "../../text.ts";
import { shellWords } from "../task_command.ts";
import { arrayName, gatherName } from "./slurm.ts";
import { type Sweep, sweepFileOf } from "./sweep_file.ts";

/** What jobs ask for, each as Slurm's flag of the same name; absent: nothing. */
export interface Resources {
  readonly partition?: string | undefined;
  readonly time?: string | undefined;
  readonly cpus?: number | undefined;
  readonly mem?: string | undefined;
  readonly gres?: string | undefined;
  /** more of Slurm's options, as they are typed */
  readonly sbatch: readonly string[];
}

/** What starts the experiment on a node. */
export interface Start {
  /** where the process starts */
  readonly start: string;
  /** where its paths are from */
  readonly user: string;
  /** variables of its environment, beside that of where it stands */
  readonly env: Readonly<Record<string, string>>;
  /** `deno run`, its permissions and the script */
  readonly command: readonly string[];
  /** the sweep's flags, as they were typed */
  readonly flags: readonly string[];
}

/** Cells that are one array: their indices are below the site's limit. */
export interface CellArray {
  /** the cell of index 0 */
  readonly offset: number;
  /** of the cells that are sent, in order */
  readonly indices: readonly number[];
}

/** Cuts cells into arrays whose indices are below the limit. */
export function arraysOf(
  cells: readonly number[],
  limit: number,
): CellArray[] {
  const arrays = Map.groupBy(cells, (cell) => Math.floor(cell / limit));
  return [...arrays].map(([part, cells]) => ({
    offset: part * limit,
    indices: cells.map((cell) => cell - part * limit),
  }));
}

/** Indices as Slurm has them, such as `0-5,7`. */
export function rangesOf(indices: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last?.[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges
    .map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

/**
 * The script of an array of cells.
 *
 * @param options.of the chunks of all cells
 * @param options.throttle jobs of it that run at a time; undefined: all
 */
export function cellsScript(
  sweep: Sweep,
  start: Start,
  { array, of, resources, throttle }: {
    readonly array: CellArray;
    readonly of: number;
    readonly resources: Resources;
    readonly throttle: number | undefined;
  },
): string {
  const { offset, indices } = array;
  const index = offset === 0
    ? "$SLURM_ARRAY_TASK_ID"
    : `$((${offset} + SLURM_ARRAY_TASK_ID))`;
  const name = arrayName(sweep, { offset, of });
  const { cpus, gres } = resources;
  const most = throttle === undefined ? "" : `%${throttle}`;
  return script([
    about(
      sweep,
      `Trains cells of ${counted(sweep.runs.length, "run")} in ` +
        `${counted(of, "chunk")}.`,
    ),
    ...directives({
      "job-name": name,
      array: rangesOf(indices) + most,
      ...common(resources),
      output: `${sweep.jobs.replaceAll("%", "%%")}/logs/%x-%a.log`,
      "cpus-per-task": cpus,
      gres,
    }),
    "#SBATCH --requeue",
    ...resources.sbatch.map((option) => `#SBATCH ${option}`),
    ...prepared(start),
    "# In place of the shell: SIGTERM reaches Deno, which writes a checkpoint and",
    "# ends with 143. The same cell goes on from there.",
    ...executed(start, withoutCheck(start.flags), [
      `--sweep-file ${shellWords([sweepFileOf(sweep)])}`,
      `--cell "${index}/${of}"`,
    ]),
  ]);
}

/** The script of the job that gathers. */
export function gatherScript(
  sweep: Sweep,
  start: Start,
  resources: Resources,
): string {
  return script([
    about(
      sweep,
      "Writes the summary and the figures of the runs that there are.",
    ),
    ...directives({
      "job-name": gatherName(sweep),
      ...common(resources),
      output: `${sweep.jobs.replaceAll("%", "%%")}/logs/%x.log`,
    }),
    ...resources.sbatch.map((option) => `#SBATCH ${option}`),
    ...prepared(start),
    ...executed(start, start.flags, ["--gather"]),
  ]);
}

function script(lines: readonly string[]): string {
  return ["#!/bin/sh", ...lines, ""].join("\n");
}

function about({ experiment, id, command }: Sweep, does: string): string {
  const lines = [`${experiment} ${id}. ${does} Written by:`, command];
  return lines.map((line) => `# ${printable(line)}`).join("\n");
}

const common = ({ partition, time, mem }: Resources) => ({
  partition,
  nodes: 1,
  ntasks: 1,
  time,
  mem,
});

function directives(
  options: Readonly<Record<string, string | number | undefined>>,
): string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `#SBATCH --${name}=${directiveWord(`${value}`)}`);
}

/** Slurm's reader of directives knows double quotes, and \ inside of them. */
function directiveWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text)
    ? text
    : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function prepared({ start, user, env }: Start): string[] {
  return [
    "",
    `cd ${shellWords([start])} || exit 2`,
    ...Object.entries({ INIT_CWD: user, ...env })
      .map(([name, value]) => `export ${name}=${shellWords([value])}`),
  ];
}

/** The lines of the command that takes the shell's place. */
function executed(
  { command }: Start,
  flags: readonly string[],
  more: readonly string[],
): string[] {
  const lines = [command.slice(0, -1), command.slice(-1), flags]
    .map(shellWords);
  return [
    `exec ${lines[0]}`,
    ...[...lines.slice(1), ...more]
      .filter((line) => line !== "").map((line) => `  ${line}`),
  ]
    .join(" \\\n").split("\n");
}

/** Cells are compared with nothing: the gather job is. */
export function withoutCheck(flags: readonly string[]): string[] {
  return flags.filter((flag) => !/^--check(=|$)/.test(flag));
}
