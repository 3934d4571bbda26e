/** The text of an experiment's `--help`. */

import {
  type Defaults,
  type Flag,
  type FlagName,
  FLAGS,
  SWITCHES,
} from "./flags.ts";
import { flagNames, RUN_LENGTHS } from "./read_flags.ts";

/** Of a flag of a run's length: that another one says it by default. */
function lengthBy(name: FlagName, defaults: Defaults): string | undefined {
  const lengths: readonly FlagName[] = RUN_LENGTHS;
  const other = lengths.find((length) => length in defaults);
  if (!lengths.includes(name) || other === undefined) return undefined;
  return `as --${other} says`;
}

/** The text of `--help`. */
export function helpText(
  about: { task: string; shows: string },
  defaults: Defaults,
  fixed: Defaults = {},
): string {
  const rows: [string, string][] = [
    ...flagNames(fixed).map((name): [string, string] => {
      const { value, help, default: common, otherwise } = FLAGS[name] as Flag;
      const fallback = defaults[name] ?? lengthBy(name, defaults) ?? common ??
        otherwise;
      return [`--${name} ${value}`, `${help} (default: ${fallback})`];
    }),
    ...Object.entries(SWITCHES).map(([name, help]): [string, string] => [
      `--${name}`,
      help,
    ]),
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    about.shows,
    "",
    `Usage: deno task ${about.task} [FLAGS]`,
    "",
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    "",
    "Every combination of --latent, --samples, --k and --seed is one run. All " +
    "log terms are in nats per datapoint.",
  ].join("\n");
}
