/** The lines of an experiment's `--help`. */

import { allFlags, type Flag } from "../config/field.ts";
import { FIELD_GROUPS } from "../train/config.ts";
import { SWEEP } from "./axes.ts";
import { type Defaults, isOffered, OPTION_FIELDS, SWITCHES } from "./flags.ts";

/** Columns of the flags, and of what they say. */
const [LEFT, RIGHT] = [26, 52];

export function helpText(
  about: { command: string; shows: string },
  defaults: Defaults,
  fixed: Defaults = {},
): string[] {
  const groups = { ...FIELD_GROUPS, "Program": OPTION_FIELDS };
  return [
    about.shows,
    "",
    `Usage: ${about.command} [FLAGS]`,
    ...Object.entries(groups).flatMap(([title, fields]) => [
      ...["", title],
      ...allFlags(fields).filter(({ flag }) => isOffered(flag, fixed))
        .flatMap((flag) => helpOf(flag, defaults)),
    ]),
    ...["", "Sweep"],
    ...columns(
      `--${SWEEP.flag} ${SWEEP.placeholder}`,
      `${SWEEP.help} (default: none)`,
    ),
    ...["", "Switches"],
    ...Object.entries(SWITCHES)
      .flatMap(([name, help]) => columns(`--${name}`, help)),
    "",
    "Every combination of the values of --latent, --k, --samples, --seed and",
    "--sweep is one run. All log terms are in nats per datapoint.",
  ];
}

function helpOf(
  { flag, value, help, isSwept, ways = [], default: common }: Flag,
  defaults: Defaults,
): string[] {
  const placeholder = isSwept ? `${value.placeholder},...` : value.placeholder;
  const way = ways.find((name) => name in defaults);
  const elsewhere = way === undefined ? undefined : `as --${way} says`;
  const fallback = defaults[flag] ?? elsewhere ?? common;
  return columns(`--${flag} ${placeholder}`, `${help} (default: ${fallback})`);
}

/** Two columns, the right one wrapped. */
function columns(left: string, right: string): string[] {
  const lines = [""];
  for (const word of right.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length > RIGHT) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line, i) => `  ${(i ? "" : left).padEnd(LEFT)}${line}`);
}
