/**
 * `deno task plot`: figures of finished runs, from folders and revisions.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../config/texts.ts";
import {
  distinct,
  list,
  swept,
  text,
  type Value,
  word,
} from "../config/value.ts";
import { figureOf } from "../figures/figure.ts";
import { SPLIT_CHOICES } from "../figures/measure.ts";
import { PROGRESS } from "../figures/quantities.ts";
import { USUAL } from "../figures/request.ts";
import { BAND_TABLE } from "../figures/series.ts";
import { RunSources, type SourceRun } from "../figures/source_runs.ts";
import { svgToPng } from "../plot/png.ts";
import { renderSvg } from "../plot/svg.ts";
import { UserError } from "../errors.ts";
import { namesOf, namesWithHelp } from "../table.ts";
import { foldersOf } from "./finished_runs.ts";
import { inProject } from "./place.ts";
import { print } from "./progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "./task.ts";
import { fileTo } from "./use/output.ts";
import { checkPlace, writeNew } from "./user_files.ts";

const COMMITTED = "results";

const NAMES = "SETTING,...";

const FLAGS = {
  x: [
    "NAME",
    "samples_seen or step: curves; a setting, such as latent_dim: values after " +
    "the last step; a column, such as rate: against that (default: samples_seen)",
  ],
  y: ["COLUMN,...", "a row of panels each (default: elbo)"],
  colour: [
    NAMES,
    "settings that colours tell apart (default: the first that " +
    "varies; none)",
  ],
  facet: [
    NAMES,
    "settings with a panel for each value (default: the second " +
    "that varies; none)",
  ],
  band: [
    "NAME",
    `of runs that differ in their seed alone: ${namesWithHelp(BAND_TABLE)} ` +
    "(default: ci)",
  ],
  split: [
    "NAME",
    `of curves: ${SPLIT_CHOICES.join(", ")} (default: test)`,
  ],
  width: ["WIDTH", `such as 3.25in or 8cm (default: ${USUAL.width}in)`],
  title: ["TEXT", "above the figure (default: what is drawn)"],
  out: ["FILE", "NAME.svg or NAME.png (default: the SVG is printed)"],
} as const satisfies TaskFlags;

const CENTIMETRES = 2.54;

/** Widths in inches, as they are typed: from 1 to 20 inches. */
const WIDTH: Value<number> = {
  placeholder: "WIDTH",
  expected: "a width from 1in to 20in, such as 3.25in or 8cm",
  schema: () => z.number().min(1).max(20),
  parse(text) {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(in|cm)$/.exec(text) ?? [];
    return Number(number) / (unit === "cm" ? CENTIMETRES : 1);
  },
  write: (inches) => `${inches}in`,
};

const SETTINGS = distinct(list(text("SETTING"), "names of settings"));

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  x: once(text()),
  y: once(swept(text("COLUMN"))),
  colour: once(SETTINGS),
  facet: once(SETTINGS),
  band: once(word(namesOf(BAND_TABLE))),
  split: once(word(SPLIT_CHOICES)),
  width: once(WIDTH),
  title: once(text()),
  out: once(fileTo([".svg", ".png"])),
});

type Flags = z.output<typeof flagsSchema>;

export const PLOT: Task<Flags> = {
  usage: [
    "Draws finished runs: runs that differ in their seed alone as one mean.",
    "",
    "Usage: deno task plot [RUNS...] [FLAGS]",
    "",
    "RUNS is a run, a folder with runs, such as results/latent-sweep, or what a",
    "revision has of it: REVISION:results/latent-sweep. Several are drawn together.",
    "Without any it is the project's results.",
  ],
  flags: FLAGS,
  notes: [
    "A SETTING is a flag, or a field of run.json, of runs; also experiment and",
    "revision. What varies is always told apart: by colour, panel or dash.",
    "",
    "  deno task plot results/mc-samples --x samples --y elbo,kl --out l.svg",
    "  deno task plot mine beta4 --x rate --y distortion --out rd.png",
  ],
  schema: flagsSchema,
};

/** Pixels of a PNG in a unit of the SVG: 300 in an inch. */
const SCALE = 300 / 96;

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function plot(args: readonly string[]): Promise<void> {
  const flags = readTask(args, PLOT);
  if (flags === null) return;
  const { out } = flags;
  requireCurves(flags);
  if (out !== undefined) await checkPlace("out", out);
  await using sources = new RunSources(inProject("."), COMMITTED);
  const named = flags._.length > 0
    ? await foldersOf(flags._)
    : [inProject(COMMITTED)];
  const runs = new Map<string, SourceRun>();
  for (const name of named) {
    for (const run of await sources.open(name)) runs.set(run.path, run);
  }
  const svg = await renderSvg(
    await figureOf([...runs.values()], {
      ...flags,
      x: flags.x ?? USUAL.x,
      y: flags.y ?? USUAL.y,
      band: flags.band ?? USUAL.band,
      split: flags.split ?? USUAL.split,
      width: flags.width ?? USUAL.width,
    }),
  );
  if (out === undefined) {
    print(svg.split("\n"));
    return;
  }
  const content = out.endsWith(".png")
    ? await svgToPng(svg, { scale: SCALE })
    : svg;
  await writeNew({ flag: "out", path: out, content });
}

/** @throws {UserError} --split is given, and what is drawn has no curves */
function requireCurves({ split, x = USUAL.x }: Flags): void {
  if (split === undefined || PROGRESS.some((name) => name === x)) return;
  throw new UserError(
    `--split ${split}: it has no effect with --x ${x}, of which there are no ` +
      "curves; leave it out",
  );
}

if (import.meta.main) await runTask(plot);
