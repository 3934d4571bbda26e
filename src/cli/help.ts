/** The text of an experiment's `--help`. */

import {
  type Defaults,
  type Flag,
  flagNames,
  FLAGS,
  SWITCHES,
} from "./flags.ts";

/** The text of `--help`. */
export function helpText(
  about: { task: string; shows: string },
  defaults: Defaults,
  fixed: Defaults = {},
): string {
  const rows: [string, string][] = [
    ...flagNames(fixed).map((name): [string, string] => {
      const { value, help, default: common, otherwise } = FLAGS[name] as Flag;
      const fallback = defaults[name] ?? common ?? otherwise;
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
