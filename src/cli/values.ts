/** Texts of the command line as values; a refusal says what was expected. */

import { z } from "zod";
import type { Tile } from "../engine/webgpu/kernels/product.ts";
import { parseTile } from "../engine/webgpu/tiles.ts";
import type { HiddenLayer } from "../model/layers.ts";
import type { Schedule } from "../objective/schedule.ts";
import { isRising } from "../train/config.ts";

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const number = z.string().regex(DECIMAL, "expected a number")
  .transform(Number).pipe(z.number("expected a finite number"));

/** An integer in [min, max]. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  const expected = max === Number.MAX_SAFE_INTEGER
    ? `expected an integer from ${min}`
    : `expected an integer in ${min}..${max}`;
  return z.string().regex(/^[+-]?\d+$/, expected)
    .transform(Number)
    .pipe(z.int(expected).min(min, expected).max(max, expected));
}

/** An integer in [min, max], or null for `none`. */
export function integerOrNone(min: number, max: number) {
  return z.string().transform((typed, context): number | null => {
    if (typed === "none") return null;
    const { success, data } = integer(min, max).safeParse(typed);
    if (success) return data;
    context.addIssue(`expected an integer in ${min}..${max}, or none`);
    return z.NEVER;
  });
}

/** What the schema reads, or null for `auto`. */
export function orAuto<T>(schema: z.ZodType<T, string>) {
  return z.string().transform((typed, context): T | null => {
    if (typed === "auto") return null;
    const { success, data, error } = schema.safeParse(typed);
    if (success) return data;
    context.addIssue(`${error.issues[0]!.message}, or auto`);
    return z.NEVER;
  });
}

/** Tiles of the webgpu engine: see `parseTile`. */
export function tiles() {
  return z.string().transform((typed, context): Tile => {
    const tile = parseTile(typed);
    if (tile !== null) return tile;
    context.addIssue(
      "expected ROWSxFOURS/ACROSSxDOWN: rows, a multiple of 4, and fours of " +
        "columns of an invocation, and invocations of a workgroup",
    );
    return z.NEVER;
  });
}

/** A number above 0, also as a float32, in which engines compute. */
export function positive() {
  return number.refine(
    (value) => Math.fround(value) > 0 && Math.fround(value) < Infinity,
    "expected a number above 0, within the range of float32",
  );
}

/** A number from 0, also as a float32, in which engines compute. */
export function nonNegative() {
  return number.refine(
    (value) => value >= 0 && Math.fround(value) < Infinity,
    "expected a number from 0, within the range of float32",
  );
}

/** A number in [0, 1). */
export function fraction() {
  const expected = "expected a number from 0 and below 1";
  return number.refine(
    (value) => value >= 0 && Math.fround(value) < 1,
    expected,
  );
}

/** One of the words. */
export function word<const W extends readonly [string, ...string[]]>(words: W) {
  return z.enum(words, `expected one of ${words.join(", ")}`);
}

/** A text that is not empty. */
export function text() {
  return z.string().min(1, "expected a text");
}

/** Values to be swept, separated by commas: at least one, none twice. */
export function swept<T extends z.ZodType<unknown, string>>(item: T) {
  return z.string().min(1, "expected at least one value")
    .transform((values) => values.split(","))
    .pipe(z.array(item))
    .refine(
      (values) => new Set(values).size === values.length,
      "a value is given twice",
    );
}

/**
 * Hidden layers, separated by commas: `convC` is a convolution with C channels,
 * a number so many units; `none`: no layer.
 */
export function layers() {
  return z.string().regex(
    /^(none|(conv)?[1-9]\d{0,5}(,(conv)?[1-9]\d{0,5})*)$/,
    "expected units, such as 200, or convolutions and units, such as " +
      "conv32,conv32,256, each in 1..999999, or none",
  ).transform((typed) => typed === "none" ? [] : typed.split(",").map(layer));
}

function layer(typed: string): HiddenLayer {
  const size = Number(typed.replace("conv", ""));
  return typed.startsWith("conv") ? { channels: size } : size;
}

/** Units of hidden layers, separated by commas; `none`: no layer. */
export function units() {
  return z.string().regex(
    /^(none|[1-9]\d{0,5}(,[1-9]\d{0,5})*)$/,
    "expected units, such as 100 or 100,100, each in 1..999999, or none",
  ).transform((typed) => typed === "none" ? [] : typed.split(",").map(Number));
}

/** Hidden layers as they are typed: the inverse of {@linkcode layers}. */
export function formatLayers(hidden: readonly HiddenLayer[]): string {
  if (hidden.length === 0) return "none";
  return hidden.map((layer) =>
    typeof layer === "number" ? layer : `conv${layer.channels}`
  ).join(",");
}

const SCHEDULE = "expected a number from 0 (within the range of float32), " +
  "linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP or " +
  "stages:VALUE:STEPS,VALUE:STEPS,...";

const RAMP = "RAMP is a part of the period, above 0 and up to 1";

/**
 * A schedule: a number, `linear:FROM:TO:STEPS`, `cyclical:FROM:TO:PERIOD:RAMP`
 * with RAMP the rising part of a period, or `stages:VALUE:STEPS,...`.
 */
export function schedule() {
  return z.string().transform((typed, context): Schedule => {
    const [shape, ...values] = typed.split(":");
    if (shape === "stages") {
      const { success, data } = stages().safeParse(
        typed.slice("stages:".length),
      );
      if (success) return { shape, stages: data };
      context.addIssue(SCHEDULE);
      return z.NEVER;
    }
    const fields = shape === "linear"
      ? z.tuple([nonNegative(), nonNegative(), integer(1)]).safeParse(values)
      : shape === "cyclical"
      ? z.tuple([nonNegative(), nonNegative(), integer(1), part()])
        .safeParse(values)
      : z.tuple([nonNegative()]).safeParse([typed]);
    if (!fields.success) {
      const isRamp = fields.error.issues.every(({ path }) => path[0] === 3);
      context.addIssue(isRamp && values.length === 4 ? RAMP : SCHEDULE);
      return z.NEVER;
    }
    const [from, to, steps, ramp] = fields.data;
    if (to === undefined || steps === undefined) return from;
    return ramp === undefined
      ? { shape: "linear", from, to, steps }
      : { shape: "cyclical", from, to, period: steps, ramp };
  });
}

/** `VALUE:STEPS`, separated by commas. */
function stages() {
  return z.string()
    .transform((typed) => typed.split(",").map((stage) => stage.split(":")))
    .pipe(z.array(z.tuple([nonNegative(), integer(1)])))
    .transform((pairs) => pairs.map(([value, steps]) => ({ value, steps })));
}

/** A schedule that is no constant 0. */
export function positiveSchedule() {
  return schedule().refine(
    (schedule) => typeof schedule !== "number" || Math.fround(schedule) > 0,
    "expected a number above 0 (within the range of float32), or a schedule",
  );
}

/** A number in (0, 1]. */
function part() {
  return number.pipe(z.number().positive().max(1));
}

/** A schedule as it is typed: the inverse of {@linkcode schedule}. */
export function formatSchedule(schedule: Schedule): string {
  if (typeof schedule === "number") return String(schedule);
  if (schedule.shape === "stages") {
    const stages = schedule.stages.map(({ value, steps }) =>
      `${value}:${steps}`
    );
    return `stages:${stages.join(",")}`;
  }
  const { shape, from, to } = schedule;
  const rest = shape === "linear"
    ? [schedule.steps]
    : [schedule.period, schedule.ramp];
  return [shape, from, to, ...rest].join(":");
}

const EVALUATIONS = "expected an integer from 1, or at:STEP,STEP,... with " +
  "rising steps";

/** Steps between evaluations, or `at:` and the steps of evaluations. */
export function evaluations() {
  return z.string().transform((typed, context): number | number[] => {
    const isList = typed.startsWith("at:");
    const { success, data } = z.array(integer(1)).refine(isRising)
      .safeParse(isList ? typed.slice(3).split(",") : [typed]);
    if (success) return isList ? data : data[0]!;
    context.addIssue(EVALUATIONS);
    return z.NEVER;
  });
}

/** Evaluations as they are typed: the inverse of {@linkcode evaluations}. */
export function formatEvaluations(every: number | readonly number[]): string {
  return typeof every === "number" ? String(every) : `at:${every.join(",")}`;
}

const SAMPLES = `expected a number of samples from 1, such as 50000 or 1e6`;

/** A number of samples: an integer, also as 1e6. */
export function sampleCount() {
  return number.pipe(z.int(SAMPLES).positive(SAMPLES));
}

/** What a flag was given, which may be once: undefined where it was not. */
export function once<T extends z.ZodType<unknown, string>>(schema: T) {
  return z.array(schema).max(1, "given more than once")
    .transform((values) => values[0]);
}
