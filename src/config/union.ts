/** Fields whose value has settings of its own: members of a union, or none. */

import { z } from "../lazy_zod.ts";
import {
  allFlags,
  type AnyFields,
  type Field,
  type Fields,
  type Flag,
  readFields,
  schemasOf,
  writeFields,
} from "./field.ts";

/** Members of a union by name, and the settings of each. */
export type Members<U, Tag extends keyof U> = {
  readonly [N in U[Tag] & string]: Fields<
    Omit<Extract<U, Record<Tag, N>>, Tag>
  >;
};

/** The settings that the rows of a table have. */
export function settingsOf<U, Tag extends keyof U>(
  table: Readonly<Record<string, { readonly settings: object }>>,
): Members<U, Tag> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { settings }]) => [name, settings]),
  ) as Members<U, Tag>;
}

/**
 * A field whose value is one member of a union, with settings of its own.
 *
 * @param tag the key that tells members apart
 * @param own what names a member
 */
export function union<
  U extends Readonly<Record<Tag, string>>,
  Tag extends keyof U & string,
  C = unknown,
>(
  tag: Tag,
  own: Field<U[Tag], C>,
  members: Members<U, Tag>,
): Field<U, C> {
  const name = own.flags[0]!.flag;
  const settings = members as Readonly<Record<string, AnyFields>>;
  const owners = Map.groupBy(
    Object.entries(settings).flatMap(([member, fields]) =>
      allFlags(fields).map((flag) => ({ member, flag }))
    ),
    ({ flag }) => flag.flag,
  );
  return {
    schema() {
      const [first, ...others] = Object.entries(settings).map((
        [member, fields],
      ) => z.strictObject({ [tag]: z.literal(member), ...schemasOf(fields) }));
      const schema: z.ZodType = z.discriminatedUnion(tag, [first!, ...others]);
      return schema as z.ZodType<U>;
    },
    flags: [...own.flags, ...[...owners.values()].map(sharedFlag)],
    read(texts, config) {
      const member = own.read(texts, config);
      return { [tag]: member, ...readFields(settings[member]!, texts) } as U;
    },
    write: (value) => [
      ...own.write(value[tag]),
      ...writeSettings(settings[value[tag]]!, value),
    ],
    unused(flag, text, value, config) {
      const member = value[tag];
      if (flag === name) return own.unused(flag, text, member, config);
      const having = owners.get(flag)!.map(({ member }) => member);
      if (having.includes(member)) return undefined;
      return `with --${name} ${member}; use --${name} ${having.join(" or ")}`;
    },
  };
}

/** The flag of a setting that several members have. */
function sharedFlag(owners: readonly { member: string; flag: Flag }[]): Flag {
  const [{ flag }] = owners as [typeof owners[number]];
  const isSame = owners.every((owner) => owner.flag.default === flag.default);
  return {
    ...flag,
    help: `${owners.map(({ member }) => member).join(", ")}: ${flag.help}`,
    default: isSame
      ? flag.default
      : owners.map(({ member, flag }) => `${member} ${flag.default}`)
        .join(", "),
    usual: isSame ? flag.usual : undefined,
  };
}

/** A field that is null where its own flag says so, or else has settings. */
export function optional<T extends object, K extends keyof T & string>(
  key: K,
  own: Field<T[K] | null>,
  settings: Fields<Omit<T, K>>,
): Field<T | null> {
  const fields = settings as unknown as AnyFields;
  const name = own.flags[0]!.flag;
  return {
    schema() {
      const schema: z.ZodType = z.strictObject({
        [key]: own.schema().refine((value) => value !== null),
        ...schemasOf(fields),
      }).nullable();
      return schema as z.ZodType<T | null>;
    },
    flags: [...own.flags, ...allFlags(fields)],
    read(texts) {
      const value = own.read(texts, undefined);
      if (value === null) return null;
      return { [key]: value, ...readFields(fields, texts) } as T;
    },
    write: (value) => [
      ...own.write(value === null ? null : value[key]),
      ...value === null ? [] : writeSettings(fields, value),
    ],
    unused(flag, _text, value) {
      if (flag === name || value !== null) return undefined;
      return `with --${name} ${own.write(null)[0]![1]}; leave it out`;
    },
  };
}

function writeSettings(fields: AnyFields, settings: object) {
  return writeFields<Record<string, unknown>>(fields, { ...settings });
}
