/** Names of runs: what of a config is not as its experiment has it. */

import { createHash } from "node:crypto";
import { type Flag, type Texts, writeFields } from "../config/field.ts";
import { valueOf } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { runName } from "../sweep/runs.ts";
import { pieceOf } from "../train/settings.ts";
import { RUN_FIELDS, type RunConfig } from "../train/config.ts";
import type { Defaults } from "./flags.ts";
import { valuedFlags } from "./read_flags.ts";

/** The longest name; longer ones have a hash of the settings in their place. */
const LONGEST = 100;

/** What an experiment says of names. */
export interface NameRules {
  /** what else tells its runs apart, in their names */
  readonly label?: (config: RunConfig) => string | undefined;
  /** the flags whose values the label says, such as `steps` */
  readonly labelled?: readonly string[];
  /** what it sweeps, by flag: its runs have the values in their names */
  readonly sweep?: Defaults;
  /** the fields that it derives from others, where no flag says them */
  readonly derive?: { readonly [Field in keyof RunConfig]?: unknown };
}

/**
 * The name of a run, such as `mnist-z10-L1-steps3000-lr0.01-seed1`: its data,
 * what its experiment sweeps and every setting that differs from what it has
 * without the flag. The same config has the same name, whatever flags asked
 * for it.
 *
 * @param configOf the config that texts ask for
 */
export function nameOf(
  { texts, config }: { readonly texts: Texts; readonly config: RunConfig },
  { label: labelOf, labelled = [], sweep = {}, derive = {} }: NameRules,
  configOf: (texts: Texts) => RunConfig,
): string {
  const label = labelOf?.(config);
  const inLabel = new Set(label === undefined ? [] : labelled);
  const derived = new Set(
    Object.keys(derive).flatMap((field) =>
      RUN_FIELDS[field as keyof RunConfig].flags.map(({ flag }) => flag)
    ),
  );
  const flags = valuedFlags();
  const settings = writeFields(RUN_FIELDS, config).filter(([name, text]) => {
    const flag = flags.get(name)!;
    if (flag.short === null || inLabel.has(name)) return false;
    const usual = derived.has(name) ? undefined : flag.usual;
    return name in sweep || isChange({ ...flag, usual }, text, texts, configOf);
  });
  // First how long it trained.
  const pieces = settings
    .sort(([a], [b]) => Number(b === "steps") - Number(a === "steps"))
    .map(([name, text]) => pieceOf(name, text));
  const parts = [...label === undefined ? [] : [label], ...pieces];
  const name = runName(config, parts.join("-") || undefined);
  if (name.length <= LONGEST || pieces.length === 0) return name;
  const hash = createHash("sha256").update(pieces.join("-")).digest("hex");
  const short = [...parts.slice(0, -pieces.length), hash.slice(0, 8)];
  return runName(config, short.join("-"));
}

/** Whether the user gave the flag another value than there is without it. */
function isChange(
  flag: Flag,
  text: string,
  texts: Texts,
  configOf: (texts: Texts) => RunConfig,
): boolean {
  const ways = flag.ways ?? [flag.flag];
  if (!ways.some((way) => texts.get(way)?.isGiven)) return false;
  const without = new Map(texts);
  for (const way of ways) {
    const { isGiven, fallback } = texts.get(way) ?? {};
    if (!isGiven) continue;
    if (fallback === undefined) without.delete(way);
    else without.set(way, { text: fallback, isGiven: false });
  }
  const left = without.get(flag.flag)?.text ?? flag.usual;
  if (left !== undefined && ways.length === 1) {
    const read = valueOf(flag.value, left);
    return text !== (read === undefined ? left : flag.value.write(read));
  }
  // A file is not read again, with other settings, for the sake of a name.
  if (RUN_FIELDS.own.flags.some((own) => own.flag === flag.flag)) return true;
  try {
    const usual = new Map(writeFields(RUN_FIELDS, configOf(without)));
    return usual.get(flag.flag) !== text;
  } catch (error) {
    if (error instanceof UserError) return true; // nothing to be compared with
    throw error;
  }
}
