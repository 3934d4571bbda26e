/** What the tasks that take finished runs have in common. */

import { parseArgs } from "@std/cli";
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { aligned } from "../text.ts";
import type { TrainingData } from "../data/load.ts";
import {
  type Backend,
  type BackendChoice,
  BACKENDS,
  openBackend,
} from "../engine/backend.ts";
import { MachineError, UserError } from "../errors.ts";
import type { TextFile } from "../evaluate/evaluation_files.ts";
import type { Vae } from "../model/vae.ts";
import { reading, writeAtomically } from "../results/files.ts";
import {
  type FinishedRun,
  readFinishedRun,
  restoreRun,
} from "../sweep/finished_run.ts";
import { withNegativeNumbers } from "./negative_numbers.ts";
import { downloadProgress, say } from "./progress.ts";
import { once, text, word } from "./values.ts";

/** Flags with a value: what stands for it, and what they do. */
export type TaskFlags = Readonly<Record<string, readonly [string, string]>>;

const SWITCHES = {
  quiet: "print no progress",
  help: "print this",
} as const;

/** The flags with a value that every such task has. */
export const RUN_FLAGS = {
  "data-dir": ["DIR", "where the files of mnist, mnist-fixed, freyface are"],
  backend: ["NAME", `${BACKENDS.join(", ")} (default: the run's own)`],
} as const satisfies TaskFlags;

/** What every such task is told: its runs, {@linkcode RUN_FLAGS}, switches. */
export const runFlagsSchema = {
  _: z.array(z.coerce.string()),
  "data-dir": once(text()),
  backend: once(word(BACKENDS)),
  quiet: z.boolean(),
  help: z.boolean(),
} as const;

/** The values of {@linkcode runFlagsSchema}. */
export interface RunFlags {
  /** paths of the runs */
  readonly _: readonly string[];
  /** where data sets are */
  readonly "data-dir"?: string | undefined;
  /** the tfjs backend; that of each run if absent */
  readonly backend?: BackendChoice | undefined;
  /** whether to show no progress */
  readonly quiet: boolean;
}

/**
 * Reads a command line.
 *
 * @param schema of the values of `flags`, the switches, and the runs as `_`
 * @throws {UserError} unknown flag, missing or bad value
 */
export function readTaskFlags<T>(
  args: readonly string[],
  flags: TaskFlags,
  schema: z.ZodType<T>,
): T {
  const names = Object.keys(flags);
  const parsed = parseArgs(withNegativeNumbers(args, names), {
    string: ["_", ...names],
    collect: names,
    boolean: Object.keys(SWITCHES),
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      throw new UserError(`${arg}: no such flag; --help lists them`);
    },
  });
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const typed = (parsed as Record<string, unknown>)[name];
  throw new UserError(`--${name} ${typed}: ${issue?.message}`);
}

/** The text of `--help`: what stands before and after the flags. */
export function taskHelp(
  before: readonly string[],
  flags: TaskFlags,
  after: readonly string[],
): string {
  const rows = [
    ...Object.entries(flags).map(([name, [value, help]]) => [
      `--${name} ${value}`,
      help,
    ]),
    ...Object.entries(SWITCHES).map(([name, help]) => [`--${name}`, help]),
  ];
  return [
    ...before,
    "",
    ...aligned(rows).map((line) => `  ${line}`),
    "",
    ...after,
  ].join("\n");
}

/** A finished run, with its model on the current tfjs backend. */
export interface RestoredRun {
  /** what it left */
  readonly run: FinishedRun;
  /** the model after the last step */
  readonly vae: Vae;
  /** what it was trained on */
  readonly data: TrainingData;
  /** the current one: that which was asked for, or the run's own */
  readonly backend: Backend;
}

/**
 * Restores the runs, one after the other, and works on each. All runs are read
 * and checked, and all backends opened, before any work, which takes its time.
 *
 * @param check refuses a run
 * @throws {UserError} there is no run, or one that is not finished or fits its
 *   data or backend no more
 */
export async function forEachRun(
  flags: RunFlags,
  { check, work }: {
    check?: (run: FinishedRun) => void;
    work: (restored: RestoredRun) => Promise<void>;
  },
): Promise<void> {
  const runs = await readRuns(flags._);
  if (check) runs.forEach(check);
  const choiceOf = ({ json }: FinishedRun) =>
    flags.backend ?? json.backend.name;
  const backends = new Map<BackendChoice, Backend>();
  for (const choice of new Set(runs.map(choiceOf))) {
    const backend = await openBackend(choice);
    if (!flags.quiet) say(backend.notice);
    backends.set(choice, backend);
  }
  for (const run of runs) {
    const backend = backends.get(choiceOf(run))!;
    await tf.setBackend(backend.name);
    const { vae, data } = await restoreRun(run, {
      dataDir: flags["data-dir"],
      onProgress: flags.quiet ? undefined : downloadProgress(),
    });
    using _ = vae;
    await work({ run, vae, data, backend });
  }
}

/** @throws {UserError} there is none, or one is not finished */
async function readRuns(
  paths: readonly string[],
): Promise<FinishedRun[]> {
  if (paths.length === 0) {
    throw new UserError(
      "no run is named; name a folder such as results/EXPERIMENT/RUN",
    );
  }
  const runs: FinishedRun[] = [];
  for (const path of paths) runs.push(await readFinishedRun(path));
  return runs;
}

/**
 * Writes files into a run's folder, all or none.
 *
 * @throws {UserError} they cannot be written, or one is there with other bytes
 */
export async function writeIntoRun(
  { folder }: FinishedRun,
  files: readonly TextFile[],
): Promise<void> {
  try {
    for (const { name, text } of files) {
      const path = `${folder}/${name}`;
      const there = await textOf(path);
      if (there === null || there === text) continue;
      throw new UserError(
        `${path} is there with other bytes, and stays; remove it, and give ` +
          "the command again, to have these",
      );
    }
    for (const { name, text } of files) {
      await writeAtomically(`${folder}/${name}`, text);
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The advice is that for results of experiments.
    const mend = "copy the run to another folder, and evaluate it there";
    throw new UserError(error.message.replace("use another --out DIR", mend));
  }
}

/** null: there is no such file */
async function textOf(path: string): Promise<string | null> {
  try {
    return await reading(path, () => Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * Runs a task as a program; a mistake is one line, exit code 2, and so is a
 * machine that failed, exit code 1.
 */
export async function runTask(
  task: (args: readonly string[]) => Promise<void>,
): Promise<void> {
  try {
    await task(Deno.args);
  } catch (error) {
    const isMistake = error instanceof UserError;
    if (!isMistake && !(error instanceof MachineError)) throw error;
    say(`error: ${error.message}`);
    Deno.exitCode = isMistake ? 2 : 1;
  }
}
