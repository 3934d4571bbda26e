/** In what a config differs from another, in words. */

/** Settings by name, such as a config from a run.json. */
export type Settings = Readonly<Record<string, unknown>>;

/** The flags that ask for a config, and their texts; null: none can. */
export type FlagsOf = (config: Settings) => ReadonlyMap<string, string> | null;

/** What of a config depends on the contents of the user's data alone. */
const CONTENTS: readonly string[] = [
  "dim",
  "train",
  "test",
  "values",
  "sha256",
  "labelsSha256",
].map((key) => `own.${key}`);

/**
 * @param there what a folder has
 * @param here what is asked for
 * @param flagsOf gives flags their names; absent: fields have those of run.json
 * @returns the first difference; undefined: there is none
 */
export function differenceOf(
  there: Settings,
  here: Settings,
  flagsOf?: FlagsOf,
): string | undefined {
  const found = difference(there, here);
  if (found === undefined) return undefined;
  if (CONTENTS.includes(found.key)) {
    return "of other data: what is in the file has changed since";
  }
  return `with another config (${
    differentFlag(there, here, flagsOf) ?? text(found)
  })`;
}

/** A setting, such as `own.scale`, that differs. */
interface Difference {
  readonly key: string;
  readonly values: readonly [there: unknown, here: unknown];
}

function text({ key, values: [there, here] }: Difference): string {
  return `${key} is ${JSON.stringify(there) ?? "absent"}, ` +
    `${here === undefined ? "and here absent" : `not ${JSON.stringify(here)}`}`;
}

function differentFlag(
  there: Settings,
  here: Settings,
  flagsOf?: FlagsOf,
): string | undefined {
  const [were, are] = [there, here].map((config) => flagsOf?.(config) ?? null);
  if (!were || !are) return undefined;
  for (const flag of new Set([...are.keys(), ...were.keys()])) {
    const [was, is] = [were.get(flag), are.get(flag)];
    if (was === is) continue;
    if (is === undefined) return `it has --${flag} ${was}`;
    return was === undefined
      ? `it has no --${flag}, which is ${is} here`
      : `--${flag} is ${was}, not ${is}`;
  }
}

function difference(there: Settings, here: Settings): Difference | undefined {
  for (const key of new Set([...Object.keys(here), ...Object.keys(there)])) {
    const values = [there[key], here[key]] as const;
    const [was, is] = values.map((value) => JSON.stringify(value));
    if (was === is) continue;
    const inner = values.every(isSettings)
      ? difference(...values as [Settings, Settings])
      : undefined;
    return inner === undefined
      ? { key, values }
      : { ...inner, key: `${key}.${inner.key}` };
  }
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
