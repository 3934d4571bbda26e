/** How long runs take, from how long others took. */

import { datasetRow } from "../data/load.ts";
import { UserError } from "../errors.ts";
import { targetOf } from "../files.ts";
import { parameterShapes } from "../model/spec.ts";
import { importanceSamples } from "../objective/spec.ts";
import {
  endOf,
  MADE_JSON,
  type MadeJson,
  readMade,
  readRunJson,
  type RunJson,
} from "../results/run_json.ts";
import { partialNames, runNames } from "../results/run_place.ts";
import { type RunConfig, runConfigSchema } from "../train/config.ts";
import { vaeSpec } from "../train/create_vae.ts";
import { samplesPerStep } from "../train/samples_evaluated.ts";

/** How long a run took. */
export interface Timed {
  readonly config: RunConfig;
  readonly engine: RunJson["engine"]["name"];
  readonly backend: RunJson["backend"]["name"];
  /** whether it was made on this machine, or is of the results that git keeps */
  readonly isHere: boolean;
  /** of a training step; see {@linkcode MILLISECONDS} for those of git */
  readonly millisecondsPerStep: number;
  /** data, evaluation and pictures; null: it did not come so far */
  readonly secondsBeside: number | null;
}

/**
 * Of a product of weights on the wasm engine: one thread on an AMD EPYC takes
 * 5.54 ms for a step of 784-400-20 with batches of 128 and one draw
 * (results/bench/amd-epyc.md), which is 128 times 652,824 of them.
 */
const MILLISECONDS = 5.54 / (128 * 652_824);

/** The time of the run in a folder; null: it says none that can be read. */
async function timeOf(path: string): Promise<Timed | null> {
  let run: RunJson | null;
  let made: MadeJson | null;
  let isHere: boolean;
  try {
    run = await readRunJson(path);
    made = run && await readMade(path, run);
    isHere = await targetOf(`${path}/${MADE_JSON}`) !== null;
  } catch (error) {
    // Who trains the run, or reads it, is told.
    if (error instanceof UserError) return null;
    throw error;
  }
  if (run === null || made === null) return null;
  const { timing, engine, backend } = made;
  const config = runConfigSchema.safeParse(run.config).data;
  if (timing === undefined || config === undefined) return null;
  const { seconds, millisecondsPerStep, resumedFrom } = timing;
  if (millisecondsPerStep === 0) return null; // no step was made
  const training = (endOf(run).step - resumedFrom) * millisecondsPerStep / 1000;
  const isOfEngine = isHere || engine.name !== "wasm";
  return {
    ...{ config, engine: engine.name, backend: backend.name, isHere },
    // git's times are of machines that were busy, and of slower versions.
    millisecondsPerStep: isOfEngine
      ? millisecondsPerStep
      : MILLISECONDS * stepCost(config),
    secondsBeside: run.status === "finished"
      ? Math.max(0, seconds - training)
      : null,
  };
}

/** The times of the runs in an experiment's folder, of those begun, too. */
export async function timesIn(folder: string): Promise<Timed[]> {
  const times: Timed[] = [];
  const names = [...await runNames(folder), ...await partialNames(folder)];
  for (const name of names) {
    const time = await timeOf(`${folder}/${name}`);
    if (time !== null) times.push(time);
  }
  return times;
}

/**
 * What a training step costs, in products of weights: those of the encoder for
 * each datapoint, and those of the decoder for each draw.
 */
export function stepCost(config: RunConfig): number {
  const shapes = parameterShapes(vaeSpec(config, datasetRow(config)));
  const weights = (part: string) =>
    shapes.filter(({ name }) => name.startsWith(part))
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const draws = config.samples * importanceSamples(config.objective);
  return samplesPerStep(config) *
    (weights("encoder/") + draws * weights("decoder/"));
}

/**
 * Whether what a run does beside its steps takes about as long: with other data
 * or another last evaluation it can take a hundred times as long.
 */
function evaluatesAs(one: RunConfig, other: RunConfig): boolean {
  const work = ({ dataset, testSize, finalEvaluation }: RunConfig) =>
    JSON.stringify([dataset, testSize, finalEvaluation]);
  return work(one) === work(other);
}

/**
 * The seconds that a run is about to take from a step on: those of the timed run
 * that is most like it, in proportion to what their steps cost, and what the run
 * nearest to it that evaluates as it does took beside them; null: nothing is
 * known.
 */
export function estimates(
  times: readonly Timed[],
): (step: number, config: RunConfig) => number | null {
  const known = times.map((timed) => ({ timed, cost: stepCost(timed.config) }));
  return (step, config) => {
    const cost = stepCost(config);
    const near = known
      .map(({ timed, cost: own }) => ({ timed, ratio: cost / own }))
      .map((other) => ({ ...other, off: Math.abs(Math.log(other.ratio)) }))
      .sort((a, b) => a.off - b.off);
    const [first] = near;
    if (first === undefined) return null;
    const perStep = first.timed.millisecondsPerStep * first.ratio / 1000;
    const whole = near.find(({ timed }) =>
      timed.secondsBeside !== null && evaluatesAs(timed.config, config)
    );
    return (config.steps - step) * perStep + (whole?.timed.secondsBeside ?? 0);
  };
}
