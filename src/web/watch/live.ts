/** The record of a report of runs that are being made. */

import { basename, dirname } from "node:path";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { runInFolder, type SourceRun } from "../../figures/source_runs.ts";
import { readBytes, targetOf } from "../../files.ts";
import { glanceAtOrigin } from "../../results/checkpoint.ts";
import type { Table } from "../../results/csv_table.ts";
import type { Report } from "../report/record/record.ts";
import { reportOf } from "../report/record/report.ts";
import { partsOf, type RunParts } from "../report/record/run_parts.ts";
import { GrowingTable } from "./growing_table.ts";
import { scan, type SeenRun } from "./scan.ts";

/** Places of long curves. */
const PLACES = 120;

/** What is kept of a run, so that only changes are read. */
interface Known {
  readonly stamp: string;
  /** or why there is nothing to show */
  readonly parts: RunParts | string;
}

/** The state of a folder's runs, whoever writes them. */
export class LiveRuns {
  readonly #folder: string;
  readonly #known = new Map<string, Known>();
  /** stamps of runs that could not be read, perhaps while they were moved */
  readonly #doubted = new Map<string, string>();
  readonly #tables = new Map<string, GrowingTable>();

  constructor(folder: string) {
    this.#folder = folder.replace(/(?<=.)\/+$/, "");
  }

  /**
   * Looks at the folder.
   *
   * @returns whether something has changed
   * @throws {UserError} it cannot be read
   */
  async look(): Promise<boolean> {
    const seen = await scan(this.#folder);
    const paths = new Set(seen.map(({ path }) => path));
    const folders = new Set(seen.map(({ folder }) => folder));
    let hasChanged = keepOnly(this.#known, (path) => paths.has(path));
    keepOnly(this.#tables, (path) => folders.has(dirname(path)));
    for (const run of seen) {
      if (this.#known.get(run.path)?.stamp === run.stamp) continue;
      const parts = await this.#read(run);
      const isDoubtful = typeof parts === "string" &&
        this.#doubted.get(run.path) !== run.stamp;
      this.#doubted.set(run.path, run.stamp);
      if (isDoubtful) continue; // the next look says whether it stays so
      this.#known.set(run.path, { stamp: run.stamp, parts });
      hasChanged = true;
    }
    return hasChanged;
  }

  /** The record of what {@linkcode look} saw last. */
  report(): Report {
    const known = [...this.#known].map(([path, { parts }]) => ({
      path,
      parts,
    }));
    return reportOf(
      known.flatMap(({ parts }) => typeof parts === "string" ? [] : [parts]),
      {
        title: this.#folder,
        leftOut: known.flatMap(({ path, parts }) =>
          typeof parts === "string" ? [{ path, why: parts }] : []
        ),
        ...{ published: [], comparison: null },
      },
    );
  }

  /** A run, or why it cannot be shown. */
  async #read(seen: SeenRun): Promise<RunParts | string> {
    try {
      if (seen.isRunning) return await this.#readRunning(seen);
      const run = await runInFolder(seen.path);
      if (run.status === "finished") return await partsOf(run, PLACES);
      const { error } = run.record;
      return typeof error === "string" ? `it failed: ${error}` : run.status;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
  }

  async #readRunning({ path, folder }: SeenRun): Promise<RunParts> {
    const config = await configOf(path, folder);
    const table = (file: string) => this.#table(`${folder}/${file}`);
    const run: SourceRun = {
      ...{ name: basename(path), path, config, table },
      experiment: basename(dirname(path)),
      ...{ revision: "", status: "running", record: {} },
      async file(name) {
        const isThere = (await targetOf(`${folder}/${name}`))?.isFile;
        return isThere ? await readBytes(`${folder}/${name}`) : null;
      },
    };
    const train = await table("train.csv");
    const written = (await targetOf(`${folder}/train.csv`))?.mtime;
    return await partsOf(run, PLACES, {
      step: train?.columns.get("step")?.numbers.at(-1) ?? 0,
      steps: z.int().min(1).safeParse(config["steps"]).data ?? null,
      at: written?.getTime() ?? 0,
    });
  }

  async #table(path: string): Promise<Table | null> {
    const table = this.#tables.get(path) ?? new GrowingTable(path);
    this.#tables.set(path, table);
    return await table.table();
  }
}

/** Forgets the others. @returns whether there were any */
function keepOnly(
  known: Map<string, unknown>,
  isKept: (path: string) => boolean,
): boolean {
  const { size } = known;
  for (const path of known.keys()) if (!isKept(path)) known.delete(path);
  return known.size < size;
}

const configSchema = z.record(z.string(), z.unknown());

/**
 * The config of a run that is being made: of its checkpoint, or of the run that
 * it takes the place of; empty before its first checkpoint.
 */
async function configOf(
  path: string,
  folder: string,
): Promise<SourceRun["config"]> {
  const origin = await glanceAtOrigin(folder);
  const config = configSchema.safeParse(origin?.["config"]).data;
  if (config !== undefined) return config;
  const isMadeAnew = (await targetOf(`${path}/run.json`))?.isFile;
  return isMadeAnew ? (await runInFolder(path)).config : {};
}
