/** The training loop: batch, engine step, rows. */

import { host } from "#host";
import { traitsOf } from "../objective/spec.ts";
import type {
  Engine,
  EngineState,
  EvaluationSums,
  StepSettings,
} from "../engine/engine.ts";
import { Pace } from "../engine/pace.ts";
import { valueAt } from "../objective/schedule.ts";
import type { Batches } from "./batches.ts";
import type { RunConfig } from "./config.ts";
import { type Evaluated, RunEnd } from "./stopping.ts";

/** The terms of an ELBO, per datapoint, in nats. */
export interface Terms {
  /** reconstruction - kl, rounded to float32 */
  readonly elbo: number;
  /** (1/L) sum_l log p(x|z_l) */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
}

/** One training step: terms are means over its minibatch. */
export interface TrainRow extends Terms, StepSettings {
  /** from 1 */
  readonly step: number;
  /** training samples in the minibatches so far, with repetition */
  readonly samplesSeen: number;
  /** what the step maximises */
  readonly objective: number;
  /** the objective's further columns, by name */
  readonly more: Readonly<Record<string, number>>;
}

/** One evaluation: terms are means over the test split. */
export interface EvaluationRow extends Terms {
  /** training steps before it */
  readonly step: number;
  /** training samples in the minibatches before it, with repetition */
  readonly samplesSeen: number;
  /** means over the validation rows; null: there are none */
  readonly validation: Terms | null;
  /** KL by latent dimension, of both layers where there are two */
  readonly klPerDimension: readonly number[];
  /** the parameter that all pixels share, see `spreadColumn`; null: none */
  readonly spread: number | null;
  /** the objective's further columns, by name */
  readonly more: Readonly<Record<string, number>>;
}

/** What the loop yields. */
export type Report =
  | { readonly kind: "steps"; readonly rows: readonly TrainRow[] }
  | { readonly kind: "evaluation"; readonly row: EvaluationRow }
  | { readonly kind: "checkpoint"; readonly state: EngineState };

/** The loss is no longer finite: the run cannot continue. */
export class DivergedError extends Error {
  /** tells it from other errors */
  override readonly name = "DivergedError";
}

/** ELBO = reconstruction - KL, rounded to float32 as the engines compute. */
export function termsOf(reconstruction: number, kl: number): Terms {
  return { elbo: Math.fround(reconstruction - kl), reconstruction, kl };
}

/**
 * How long steps wait on the device until their terms are read: not long, for
 * progress and Ctrl-C. A reading may take 11 ms, so there are few of them.
 */
const BLOCK_MS = 250;
/** The most steps of a reading. */
const MOST_STEPS = 1024;
/** Those of a reading before it is known how long they take on the device. */
const FIRST_STEPS = 16;
/** Readings under way while the device goes on. */
const MOST_READINGS = 2;
/** What takes longer is read to its end. */
const LONGEST_WAIT_MS = 1000;
/** The longest time between two turns of the event loop. */
const TURN_MS = 5;

/** Options of a training that are not part of its config. */
export interface TrainOptions {
  /** ends the training early, after the reports of what is done */
  readonly signal?: AbortSignal;
  /** steps between checkpoints; the last step always has one */
  readonly checkpointEvery?: number;
  /** the evaluations up to the engine's step; none if absent */
  readonly evaluated?: readonly Evaluated[];
  /** The state after one of them, for `--keep best`; absent: there are none. */
  stateAt?(step: number): Promise<EngineState>;
}

/**
 * Trains from the step after the engine's to `config.steps`, or to where the
 * rule of `config.stopping` ends it. Yields the terms of every step in order,
 * evaluations after the last step and the steps that `config.evalEvery` names,
 * and the states for checkpoints. After the last of them the engine is in the
 * state that is the model: see `RunEnd`.
 *
 * @throws {DivergedError} after yielding the first row, of training or of an
 *   evaluation, that is not finite
 */
export async function* train(
  engine: Engine,
  batches: Batches,
  config: RunConfig,
  options: TrainOptions = {},
): AsyncGenerator<Report> {
  const { signal, checkpointEvery = Infinity } = options;
  const { steps, batchSize } = config;
  const end = new RunEnd(config, options.evaluated);
  const keepsBest = config.keep === "best";
  let best: EngineState | undefined;
  const isEvaluated = evaluatedSteps(config);
  let firstUnread = engine.stepsDone + 1;
  let lastRead = performance.now();
  let lastTurn = lastRead;
  const pace = new Pace();
  let blockSteps = FIRST_STEPS;
  /** terms on their way from the device, which continues meanwhile */
  const readings: Promise<Report & { kind: "steps" }>[] = [];

  async function read(): Promise<Report & { kind: "steps" }> {
    const first = firstUnread;
    const begun = lastRead;
    firstUnread += engine.pending;
    lastRead = performance.now();
    const terms = await engine.readTerms();
    pace.note(begun, terms.length);
    blockSteps = pace.stepsIn(BLOCK_MS, MOST_STEPS, FIRST_STEPS);
    const rows = terms.map(({ reconstruction, kl, objective, more }, i) => ({
      step: first + i,
      samplesSeen: (first + i) * batchSize,
      ...termsOf(reconstruction, kl),
      objective,
      ...settingsAt(config, first + i),
      more,
    }));
    return { kind: "steps", rows };
  }

  for (let step = firstUnread; step <= steps && !end.isReached; step++) {
    engine.step(batches.training(step), settingsAt(config, step));
    // Signal handlers run only when the event loop turns.
    if (performance.now() - lastTurn >= TURN_MS) {
      await host.turn();
      lastTurn = performance.now();
    }

    const evaluates = isEvaluated(step) || step === steps;
    let saves = step % checkpointEvery === 0 || step === steps;
    const stops = signal?.aborted ?? false;
    const waits = evaluates || saves || stops ||
      performance.now() - lastRead > LONGEST_WAIT_MS;
    if (waits || engine.pending >= blockSteps) {
      const reading = read();
      // Where a step fails first, these are not awaited.
      reading.catch(() => {});
      readings.push(reading);
    }
    while (readings.length > (waits ? 0 : MOST_READINGS)) {
      yield* untilDiverged(await readings.shift()!);
    }
    // A checkpoint vouches for the evaluation of its step, too.
    if (evaluates && !stops) {
      const row = await evaluate(engine, batches);
      yield {
        kind: "evaluation",
        row: { step, samplesSeen: step * batchSize, ...row },
      };
      requireFinite({ step, ...row });
      end.add({ step, elbo: (row.validation ?? row).elbo });
      saves ||= end.isReached || keepsBest && end.kept === step;
    }
    if (stops ? !evaluates : saves) {
      const state = await engine.save();
      if (keepsBest && end.kept === step) best = state;
      yield { kind: "checkpoint", state };
    }
    if (stops) return;
  }
  if (!keepsBest || end.kept === engine.stepsDone) return;
  if (best?.step !== end.kept) best = await options.stateAt?.(end.kept);
  if (best === undefined) throw new Error(`no state after step ${end.kept}`);
  engine.restore(best);
}

/** @throws {DivergedError} an ELBO of the evaluation is not finite */
function requireFinite(
  { step, elbo, validation }: Omit<EvaluationRow, "samplesSeen">,
): void {
  const splits = {
    "test split": elbo,
    "validation rows": validation?.elbo ?? 0,
  };
  for (const [of, elbo] of Object.entries(splits)) {
    if (Number.isFinite(elbo)) continue;
    throw new DivergedError(`the ELBO of the ${of} is ${elbo} at step ${step}`);
  }
}

/** Whether a step is one of those that `config.evalEvery` names. */
export function evaluatedSteps(
  { evalEvery }: RunConfig,
): (step: number) => boolean {
  if (typeof evalEvery === "number") return (step) => step % evalEvery === 0;
  const listed = new Set(evalEvery);
  return (step) => listed.has(step);
}

/** The values of the config's schedules at a step. @param step from 1 */
export function settingsAt(
  { learningRate, beta, freeBits, capacity, objective }: RunConfig,
  step: number,
): StepSettings {
  return {
    learningRate: valueAt(learningRate, step),
    beta: traitsOf(objective).klFactor * valueAt(beta, step),
    freeBits: freeBits === null ? null : valueAt(freeBits, step),
    capacity: capacity === null ? null : valueAt(capacity, step),
  };
}

/** Means of the ELBO's terms over the test split, and over validation rows. */
export async function evaluate(
  engine: Engine,
  batches: Batches,
): Promise<Omit<EvaluationRow, "step" | "samplesSeen">> {
  const sums = await engine.evaluate(batches.test());
  const mean = (sum: number) => Math.fround(sum / batches.testCount);
  return {
    ...meansOf(sums, batches.testCount),
    validation: batches.validationCount === 0 ? null : meansOf(
      await engine.evaluate(batches.validation()),
      batches.validationCount,
    ),
    klPerDimension: sums.kl.map(mean),
    spread: await engine.vae.spread(),
    more: Object.fromEntries(
      Object.entries(sums.more).map(([name, sum]) => [name, mean(sum)]),
    ),
  };
}

function meansOf({ reconstruction, kl }: EvaluationSums, count: number): Terms {
  const all = kl.reduce((sum, value) => sum + value, 0);
  return termsOf(
    Math.fround(reconstruction / count),
    Math.fround(all / count),
  );
}

function* untilDiverged(
  report: Report & { kind: "steps" },
): Generator<Report> {
  const { rows } = report;
  const bad = rows.findIndex((row) => nameOfBad(row) !== undefined);
  if (bad === -1) {
    yield report;
    return;
  }
  yield { kind: "steps", rows: rows.slice(0, bad + 1) };
  const row = rows[bad]!;
  const name = nameOfBad(row)!;
  throw new DivergedError(
    `the ${NAMES[name]} is ${row[name]} at step ${row.step}`,
  );
}

/** Terms that must be finite, and their names in messages. */
const NAMES = { elbo: "ELBO", objective: "objective" } as const;

function nameOfBad(row: TrainRow): keyof typeof NAMES | undefined {
  return (["elbo", "objective"] as const)
    .find((name) => !Number.isFinite(row[name]));
}
