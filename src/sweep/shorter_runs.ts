/** Finished runs that longer ones begin with. */

import { targetOf } from "../files.ts";
import { checkpointSteps } from "../results/checkpoint.ts";
import { partialOf } from "../results/run_place.ts";
import { endOf } from "../results/run_json.ts";
import type { RunConfig } from "../train/config.ts";
import { beginningOf, kindOf } from "../train/longer.ts";
import { evaluatedSteps } from "../train/loop.ts";
import { type Evaluated, isRuled, RunEnd } from "../train/stopping.ts";
import { evaluatedOf, readEvaluations } from "./finished_run.ts";
import type { PlannedRun } from "./runs.ts";
import type { StoredRun } from "./stored_runs.ts";

/** A finished run that has the first steps of a planned one. */
export interface Shorter {
  readonly name: string;
  readonly folder: string;
  readonly config: RunConfig;
  /** where its training ended */
  readonly step: number;
  /** the step whose state the planned run keeps beside that; null: none */
  readonly kept: number | null;
  /** whether the rule of the planned run ends it there, so that no step follows */
  readonly isEnd: boolean;
  /** why the planned run does not go on from it; null: it can */
  readonly why: string | null;
}

/** What a run needs to be gone on from and has not; null: it has all. */
async function missingFrom(
  folder: string,
  steps: readonly number[],
): Promise<string | null> {
  const checkpoints = steps.map((step) => `checkpoint-${step}.safetensors`);
  for (const file of ["train.csv", "eval.csv", ...checkpoints]) {
    if (await targetOf(`${folder}/${file}`) === null) {
      return `it has no ${file}`;
    }
  }
  return null;
}

/**
 * The evaluations, as far as a rule asks for them, that a run has when it has
 * gone on from the end of a shorter one.
 */
async function evaluationsOf(
  config: RunConfig,
  { folder, json }: StoredRun,
): Promise<Evaluated[]> {
  if (!isRuled(config)) return [];
  const { step } = endOf(json);
  return evaluatedOf(await readEvaluations(folder), config)
    .filter((row) => row.step < step || evaluatedSteps(config)(row.step));
}

/**
 * For planned runs that are to start at their beginning, by name: the longest
 * finished run of the same config that made fewer steps; or, where no such run can be
 * gone on from, the longest with the reason.
 *
 * @param folder of the experiment
 */
export async function shorterRuns(
  folder: string,
  planned: readonly PlannedRun[],
  stored: readonly StoredRun[],
): Promise<Map<string, Shorter>> {
  const names = new Set(stored.map(({ name }) => name));
  const finished = Map.groupBy(
    stored.filter(({ json }) => json.status === "finished")
      .toSorted((p, q) => endOf(q.json).step - endOf(p.json).step),
    ({ config }) => kindOf(config),
  );
  const found = new Map<string, Shorter>();
  for (const { name, config } of planned) {
    if (names.has(name)) continue;
    const partial = partialOf(`${folder}/${name}`);
    if ((await checkpointSteps(partial)).length > 0) continue;
    for (const run of finished.get(kindOf(config)) ?? []) {
      const { step } = endOf(run.json);
      const beginning = beginningOf(config, { ...run.config, steps: step });
      if (beginning.kind === "other") continue;
      const evaluated = await evaluationsOf(config, run);
      const end = new RunEnd(config, evaluated);
      const isEnd = end.isReached && end.step === step;
      // Beside the state of its last step.
      const kept = config.keep === "best" ? end.kept || null : null;
      const why = beginning.kind === "differs"
        ? beginning.why
        : await missingFrom(run.folder, [step, ...kept === null ? [] : [kept]]);
      const known = found.get(name);
      if (known === undefined || why === null) {
        found.set(name, {
          name: run.name,
          folder: run.folder,
          config: run.config,
          ...{ step, kept, isEnd, why },
        });
      }
      if (why === null) break;
    }
  }
  return found;
}
