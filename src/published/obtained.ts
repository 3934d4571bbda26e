/** Runs of an experiment's folder, as they are held against papers. */

import { readCsv, type TextRow } from "../results/csv_file.ts";
import { readRunJson, type RunJson } from "../results/run_json.ts";
import { readEvaluations } from "../sweep/evaluations.ts";
import { type RunConfig, runConfigSchema } from "../train/config.ts";
import type { Origin } from "./comparison.ts";

/** A finished run. */
export interface ObtainedRun {
  /** where it is */
  readonly folder: string;
  /** what it was */
  readonly json: RunJson;
  /** what its numbers depend on */
  readonly config: RunConfig;
  /** training samples that it evaluated */
  readonly budget: number;
  /** rows of eval.csv */
  readonly evaluations: readonly TextRow[];
}

/** Where runs are. */
export interface RunsOf {
  /** of an experiment, with a folder for each run */
  readonly folder: string;
  /** names of the runs that count; all if absent */
  readonly names?: ReadonlySet<string>;
}

/** Runs of one set-up and length that differ in their seeds: one at least. */
export type SeedGroup = readonly [ObtainedRun, ...ObtainedRun[]];

const collator = new Intl.Collator("en", { numeric: true });

/**
 * The finished runs in an experiment's folder, in groups of one set-up, by
 * name; of each the longest. None where there is no folder.
 *
 * @throws {UserError} a run is damaged, or of another version
 */
export async function longestRuns(from: RunsOf): Promise<SeedGroup[]> {
  const runs = await finishedRuns(from);
  const groups = Map.groupBy(runs, ({ config }) => setupKey(config));
  return [...groups.values()].map((group) => {
    const longest = Math.max(...group.map(({ budget }) => budget));
    const [first, ...rest] = group.filter(({ budget }) => budget === longest);
    return [first!, ...rest];
  });
}

async function finishedRuns(
  { folder, names }: RunsOf,
): Promise<ObtainedRun[]> {
  const runs: ObtainedRun[] = [];
  for (const name of (await foldersIn(folder)).sort(collator.compare)) {
    if (names?.has(name) === false) continue;
    const json = await readRunJson(`${folder}/${name}`);
    if (json?.status !== "finished") continue;
    const config = runConfigSchema.parse(json.config);
    runs.push({
      folder: `${folder}/${name}`,
      json,
      config,
      budget: config.steps * config.batchSize,
      evaluations: await readEvaluations(`${folder}/${name}`),
    });
  }
  return runs;
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries
      .filter(({ name, isDirectory }) =>
        isDirectory && !name.endsWith(".partial")
      )
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Alike for runs that differ in seed, length and what follows from it. */
function setupKey(config: RunConfig): string {
  return JSON.stringify(
    Object.entries(config).filter(([field]) => !OF_LENGTH.includes(field)),
  );
}

const OF_LENGTH = ["seed", "steps", "evalEvery", "learningRate"]
  .concat("finalEvaluation");

/** Where the runs' numbers come from. */
export function originsOf(runs: readonly ObtainedRun[]): Origin[] {
  return runs.map(({ config: { seed }, json: { git }, budget }) => ({
    seed,
    commit: git.commit,
    dirty: git.dirty,
    budget,
  }));
}

/** A quantity of the evaluation after the last step; null: it has none. */
export async function finalQuantity(
  { folder, config: { finalEvaluation } }: ObtainedRun,
  quantity: string,
): Promise<number | null> {
  if (finalEvaluation === null) return null;
  const { k, rows } = finalEvaluation;
  const path = `${folder}/evaluation-k${k}-n${rows}.csv`;
  const found = (await readCsv(path, ["value"]))
    .find((row) => row["quantity"] === quantity);
  return found === undefined ? null : Number(found["value"]);
}

/** A column of a run's last evaluation. */
export function lastOf({ evaluations }: ObtainedRun, column: string): number {
  return Number(evaluations.at(-1)?.[column] ?? NaN);
}

/** The mean over a group's seeds. */
export function meanOverSeeds(
  group: SeedGroup,
  value: (run: ObtainedRun) => number,
): number {
  return group.reduce((sum, run) => sum + value(run), 0) / group.length;
}
