/** Whether one run begins with all the steps of another. */

import { isDeepStrictEqual } from "node:util";
import type { StepSettings } from "../engine/engine.ts";
import type { RunConfig } from "./config.ts";
import { evaluatedSteps, settingsAt } from "./loop.ts";

/** What may be another: the first steps tell, or it comes after the last. */
const MAY_DIFFER = {
  steps: 0,
  finalEvaluation: null,
  evalEvery: 0,
  learningRate: 0,
  beta: 0,
  freeBits: null,
  capacity: null,
} as const satisfies Partial<RunConfig>;

/** Schedules by name, as messages have them. */
const NAMES = {
  learningRate: "learning rate",
  beta: "beta",
  freeBits: "free bits",
  capacity: "capacity",
} as const satisfies Record<keyof StepSettings, string>;

/** What a run has in common with a shorter one. */
export type Beginning =
  /** it is of another config */
  | { readonly kind: "other" }
  /** it is of the same, but for what a schedule does, or when it evaluates */
  | { readonly kind: "differs"; readonly why: string }
  /** its first steps are those of the shorter run */
  | { readonly kind: "same" };

/** A text that is the same for runs of which one may begin another. */
export function kindOf(config: RunConfig): string {
  return JSON.stringify(sorted({ ...config, ...MAY_DIFFER }));
}

/**
 * What a run of `config` has in common with one of `shorter`, which has fewer
 * steps. Every draw is a function of the seed and the step, so that the steps of
 * both are the same to the bit where the values of all schedules are.
 */
export function beginningOf(config: RunConfig, shorter: RunConfig): Beginning {
  if (kindOf(config) !== kindOf(shorter) || shorter.steps >= config.steps) {
    return { kind: "other" };
  }
  const schedule = firstOtherValue(config, shorter);
  // Of another learning rate from the start it is another run, as in a sweep.
  if (schedule?.step === 1) return { kind: "other" };
  if (schedule !== null) {
    const { name, step } = schedule;
    const why = `its ${name} is another from step ${step} on`;
    return { kind: "differs", why };
  }
  const evaluation = firstOtherEvaluation(config, shorter);
  if (evaluation === null) return { kind: "same" };
  return {
    kind: "differs",
    why: `step ${evaluation} is evaluated in one of them alone`,
  };
}

function firstOtherValue(a: RunConfig, b: RunConfig) {
  const keys = ["learningRate", "beta", "freeBits", "capacity"] as const;
  const differing = keys.filter((key) => !isDeepStrictEqual(a[key], b[key]));
  if (differing.length === 0) return null;
  for (let step = 1; step <= b.steps; step++) {
    const [inA, inB] = [settingsAt(a, step), settingsAt(b, step)];
    const key = differing.find((key) => inA[key] !== inB[key]);
    if (key !== undefined) return { name: NAMES[key], step };
  }
  return null;
}

/** The first step before the last of `b` that one of them evaluates alone. */
function firstOtherEvaluation(a: RunConfig, b: RunConfig): number | null {
  if (isDeepStrictEqual(a.evalEvery, b.evalEvery)) return null;
  const [inA, inB] = [evaluatedSteps(a), evaluatedSteps(b)];
  for (let step = 1; step < b.steps; step++) {
    if (inA(step) !== inB(step)) return step;
  }
  return null;
}

/** With the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
