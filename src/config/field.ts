/** Fields of a config as rows of flags, from which everything is derived. */

import { UserError } from "../errors.ts";
import { type Schema, z } from "../lazy_zod.ts";
import { expectation, type Value, valueOf } from "./value.ts";

/** A flag as the command line and the help have it. */
export interface Flag {
  /** its name, without `--` */
  readonly flag: string;
  /** its kind of value */
  readonly value: Value<unknown>;
  /** what it says, and of what it is a setting */
  readonly help: string;
  /** as it would be typed, or in words */
  readonly default: string;
  /** the default as it would be typed; absent: it follows from the rest */
  readonly usual?: string | undefined;
  /** what stands for it in names of runs; null: they have the value anyway */
  readonly short: string | null;
  /** whether several values, separated by commas, make several runs */
  readonly isSwept?: true | undefined;
  /** the flags that set the same field, if there are several */
  readonly ways?: readonly string[];
}

/** The text of a flag, and whether the user gave it, not the experiment. */
export interface Text {
  /** as it was typed */
  readonly text: string;
  /** whether the user gave it */
  readonly isGiven: boolean;
  /** what the experiment has where the user gives none; absent: nothing */
  readonly fallback?: string | undefined;
}

/** Texts by flag. */
export type Texts = ReadonlyMap<string, Text>;

/** A field of a config C: one flag, or several where its value has parts. */
export interface Field<T, C = unknown> {
  /** what fits */
  readonly schema: Schema<T>;
  /** all its flags */
  readonly flags: readonly Flag[];
  /** Its value. @throws {UserError} a text has none */
  readonly read: (texts: Texts, config: C) => T;
  /** The flags, and their texts, that ask for the value. */
  write(value: T): [flag: string, text: string][];
  /**
   * Why one of its flags, with that text, has no effect on the value, and the
   * remedy; undefined: it has one.
   */
  readonly unused: (
    flag: string,
    text: string,
    value: T,
    config: C,
  ) => string | undefined;
}

/** The fields of configs T, which are all that they depend on, or a part of C. */
export type Fields<T, C = T> = { readonly [K in keyof T]-?: Field<T[K], C> };

/** Fields whose types do not matter. */
export type AnyFields = Readonly<Record<string, Field<unknown>>>;

/** The configs that fields describe. */
export type ConfigOf<F> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, infer _> ? T : never;
};

/** A row: all that is to be said of a flag for values T of a config C. */
export interface FieldRow<T, C> {
  /** its kind of value */
  readonly value: Value<T>;
  /** what it says */
  readonly help: string;
  /** of its numbers, such as nats */
  readonly unit?: string;
  /** as it would be typed; or how it follows from the rest, and in words */
  readonly default: string | {
    readonly help: string;
    readonly of: (config: C) => T;
  };
  /** see {@linkcode Flag.short}; the flag without its dashes, if absent */
  readonly short?: string | null;
  /** see {@linkcode Flag.isSwept} */
  readonly isSwept?: true;
  /**
   * Beside which other flags it has no effect, and the remedy; undefined: it
   * has one. The default may be given all the same.
   */
  readonly noEffect?: (config: C) => string | undefined;
}

/** @throws {UserError} the text is not a value of that kind */
function parse<T>(flag: string, value: Value<T>, text: string): T {
  const read = valueOf(value, text);
  if (read !== undefined) return read;
  throw new UserError(`--${flag} ${text}: ${expectation(value, text)}`);
}

const shortOf = (flag: string, short?: string | null) =>
  short === undefined ? flag.replaceAll("-", "") : short;

/** A field of one flag. */
export function field<T, C = unknown>(
  flag: string,
  row: FieldRow<T, C>,
): Field<T, C> {
  const { value, unit, default: fallback, noEffect } = row;
  const help = unit === undefined ? row.help : `${row.help}, in ${unit}`;
  const isDefault = (text: string) =>
    typeof fallback === "string" &&
    value.write(parse(flag, value, text)) === fallback;
  return {
    schema: value.schema,
    flags: [{
      ...{ flag, value, help, isSwept: row.isSwept },
      default: typeof fallback === "string" ? fallback : fallback.help,
      usual: typeof fallback === "string" ? fallback : undefined,
      short: shortOf(flag, row.short),
    }],
    read(texts, config) {
      const text = texts.get(flag)?.text;
      if (text !== undefined) return parse(flag, value, text);
      return typeof fallback === "string"
        ? parse(flag, value, fallback)
        : fallback.of(config);
    },
    write(typed) {
      const text = value.write(typed);
      return text === null ? [] : [[flag, text]];
    },
    unused: (_flag, text, _value, config) =>
      isDefault(text) ? undefined : noEffect?.(config),
  };
}

/**
 * A field that is made of tables to which scripts add rows: it is made again
 * wherever it is asked for, and so knows the rows that there are then.
 */
export function ofTables<T, C = unknown>(make: () => Field<T, C>): Field<T, C> {
  return {
    schema: () =>
      z.unknown().transform((value, context): T => {
        const { success, data, error } = make().schema().safeParse(value);
        if (success) return data;
        for (const issue of error.issues) {
          const raw = { ...issue, input: value };
          context.issues.push(raw as typeof context.issues[number]);
        }
        return z.NEVER;
      }),
    get flags() {
      return make().flags;
    },
    read: (texts, config) => make().read(texts, config),
    write: (value) => make().write(value),
    unused: (flag, text, value, config) =>
      make().unused(flag, text, value, config),
  };
}

/**
 * A field that a config has only where it is not null: those of versions
 * before it are then as they were.
 */
export function orAbsent<T, C>(
  own: Field<T | null, C>,
): Field<T | undefined, C> {
  return {
    schema() {
      const schema: z.ZodType<unknown> = own.schema()
        .refine((value) => value !== null).optional();
      return schema as z.ZodType<T | undefined>;
    },
    flags: own.flags,
    read: (texts, config) => own.read(texts, config) ?? undefined,
    write: (value) => value === undefined ? [] : own.write(value),
    unused: (flag, text, value, config) =>
      own.unused(flag, text, value ?? null, config),
  };
}

/** Another flag for a field, which counts in another way. */
export interface Counting<T, C> {
  readonly flag: string;
  readonly value: Value<T>;
  readonly help: string;
  /** The field's value, from the flag's. */
  readonly of: (value: T, config: C) => T;
}

/** A field that one of several flags sets, by default its own. */
export function oneOf<T, C>(
  own: Field<T, C>,
  others: readonly Counting<T, C>[],
): Field<T, C> {
  const fallback = `as --${own.flags[0]!.flag} says`;
  const flags = [
    ...own.flags,
    ...others.map((other): Flag => ({
      ...other,
      default: fallback,
      short: shortOf(other.flag),
    })),
  ];
  const ways = flags.map(({ flag }) => flag);
  return {
    ...own,
    flags: flags.map((flag) => ({ ...flag, ways })),
    read(texts, config) {
      const given = ways.filter((flag) => texts.get(flag)?.isGiven);
      if (given.length > 1) {
        throw new UserError(
          `--${given.join(" and --")}: they say the same; give one`,
        );
      }
      const chosen = given[0] ?? ways.find((flag) => texts.has(flag));
      const other = others.find(({ flag }) => flag === chosen);
      if (other === undefined) return own.read(texts, config);
      const { flag, value, of } = other;
      const { text } = texts.get(flag)!;
      const { schema, flags: [{ flag: counted, value: { expected } }] } = own as
        & typeof own
        & { flags: readonly [Flag] };
      const made = of(parse(flag, value, text), config);
      const checked = schema().safeParse(made);
      if (checked.success) return checked.data;
      throw new UserError(
        `--${flag} ${text}: that is --${counted} ${made}; expected ${expected}`,
      );
    },
    unused: () => undefined,
  };
}

/** The schema of each field. */
export function schemasOf(fields: object): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(fields as AnyFields)
      .map(([key, { schema }]) => [key, schema()]),
  );
}

/** The schema of a config, whose keys it orders as the fields are. */
export function schemaOf<F extends object>(fields: F): z.ZodType<ConfigOf<F>> {
  const schema: z.ZodType<unknown> = z.strictObject(schemasOf(fields));
  return schema as z.ZodType<ConfigOf<F>>;
}

/** All flags of the fields, in order. */
export function allFlags(fields: object): Flag[] {
  return Object.values(fields as AnyFields).flatMap(({ flags }) => flags);
}

/** The config that the texts ask for. @throws {UserError} one has no value */
export function readFields<T extends object>(
  fields: Fields<T, never>,
  texts: Texts,
): T {
  const own = fields as unknown as AnyFields;
  const read = new Map<string, unknown>();
  const valueAt = (key: string): unknown => {
    if (!read.has(key)) {
      read.set(key, own[key]!.read(texts, config));
    }
    return read.get(key);
  };
  // A default may depend on any other field, which is then read first.
  const config = new Proxy({}, { get: (_, key) => valueAt(String(key)) });
  return Object.fromEntries(
    Object.keys(fields).map((key) => [key, valueAt(key)]),
  ) as T;
}

/**
 * The flags that the user gave and that have no effect on the config, and why.
 *
 * @param context what effects depend on beside the config
 */
export function unusedFlags<T extends object, C extends object>(
  fields: Fields<T, T & C>,
  texts: Texts,
  config: T,
  context: C,
): Map<string, string> {
  const whole = { ...context, ...config };
  return new Map(
    (Object.keys(fields) as (keyof T)[]).flatMap((key) =>
      fields[key].flags.flatMap(({ flag }): [string, string][] => {
        const typed = texts.get(flag);
        const reason = typed?.isGiven
          ? fields[key].unused(flag, typed.text, config[key], whole)
          : undefined;
        return reason === undefined ? [] : [[flag, reason]];
      })
    ),
  );
}

/** The flags and texts that ask for the config: those that have an effect. */
export function writeFields<T extends object>(
  fields: Fields<T>,
  config: T,
): [flag: string, text: string][] {
  return (Object.keys(fields) as (keyof T)[]).flatMap((key) =>
    fields[key].write(config[key]).filter(([flag, text]) =>
      fields[key].unused(flag, text, config[key], config) === undefined
    )
  );
}
