/** Values that change with the step: as plain data and as they are typed. */

import { z } from "zod";
import { integer, nonNegative, positive, type Value } from "../config/value.ts";

/**
 * A value at every training step.
 *
 * - a number: the same at all steps;
 * - `linear`: from `from` at the first step to `to` after `steps` steps, and
 *   `to` from there on (KL warm-up; Bowman et al. 2016, Sonderby et al. 2016);
 * - `cyclical`: again and again in periods of `period` steps, from `from` to
 *   `to` over the first `ramp` of each, and `to` in the rest of it (Fu et al.
 *   2019, equation 6);
 * - `stages`: each value for its steps, one after the other, and the last from
 *   there on (the step sizes of Burda et al., arXiv 1509.00519).
 */
export type Schedule =
  | number
  | {
    readonly shape: "linear";
    readonly from: number;
    readonly to: number;
    readonly steps: number;
  }
  | {
    readonly shape: "cyclical";
    readonly from: number;
    readonly to: number;
    readonly period: number;
    /** part of the period, in (0, 1] */
    readonly ramp: number;
  }
  | {
    readonly shape: "stages";
    /** at least one */
    readonly stages: readonly {
      readonly value: number;
      readonly steps: number;
    }[];
  };

const LEVEL = nonNegative();
const STEPS = integer(1);
const PART: Value<number> = {
  ...positive(),
  schema: z.number().positive().max(1),
};

/** What a shape has, in the order in which it is typed. */
const SHAPES = {
  linear: { from: LEVEL, to: LEVEL, steps: STEPS },
  cyclical: { from: LEVEL, to: LEVEL, period: STEPS, ramp: PART },
} as const;

const STAGE = { value: LEVEL, steps: STEPS } as const;

type Parts = Readonly<Record<string, Value<number>>>;

function schemasOf<P extends Parts>(parts: P) {
  const schemas = Object.entries(parts)
    .map(([name, { schema }]) => [name, schema]);
  return Object.fromEntries(schemas) as { [K in keyof P]: z.ZodType<number> };
}

/** The numbers of `texts` by name; undefined: there are more or fewer. */
function parseParts(parts: Parts, texts: readonly string[]) {
  const all = Object.entries(parts);
  if (texts.length !== all.length) return undefined;
  return Object.fromEntries(
    all.map(([name, value], i) => [name, value.parse(texts[i]!)]),
  );
}

function parse(text: string): unknown {
  const [shape, ...texts] = text.split(":");
  if (shape === "stages") {
    const stages = text.slice("stages:".length).split(",")
      .map((stage) => parseParts(STAGE, stage.split(":")));
    return { shape, stages };
  }
  if (shape !== "linear" && shape !== "cyclical") return LEVEL.parse(text);
  return { shape, ...parseParts(SHAPES[shape], texts) };
}

/** A schedule as it is typed, such as `linear:0:1:500`. */
export function formatSchedule(schedule: Schedule): string {
  if (typeof schedule === "number") return String(schedule);
  if (schedule.shape === "stages") {
    const stages = schedule.stages
      .map(({ value, steps }) => `${value}:${steps}`);
    return `stages:${stages.join(",")}`;
  }
  const numbers: Readonly<Record<string, unknown>> = schedule;
  const names = Object.keys(SHAPES[schedule.shape]);
  return [schedule.shape, ...names.map((name) => numbers[name])].join(":");
}

/** Schedules as flags and run.json have them. */
export const SCHEDULE: Value<Schedule> = {
  placeholder: "SCHEDULE",
  expected: "a number from 0 (within the range of float32), " +
    "linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP (RAMP above 0 and up " +
    "to 1) or stages:VALUE:STEPS,VALUE:STEPS,...",
  schema: z.union([
    LEVEL.schema,
    z.strictObject({ shape: z.literal("linear"), ...schemasOf(SHAPES.linear) }),
    z.strictObject({
      shape: z.literal("cyclical"),
      ...schemasOf(SHAPES.cyclical),
    }),
    z.strictObject({
      shape: z.literal("stages"),
      stages: z.array(z.strictObject(schemasOf(STAGE))).min(1),
    }),
  ]),
  parse,
  write: formatSchedule,
};

/**
 * The value at a training step.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { valueAt } from "./schedule.ts";
 *
 * const warmUp = { shape: "linear", from: 0, to: 1, steps: 200 } as const;
 * const values = [1, 101, 201].map((step) => valueAt(warmUp, step));
 * assertEquals(values, [0, 0.5, 1]);
 * ```
 *
 * @param step from 1
 */
export function valueAt(schedule: Schedule, step: number): number {
  if (typeof schedule === "number") return schedule;
  if (schedule.shape === "stages") {
    const { stages } = schedule;
    let end = 0;
    const current = stages.find(({ steps }) => step <= (end += steps));
    return (current ?? stages.at(-1)!).value;
  }
  const { from, to } = schedule;
  const done = schedule.shape === "linear"
    ? (step - 1) / schedule.steps
    : (step - 1) % schedule.period / (schedule.period * schedule.ramp);
  return done < 1 ? from + (to - from) * done : to;
}

/**
 * Steps of a schedule's shape: of `cyclical` a period; of `linear` the way to
 * `to`, which the step after them is the first to have; of `stages` all of them.
 */
export function lengthOf(schedule: Schedule): number {
  if (typeof schedule === "number") return 1;
  switch (schedule.shape) {
    case "linear":
      return schedule.steps;
    case "cyclical":
      return schedule.period;
    case "stages":
      return schedule.stages.reduce((sum, { steps }) => sum + steps, 0);
  }
}
