/** Runs of an experiment's folder, as they are held against papers. */

import type { TextRow } from "../results/csv_table.ts";
import { readEvaluations, readFinalQuantities } from "../sweep/finished_run.ts";
import { type StoredRun, storedRuns } from "../sweep/stored_runs.ts";
import { isSameUpTo } from "../objective/schedule.ts";
import type { RunConfig } from "../train/config.ts";
import { samplesEvaluated } from "../train/samples_evaluated.ts";
import { meanInterval } from "../statistics/mean_interval.ts";
import type { Provenance, PublishedNumber } from "./comparison.ts";
import { ofPairs, ofTrainings } from "./difference.ts";

/** A finished run. */
export interface ObtainedRun extends StoredRun {
  /** training samples that it evaluated: see `timesEvaluated` */
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

/** Groups of one length whose set-ups differ in a field: one at least. */
export type Family = readonly [SeedGroup, ...SeedGroup[]];

/**
 * The finished runs in an experiment's folder, in groups of one set-up, by
 * name; of each the longest. None if there is no folder.
 *
 * @throws {UserError} a run is damaged, or of another version
 */
export async function longestRuns(from: RunsOf): Promise<SeedGroup[]> {
  const families = grouped(
    await seedGroups(from),
    ([{ config }]) => without(config, OF_SEED),
  );
  return longest(families, OF_LENGTH).flat();
}

/**
 * The finished runs in groups that are to be held against each other: of one
 * set-up and length but for a field. Of each set-up the longest family that is
 * whole.
 *
 * @throws {UserError} as {@linkcode longestRuns}
 */
export async function longestFamilies(
  from: RunsOf,
  field: keyof RunConfig,
  isWhole: (family: Family) => boolean,
): Promise<Family[]> {
  const families = grouped(
    await seedGroups(from),
    ([{ config }]) => without(config, [...OF_SEED, field]),
  );
  return longest(families.filter(isWhole), [...OF_LENGTH, field]);
}

async function seedGroups(from: RunsOf): Promise<SeedGroup[]> {
  const runs = await finishedRuns(from);
  return grouped(runs, ({ config }) => without(config, OF_SEED)).map(
    ofEachSeed,
  );
}

/**
 * One run of each seed: of another engine, or evaluated at other steps, it is
 * the same training once more. The one with the most evaluations, or the first.
 */
function ofEachSeed(runs: SeedGroup): SeedGroup {
  return grouped(runs, ({ config }) => `${config.seed}`).map((alike) =>
    alike.reduce((most, run) =>
      run.evaluations.length > most.evaluations.length ? run : most
    )
  ) as [ObtainedRun, ...ObtainedRun[]];
}

/**
 * The families, without those that are the beginning of another one which is
 * alike except for some fields.
 */
function longest(
  families: readonly Family[],
  fields: readonly (keyof RunConfig)[],
): Family[] {
  return grouped(families, ([[{ config }]]) => without(config, fields))
    .flatMap((alike) =>
      alike.filter(([[one]]) =>
        !alike.some(([[other]]) =>
          other.budget > one.budget && hasSameStepSizes(one, other)
        )
      )
    );
}

/** Whether two runs have the same step sizes, as far as the first goes. */
function hasSameStepSizes(
  { config: one }: ObtainedRun,
  { config: other }: ObtainedRun,
): boolean {
  return isSameUpTo(one.learningRate, other.learningRate, one.steps);
}

/** Lists of those with the same key, in the order of their first. */
function grouped<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
): [T, ...T[]][] {
  return [...Map.groupBy(all, keyOf).values()] as [T, ...T[]][];
}

async function finishedRuns(
  { folder, names }: RunsOf,
): Promise<ObtainedRun[]> {
  const runs: ObtainedRun[] = [];
  for (const run of await storedRuns(folder)) {
    if (names?.has(run.name) === false || run.json.status !== "finished") {
      continue;
    }
    // Papers train on all rows, to the end.
    if (run.json.ended ?? run.config.validationFraction) continue;
    runs.push({
      ...run,
      budget: samplesEvaluated(run.config),
      evaluations: await readEvaluations(run.folder),
    });
  }
  return runs;
}

/** What the seed says, and where a curve has its points. */
const OF_SEED = ["seed", "evalEvery"] as const;

/** What may differ with the length: stages of step sizes are cut to it. */
const OF_LENGTH = [
  ...OF_SEED,
  ...["steps", "learningRate", "finalEvaluation"] as const,
] as const;

/** Alike for configs that differ in some fields alone. */
function without(
  config: RunConfig,
  fields: readonly (keyof RunConfig)[],
): string {
  return JSON.stringify(
    Object.entries(config).filter(([field]) =>
      !fields.includes(field as keyof RunConfig)
    ),
  );
}

export function provenanceOf(runs: readonly ObtainedRun[]): Provenance[] {
  return runs.map(({ config: { seed }, json: { git, engine }, budget }) => ({
    seed,
    commit: git.commit,
    dirty: git.dirty,
    budget,
    engine: engine.name,
  }));
}

/** A quantity of the evaluation after the last step; null: it has none. */
export async function finalQuantity(
  { folder, config }: ObtainedRun,
  quantity: string,
): Promise<number | null> {
  const value = (await readFinalQuantities(folder, config))?.get(quantity);
  return value === undefined ? null : Number(value);
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
  return meanInterval(group.map(value)).mean;
}

/** The mean of values and, where there are several, their deviation. */
function overSeeds(
  values: readonly number[],
): Pick<PublishedNumber, "obtained" | "spread"> {
  const { n, mean, sd } = meanInterval(values);
  return n > 1 ? { obtained: mean, spread: sd } : { obtained: mean };
}

type Held = Pick<
  PublishedNumber,
  "obtained" | "spread" | "published" | "difference"
>;

/** Our trainings, by seed, against those of a paper. */
export function againstTrainings(
  ours: readonly number[],
  theirs: readonly number[],
): Held {
  return {
    ...overSeeds(ours),
    published: meanInterval(theirs).mean,
    difference: ofTrainings(ours, theirs),
  };
}

/** Our trainings, by seed, against what each is to have. */
export function againstExpected(
  ours: readonly number[],
  expected: readonly number[],
): Held {
  return {
    ...overSeeds(ours),
    published: meanInterval(expected).mean,
    difference: ofPairs(ours, expected),
  };
}

/**
 * A quantity of trainings and of others that differ from them, by the seeds
 * that both have; null where they have none in common.
 */
export function againstOthers(
  ours: SeedGroup,
  others: SeedGroup,
  value: (run: ObtainedRun) => number,
): Held | null {
  const pairs = ours.flatMap((run) =>
    others.filter((other) => other.config.seed === run.config.seed)
      .map((other) => [value(run), value(other)] as const)
  );
  if (pairs.length === 0) return null;
  return againstExpected(
    pairs.map(([one]) => one),
    pairs.map(([, one]) => one),
  );
}
