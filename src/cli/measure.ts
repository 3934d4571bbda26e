/** The command line of an experiment that measures, and trains nothing. */

import { z } from "zod";
import type { RunsOf } from "../published/obtained.ts";
import { formatRows } from "../results/csv_text.ts";
import { makeFolder } from "../files.ts";
import { writeAtomically } from "../results/files.ts";
import { sourceState, versions } from "../results/provenance.ts";
import { inProject } from "./place.ts";
import { print, say } from "./progress.ts";
import { readTask, runTask, type Task } from "./task.ts";
import { once } from "../config/texts.ts";
import { integer, text } from "../config/value.ts";

/** A flag whose value is an integer. */
export interface NumberFlag {
  /** what it sets */
  readonly help: string;
  /** where the flag is not given */
  readonly default: number;
  /** the smallest value */
  readonly min: number;
  /** the largest value */
  readonly max: number;
}

/** What is measured, and by which flags. */
export interface MeasuringExperiment<Name extends string> {
  /** of its task, `exp:NAME`, and of its folder in the results */
  readonly name: string;
  /** a line for --help */
  readonly shows: string;
  /** its flags, by name */
  readonly flags: Readonly<Record<Name, NumberFlag>>;
  /** the name of a measurement's folder */
  readonly label: (values: Readonly<Record<Name, number>>) => string;
  /** a line for each number that differs, for --check */
  readonly check: (runs: RunsOf) => Promise<string[]>;
}

/** What a measurement found. */
export interface Measured {
  /** what measurement.json says of how it was made */
  readonly record: Readonly<Record<string, unknown>>;
  /** name of the table, `evaluation-NAME.csv` */
  readonly table: string;
  /** its rows */
  readonly quantities: readonly {
    readonly quantity: string;
    readonly value: number;
    readonly standard_error: number;
  }[];
}

/**
 * Runs an experiment that measures as a program, and writes what it found: a
 * table of quantities, and measurement.json, which says what made it.
 *
 * @param measure returns what it found; it is given the values of the flags,
 *   and a function that shows a line of progress
 */
export async function measureMain<Name extends string>(
  experiment: MeasuringExperiment<Name>,
  measure: (
    values: Readonly<Record<Name, number>>,
    progress: (line: string) => void,
  ) => Measured,
): Promise<void> {
  const { name, shows, flags, label, check } = experiment;
  const names = Object.keys(flags) as Name[];
  const task: Task<Record<string, unknown>> = {
    usage: [shows, "", `Usage: deno task exp:${name} [FLAGS]`],
    flags: {
      ...Object.fromEntries(names.map((flag) => [
        flag,
        ["N", `${flags[flag].help} (default: ${flags[flag].default})`],
      ])),
      out: ["DIR", "where results go (default: results)"],
      check: ["", "exit code 1 where a number differs"],
      list: ["", "print the name of the measurement and write nothing"],
      quiet: ["", "print nothing but warnings and errors"],
    },
    schema: z.object({
      _: z.array(z.string()).max(0, "expected no argument but flags"),
      ...Object.fromEntries(names.map((flag) => {
        const { min, max } = flags[flag];
        return [flag, once(integer(min, max))];
      })),
      out: once(text()),
      check: z.boolean(),
      list: z.boolean(),
      quiet: z.boolean(),
    }),
  };
  await runTask(async (args) => {
    const given = readTask(args, task);
    if (given === null) return;
    const values = Object.fromEntries(
      names.map((flag) => [flag, given[flag] ?? flags[flag].default]),
    ) as Record<Name, number>;
    const run = label(values);
    if (given["list"]) return print(run);
    const log = given["quiet"] ? () => {} : say;
    const folder = `${given["out"] ?? inProject("results")}/${name}`;
    await write(`${folder}/${run}`, () => measure(values, log));
    log(`results in ${folder}`);
    if (!given["check"]) return;
    const off = await check({ folder, names: new Set([run]) });
    for (const line of off) say(line);
    return off.length > 0 ? 1 : 0;
  });
}

/** The record comes last: what has one is complete. */
async function write(folder: string, measure: () => Measured): Promise<void> {
  const { git: { commit, dirty } } = await sourceState();
  const begin = performance.now();
  const { record, table, quantities } = measure();
  const columns = ["quantity", "value", "standard_error"];
  await makeFolder(folder);
  await writeAtomically(
    `${folder}/evaluation-${table}.csv`,
    formatRows(columns, quantities, { headers: true }),
  );
  const seconds = Math.round((performance.now() - begin) / 1000);
  const source = { git: { commit, dirty }, versions: versions(), seconds };
  await writeAtomically(
    `${folder}/measurement.json`,
    JSON.stringify({ ...record, ...source }, null, 2) + "\n",
  );
}
