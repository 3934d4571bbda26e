/** What a run is opened with, and what of it others must have in common. */

import { datasetLabel, type TrainingData } from "../data/load.ts";
import type { Engine } from "../engine/engine.ts";
import { UserError } from "../errors.ts";
import { type Origin, otherKey, readOrigin } from "../results/checkpoint.ts";
import { identityOf } from "../results/identity.ts";
import type { Source } from "../results/provenance.ts";
import type { RunJson } from "../results/run_json.ts";
import { checkData } from "../train/check_data.ts";
import { evaluatedSteps, type TrainRow } from "../train/loop.ts";
import type { PlannedRun } from "./runs.ts";
import type { Shorter } from "./shorter_runs.ts";

/** Files of the user's own data. */
export interface DataFiles {
  /** as `--data` names the file, or the folder of the files */
  readonly path: string;
  /** of the files, without folders */
  readonly names: readonly string[];
}

/** What a run is opened with. */
export interface OpenRunOptions {
  /** where its folder will be */
  readonly path: string;
  readonly plan: PlannedRun;
  /** what run.json says beside what is known here */
  readonly facts: Pick<
    RunJson,
    | "experiment"
    | "engine"
    | "backend"
    | "versions"
    | "lockSha256"
    | "command"
  >;
  readonly source: Source;
  /** path of the script that no task starts; absent: one does */
  readonly script?: string | undefined;
  /** whether to start over even where there is a checkpoint */
  readonly fresh: boolean;
  readonly data: TrainingData;
  /** a shorter run of its config, to go on from where it has not begun */
  readonly shorter?: Shorter | undefined;
  /** the files of the user's own data; absent: there are none */
  readonly files?: DataFiles | undefined;
  readonly engine: Engine;
  /** told the newest training row */
  readonly onRow: (row: TrainRow) => void;
}

/** What a run's bits depend on beside its config, engine, packages and source. */
const DEPENDS_ON = {
  portable: [],
  machine: ["backend", "versions"],
  backend: ["backend", "versions"],
} as const satisfies Record<
  RunJson["engine"]["bits"],
  readonly (keyof OpenRunOptions["facts"])[]
>;

/**
 * What the processes that write a run must have in common. A portable run's
 * checkpoints name no machine: they are the same files on each, and go on there.
 */
export function originOf(
  { plan, facts, source, data }: OpenRunOptions,
): Origin {
  const { engine, lockSha256 } = facts;
  return {
    config: plan.config,
    engine,
    ...Object.fromEntries(
      DEPENDS_ON[engine.bits].map((name) => [name, facts[name]]),
    ),
    lockSha256,
    dataSha256: data.sha256,
    ...identityOf(source),
  };
}

/** The shorter run, with a reason if another process than this made it. */
export async function checkShorter(
  options: OpenRunOptions,
): Promise<Shorter | null> {
  const { shorter } = options;
  if (shorter === undefined || shorter.why !== null) return shorter ?? null;
  const { config: _, ...here } = originOf(options);
  try {
    const there = await readOrigin(shorter.folder);
    const key = there === null ? null : otherKey(there, here);
    const why = key === null ? null : `it was trained with another ${key}`;
    return { ...shorter, why };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...shorter, why: "its checkpoint is damaged" };
  }
}

/** How a run starts from the end of a shorter one. */
export function startOf(
  options: OpenRunOptions,
  { folder, step, kept }: Shorter,
) {
  const { config: _, ...origin } = originOf(options);
  const isEvaluated = evaluatedSteps(options.plan.config)(step);
  return { folder, origin, isEvaluated, kept };
}

/** @throws {UserError} the data are not those that the config says */
export function requireRunsData(
  { data, plan: { config } }: OpenRunOptions,
): void {
  checkData(data, config);
  const isValidated = config.validationFraction !== undefined;
  if (isValidated !== (data.validation !== undefined)) {
    throw new UserError(
      `data ${data.name}: loaded ${isValidated ? "without" : "with"} ` +
        "validation rows, and the config is not; load the data with the " +
        "config itself",
    );
  }
  const label = datasetLabel(config);
  if (data.name !== label) {
    throw new UserError(
      `data ${data.name}: the run's config says ${label}; give main() the ` +
        "data, as in main({ ...experiment, data: dataset({ ... }) }, ...)",
    );
  }
  for (const split of ["train", "test"] as const) {
    const [asked, { count: rows }] = [config[`${split}Size`], data[split]];
    const count = rows + (split === "train" ? data.validation?.count ?? 0 : 0);
    if (asked === null || asked <= count) continue;
    throw new UserError(
      `--${split}-size ${asked}: the ${split} split of ${label} has ${count} ` +
        "rows",
    );
  }
}
