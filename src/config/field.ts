/** Fields of a config as rows of flags, from which everything is derived. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { type Value, valueOf } from "./value.ts";

/** A default that follows from the rest of the config. */
export interface Derived<T, C> {
  /** as the help says it */
  readonly help: string;
  /** Its value. */
  readonly of: (config: C) => T;
}

/** One flag, for values T of a config C. */
export interface Row<T, C = unknown> {
  /** its name, without `--` */
  readonly flag: string;
  /** its kind of value */
  readonly value: Value<T>;
  /** what it says */
  readonly help: string;
  /** of its numbers, such as nats */
  readonly unit?: string;
  /** as it would be typed, or derived */
  readonly default: string | Derived<T, C>;
  /** whether several values, separated by commas, make several runs */
  readonly isSwept?: true;
  /**
   * Beside which other flags it has no effect, and the remedy; undefined: it
   * has one. The default may be given all the same.
   */
  readonly noEffect?: (config: C) => string | undefined;
}

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
  /** see {@linkcode Row.isSwept} */
  readonly isSwept?: true | undefined;
  /** all flags of which one says the field, if there are several */
  readonly ways?: readonly string[];
}

/** The text of a flag. */
export interface Text {
  /** as it is typed */
  readonly text: string;
  /** whether the user gave it, not the experiment */
  readonly isGiven: boolean;
}

/** Texts by flag. */
export type Texts = ReadonlyMap<string, Text>;

/** A field of a config C: one flag, or several where its value has parts. */
export interface Field<T, C = unknown> {
  /** what fits */
  readonly schema: z.ZodType<T>;
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
export type Fields<T, C = T> = { readonly [K in keyof T]: Field<T[K], C> };

/** The configs that fields describe. */
export type ConfigOf<F> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, infer _> ? T : never;
};

/** A row's value. @throws {UserError} the text has none */
function readRow<T, C>(row: Row<T, C>, texts: Texts, config: C): T {
  const { flag, value, default: fallback } = row;
  const text = texts.get(flag)?.text ??
    (typeof fallback === "string" ? fallback : undefined);
  if (text === undefined) return (fallback as Derived<T, C>).of(config);
  const read = valueOf(value, text);
  if (read !== undefined) return read;
  throw new UserError(`--${flag} ${text}: expected ${value.expected}`);
}

function writeRow<T>({ flag, value }: Row<T, never>, typed: T) {
  const text = value.write(typed);
  return text === null ? [] : [[flag, text] as [string, string]];
}

function flagOf(row: Row<unknown, never>): Flag {
  const { unit, default: fallback } = row;
  return {
    ...row,
    help: unit === undefined ? row.help : `${row.help}, in ${unit}`,
    default: typeof fallback === "string" ? fallback : fallback.help,
  };
}

function unusedRow<T, C>(row: Row<T, C>, text: string, config: C) {
  const isDefault = typeof row.default === "string" &&
    writeRow(row, valueOf(row.value, text)!)[0]?.[1] === row.default;
  return isDefault ? undefined : row.noEffect?.(config);
}

/** A field of one flag. */
export function field<T, C = unknown>(row: Row<T, C>): Field<T, C> {
  return {
    schema: row.value.schema,
    flags: [flagOf(row)],
    read: (texts, config) => readRow(row, texts, config),
    write: (value) => writeRow(row, value),
    unused: (_flag, text, _value, config) => unusedRow(row, text, config),
  };
}

/** Another flag for a field, which counts in another way. */
export interface Counting<T, C> {
  /** the flag; its default is what another one says */
  readonly row: Omit<Row<T, C>, "default">;
  /** The field's value, from its own. */
  readonly of: (value: T, config: C) => T;
}

/** A field that one of several flags says, and the first one by default. */
export function oneOf<T, C>(
  row: Row<T, C>,
  others: readonly Counting<T, C>[],
): Field<T, C> {
  const asFirst = { help: `as --${row.flag} says`, of: () => undefined as T };
  const ways: readonly Counting<T, C>[] = [
    { row, of: (value) => value },
    ...others,
  ];
  const rows = [row, ...others.map((it) => ({ ...it.row, default: asFirst }))];
  return {
    ...field(row),
    flags: rows.map((row) => ({
      ...flagOf(row),
      ways: rows.map(({ flag }) => flag),
    })),
    read(texts, config) {
      const given = rows.filter(({ flag }) => texts.get(flag)?.isGiven);
      if (given.length > 1) {
        const flags = given.map(({ flag }) => `--${flag}`).join(" and ");
        throw new UserError(`${flags}: both say the same; give one`);
      }
      const chosen = given[0] ?? rows.find(({ flag }) => texts.has(flag)) ??
        row;
      const value = readRow(chosen, texts, config);
      return ways[rows.indexOf(chosen)]!.of(value, config);
    },
    unused: () => undefined,
  };
}

/** Rows of the settings S, whose defaults may depend on each other. */
export type Settings<S> = { readonly [K in keyof S]: Row<S[K], S> };

/** Rows whose types do not matter. */
type Rows = Readonly<Record<string, Row<unknown, never>>>;

function readSettings(rows: Rows, texts: Texts): Record<string, unknown> {
  return lazily(
    rows,
    (row, settings) => readRow(row as Row<unknown>, texts, settings),
  );
}

function writeSettings(rows: Rows, settings: object) {
  const values = settings as Readonly<Record<string, unknown>>;
  return Object.entries(rows).flatMap(([key, row]) =>
    writeRow(row, values[key])
  );
}

function schemasOf(rows: Rows) {
  return mapValues(rows, ({ value }) => value.schema);
}

/** Members of a union by name, and the rows of the settings of each. */
export type Members<U, Tag extends keyof U> = {
  readonly [N in U[Tag] & string]: Settings<
    Omit<Extract<U, Record<Tag, N>>, Tag>
  >;
};

/** The settings that the rows of a table have. */
export function settingsOf<U, Tag extends keyof U>(
  table: Readonly<Record<string, { readonly settings: object }>>,
): Members<U, Tag> {
  return mapValues(table, ({ settings }) => settings) as Members<U, Tag>;
}

/**
 * A field whose value is one member of a union, with settings of its own.
 *
 * @param tag the key that tells members apart
 * @param head the flag that names a member
 */
export function union<
  U extends Readonly<Record<Tag, string>>,
  Tag extends keyof U & string,
  C = unknown,
>(
  tag: Tag,
  head: Row<U[Tag], C>,
  members: Members<U, Tag>,
): Field<U, C> {
  const rows = members as Readonly<Record<string, Rows>>;
  const all = Object.entries(rows).flatMap(([name, settings]) =>
    Object.values(settings).map((row) => ({ name, ...flagOf(row) }))
  );
  const owners = Map.groupBy(all, ({ flag }) => flag);
  return {
    schema: z.discriminatedUnion(
      tag,
      Object.entries(rows).map(([name, settings]) =>
        z.strictObject({ [tag]: z.literal(name), ...schemasOf(settings) })
      ) as [z.ZodObject],
    ) as z.ZodType<unknown> as z.ZodType<U>,
    flags: [flagOf(head), ...[...owners.values()].map(sharedFlag)],
    read(texts, config) {
      const name = readRow(head, texts, config);
      return { [tag]: name, ...readSettings(rows[name]!, texts) } as U;
    },
    write: (value) => [
      ...writeRow(head, value[tag]),
      ...writeSettings(rows[value[tag]]!, value),
    ],
    unused(flag, text, value, config) {
      if (flag === head.flag) return unusedRow(head, text, config);
      const names = owners.get(flag)!.map(({ name }) => name);
      if (names.includes(value[tag])) return undefined;
      const others = names.join(" or ");
      return `with --${head.flag} ${value[tag]}; use --${head.flag} ${others}`;
    },
  };
}

/** The flag of a setting that several members have. */
function sharedFlag(owned: readonly (Flag & { name: string })[]): Flag {
  const names = owned.map(({ name }) => name).join(", ");
  const { name: _, ...flag } = owned[0]!;
  const isSame = owned.every((own) => own.default === flag.default);
  return {
    ...flag,
    help: `${names}: ${flag.help}`,
    default: isSame
      ? flag.default
      : owned.map((own) => `${own.name} ${own.default}`).join(", "),
  };
}

/** A field that is null, or has parts, of which `head` says which. */
export function optional<T extends object, K extends keyof T & string>(
  key: K,
  head: Row<T[K] | null>,
  others: Settings<Omit<T, K>>,
): Field<T | null> {
  const rows = others as Rows;
  const parts = { [key]: { ...head, value: { ...head.value } }, ...rows };
  return {
    schema: z.strictObject({
      [key]: head.value.schema.refine((value) => value !== null),
      ...schemasOf(rows),
    }).nullable() as z.ZodType<unknown> as z.ZodType<T | null>,
    flags: Object.values(parts as Rows).map(flagOf),
    read(texts) {
      const value = readRow(head, texts, undefined);
      if (value === null) return null;
      return { [key]: value, ...readSettings(rows, texts) } as T;
    },
    write: (value) =>
      value === null
        ? writeRow(head, null)
        : writeSettings(parts as Rows, value),
    unused(flag, _, value) {
      if (flag === head.flag || value !== null) return undefined;
      return `with --${head.flag} ${head.value.write(null)}; leave it out`;
    },
  };
}

/** What each key's value becomes. */
export function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  map: (value: V) => W,
): Record<string, W> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, map(value)]),
  );
}

/** What each key's value becomes, which may depend on what others become. */
function lazily<V, W>(
  record: Readonly<Record<string, V>>,
  map: (value: V, all: Readonly<Record<string, W>>) => W,
): Record<string, W> {
  const all: Record<string, W> = {};
  for (const [key, value] of Object.entries(record)) {
    Object.defineProperty(all, key, {
      configurable: true,
      enumerable: true,
      get() {
        const mapped = map(value, all);
        Object.defineProperty(all, key, { value: mapped, enumerable: true });
        return mapped;
      },
    });
  }
  return { ...all };
}

/** Any fields. */
type AnyFields = Readonly<Record<string, Field<unknown, never>>>;

/** The schema of a config, whose keys it orders as the fields are. */
export function schemaOf<F extends object>(fields: F): z.ZodType<ConfigOf<F>> {
  const shape = mapValues(fields as AnyFields, ({ schema }) => schema);
  return z.strictObject(shape) as z.ZodType<unknown> as z.ZodType<ConfigOf<F>>;
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
  return lazily(
    fields as unknown as Record<string, Field<unknown>>,
    (field, config) => field.read(texts, config),
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
