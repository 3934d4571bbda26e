/** The figures of a command: of its runs, and of those in the folder like them. */

import { createHash } from "node:crypto";
import { objectiveLabel } from "../objective/spec.ts";
import { dataLabel, type PlannedRun, runName } from "../sweep/runs.ts";
import {
  allSettings,
  pieceOf,
  requireSetting,
  settingsOf,
  varying,
} from "../train/settings.ts";
import { capitalised } from "./captions.ts";
import { figureOf, NothingToDraw } from "./figure.ts";
import { type FigureRequest, PAGE_WIDTH } from "./request.ts";
import { saveFigure } from "./save_figure.ts";
import { runInFolder, type SourceRun } from "./source_runs.ts";

/** What the figures of an experiment are about. */
export interface SweepFigures {
  /** the heading of the figure of terms */
  readonly title: string;
  /** the setting along its x: see {@linkcode settingNamed} */
  readonly axis: string;
  /** flags that the command sweeps, also those that take lists anyway */
  readonly swept: readonly string[];
}

/**
 * Draws, for each data set, the learning curves of finished runs, and the terms
 * of their last evaluation against a setting: the experiment's axis, or what is
 * swept instead; where beta is, also rate against distortion.
 *
 * A figure's name says what is swept, and what all of its runs have that is not
 * as in their experiment: so a later command with other settings has figures of
 * its own, and one with the same settings adds to those that there are.
 *
 * @param runs of one set-up; those that failed are named, not drawn
 * @throws {UserError} there is no such setting, or a run is damaged
 */
export async function drawFigures(
  folder: string,
  { title, axis, swept }: SweepFigures,
  runs: readonly PlannedRun[],
): Promise<void> {
  const { flag } = requireSetting(axis, "the experiment's axis");
  const all = allSettings();
  const others = swept.filter((other) =>
    other !== flag && all.get(other)?.isSwept !== true
  );
  const groups = Map.groupBy(
    runs,
    (run) =>
      [dataLabel(run.config), ...others, ...setUpOf(run, swept)].join("-"),
  );
  for (const [stem, own] of groups) {
    const differ = new Set(varying(own));
    const x = [flag, ...others].find((setting) => differ.has(setting)) ?? flag;
    const first = own[0]!;
    const sources: SourceRun[] = [];
    for (const { name } of own) {
      sources.push(await runInFolder(`${folder}/${name}`));
    }
    const draw = (
      name: string,
      request: Pick<FigureRequest, "x" | "y" | "split" | "title" | "colour">,
    ) =>
      save(`${folder}/${stem}-${name}`, sources, {
        subtitle: [dataLabel(first.config), ...setUpOf(first, swept)].join(
          ", ",
        ),
        ...{ band: "ci", width: PAGE_WIDTH },
        ...request,
      });
    await draw("learning-curves", {
      ...{ x: "samples_seen", y: ["elbo"], title: "Learning curves" },
      // Beside bands, noisy lines would hide what there is to see.
      split: differ.has("seed") ? "test" : "both",
    });
    await draw("terms", {
      ...{ x, y: ["elbo", "reconstruction", "kl"], split: "test" },
      title: x === flag ? capitalised(title) : undefined,
    });
    if (!differ.has("beta")) continue;
    await draw("rate-distortion", {
      ...{ x: "rate", y: ["distortion"], split: "test", colour: ["beta"] },
    });
  }
}

/** Writes a figure, unless no run can be drawn: the one before then stays. */
async function save(
  path: string,
  runs: readonly SourceRun[],
  request: FigureRequest,
): Promise<void> {
  try {
    await saveFigure(path, await figureOf(runs, request));
  } catch (error) {
    if (!(error instanceof NothingToDraw)) throw error;
  }
}

/** The longest label of a set-up; a hash stands for longer ones. */
const LONGEST = 80;

/**
 * What a run has that is not as in its experiment, without what is swept, as
 * its name says it: none, or one label.
 */
function setUpOf(
  { name, config }: PlannedRun,
  swept: readonly string[],
): string[] {
  const { posterior, objective, seed } = config;
  const settings = settingsOf(config);
  const end = `-seed${seed}`;
  const [plain, whole] = [runName(config), name].map((text) =>
    text.slice(0, -end.length)
  );
  const pieces = whole!.slice(plain!.length);
  const own = swept.reduce(
    (text, flag) =>
      text.replace(`-${pieceOf(flag, settings.get(flag) ?? "")}`, ""),
    pieces,
  ).slice(1);
  const label = [
    ...posterior === "diagonal" ? [] : [posterior],
    ...objective.name === "elbo"
      ? []
      : [objectiveLabel(objective).replace(/-k\d+/, "")],
    ...own === "" ? [] : [own],
  ].join("-");
  if (label === "") return [];
  // A long name has a hash, of what is swept, too.
  const isShort = label.length <= LONGEST && !/\b[0-9a-f]{8}$/.test(own);
  if (isShort) return [label];
  const all = allSettings();
  const left = [...settings].filter(([flag]) =>
    !swept.includes(flag) && all.get(flag)?.isSwept !== true
  );
  const hash = createHash("sha256").update(JSON.stringify(left));
  return [hash.digest("hex").slice(0, 8)];
}
