/** Values that change with the step: as plain data and as they are typed. */

import { type Schema, z } from "../lazy_zod.ts";
import { namesOf, rowOf } from "../table.ts";
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
  schema: () => z.number().positive().max(1),
};

type Parts = Readonly<Record<string, Value<number>>>;

/** Numbers by name, which are typed in that order. */
function numbers<P extends Parts>(parts: P) {
  const all = Object.entries(parts);
  return {
    fields: Object.fromEntries(
      all.map(([name, { schema }]) => [name, schema]),
    ) as { [K in keyof P]: Schema<number> },
    /** undefined: there are more or fewer */
    parse(text: string) {
      const texts = text.split(":");
      if (texts.length !== all.length) return undefined;
      return Object.fromEntries(
        all.map(([name, value], i) => [name, value.parse(texts[i]!)]),
      );
    },
    write: (values: { readonly [K in keyof P]: number }) =>
      all.map(([name]) => values[name]).join(":"),
  };
}

type Shaped = Exclude<Schedule, number>;

/** All that depends on the shape. */
interface Shape<S extends Shaped> {
  /** what it has, as run.json has it */
  readonly fields: { [K in keyof Omit<S, "shape">]: Schema<S[K]> };
  /** of what is typed after its name */
  parse(text: string): object | undefined;
  write(schedule: S): string;
  /** @param step from 1 */
  valueAt(schedule: S, step: number): number;
  /** see {@linkcode lengthOf} */
  length(schedule: S): number;
}

const MOST_STAGES = 1000;

/** The schemas of parts, made. */
function schemasOf<T extends Readonly<Record<string, Schema<unknown>>>>(
  parts: T,
): { [K in keyof T]: ReturnType<T[K]> } {
  const made = Object.entries(parts).map(([name, schema]) => [name, schema()]);
  return Object.fromEntries(made);
}

const STAGE = numbers({ value: LEVEL, steps: STEPS });

const between = (from: number, to: number, done: number) =>
  done < 1 ? from + (to - from) * done : to;

/** All shapes by name. */
const SHAPES: {
  readonly [N in Shaped["shape"]]: Shape<
    Extract<Shaped, { readonly shape: N }>
  >;
} = {
  linear: {
    ...numbers({ from: LEVEL, to: LEVEL, steps: STEPS }),
    valueAt: ({ from, to, steps }, step) =>
      between(from, to, (step - 1) / steps),
    length: ({ steps }) => steps,
  },
  cyclical: {
    ...numbers({ from: LEVEL, to: LEVEL, period: STEPS, ramp: PART }),
    valueAt: ({ from, to, period, ramp }, step) =>
      between(from, to, (step - 1) % period / (period * ramp)),
    length: ({ period }) => period,
  },
  stages: {
    fields: {
      stages: () =>
        z.array(z.strictObject(schemasOf(STAGE.fields))).min(1).max(
          MOST_STAGES,
        ),
    },
    parse: (text) => ({ stages: text.split(",").map(STAGE.parse) }),
    write: ({ stages }) => stages.map(STAGE.write).join(","),
    valueAt({ stages }, step) {
      let end = 0;
      const current = stages.find(({ steps }) => step <= (end += steps));
      return (current ?? stages.at(-1)!).value;
    },
    length: ({ stages }) => stages.reduce((sum, { steps }) => sum + steps, 0),
  },
};

/** @throws {UserError} there is no such shape */
const shapeOf = ({ shape }: Shaped) =>
  rowOf<Shape<Shaped>>(SHAPES, shape, "schedule");

function parse(text: string): unknown {
  const shape = namesOf(SHAPES).find((name) => text.startsWith(`${name}:`));
  if (shape === undefined) return LEVEL.parse(text);
  return { shape, ...SHAPES[shape].parse(text.slice(shape.length + 1)) };
}

/** A schedule as it is typed, such as `linear:0:1:500`. */
export function formatSchedule(schedule: Schedule): string {
  if (typeof schedule === "number") return String(schedule);
  return `${schedule.shape}:${shapeOf(schedule).write(schedule)}`;
}

/** Schedules as flags and run.json have them. */
export const SCHEDULE: Value<Schedule> = {
  placeholder: "SCHEDULE",
  expected: "a number from 0 (within the range of float32), " +
    "linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP (RAMP above 0 and up " +
    "to 1) or stages:VALUE:STEPS,VALUE:STEPS,...",
  schema() {
    const shapes = namesOf(SHAPES).map((shape) =>
      z.strictObject({
        shape: z.literal(shape),
        ...schemasOf(SHAPES[shape].fields),
      })
    );
    const schema: z.ZodType = z.union([LEVEL.schema(), ...shapes]);
    return schema as z.ZodType<Schedule>;
  },
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
  return shapeOf(schedule).valueAt(schedule, step);
}

/**
 * Whether two schedules have the same values up to a step. Those that change at
 * every step have to be the same throughout.
 */
export function isSameUpTo(a: Schedule, b: Schedule, step: number): boolean {
  if (formatSchedule(a) === formatSchedule(b)) return true;
  const [ofA, ofB] = [startsOf(a), startsOf(b)];
  return ofA !== null && ofB !== null &&
    [...ofA, ...ofB].filter((start) => start <= step)
      .every((start) => valueAt(a, start) === valueAt(b, start));
}

/** The steps at which a schedule takes a value; null: it has one at each. */
function startsOf(schedule: Schedule): number[] | null {
  if (typeof schedule === "number") return [1];
  if (schedule.shape !== "stages") return null;
  let next = 1;
  return schedule.stages.map(({ steps }) => (next += steps) - steps);
}

/**
 * Steps of a schedule's shape: of `cyclical` a period; of `linear` the way to
 * `to`, which the step after them is the first to have; of `stages` all of them.
 */
export function lengthOf(schedule: Schedule): number {
  if (typeof schedule === "number") return 1;
  return shapeOf(schedule).length(schedule);
}
