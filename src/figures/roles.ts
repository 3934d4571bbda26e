/** Which settings of the runs are told apart by colour, panel and dash. */

import type { Colours } from "../plot/legends.ts";
import { COLOURS, DASHES } from "../plot/theme.ts";
import { type DrawnRun, labelsOf } from "./series.ts";
import type { FigureRequest } from "./request.ts";
import {
  inOrderOfValue,
  settingFor,
  settingTitle,
  tellingApart,
  withoutSeed,
} from "./settings.ts";

/** Settings beside which log densities are not to be compared. */
export const OTHER_SCALES = ["dataset", "likelihood", "experiment"];

/** Which settings are told apart by what. */
export interface Roles {
  readonly colour: readonly string[];
  readonly dash: readonly string[];
  readonly facet: readonly string[];
}

/**
 * The settings by which the runs differ, each in one role. Revisions differ in
 * their dashes, so that one colour is the same run in each. What has more
 * values than there are dashes is told apart by colour, too.
 */
export function rolesOf(
  runs: readonly DrawnRun[],
  request: Pick<FigureRequest, "colour" | "facet">,
  setting: string | undefined,
): Roles {
  // Runs that differ in more than their seed are never averaged.
  const all = runs.map(({ settings }) => withoutSeed(settings));
  const named = (flag: "colour" | "facet") =>
    request[flag]?.map((name) => settingFor(name, flag));
  const given = { colour: named("colour"), facet: named("facet") };
  const x = setting === undefined ? [] : [setting];
  const taken = [...x, ...given.colour ?? [], ...given.facet ?? []];
  const free = tellingApart(all, taken);
  const own = free.filter((flag) => flag !== "revision");
  const apart = own.filter((flag) => OTHER_SCALES.includes(flag));
  const colour = given.colour ??
    own.filter((flag) => !OTHER_SCALES.includes(flag)).slice(0, 1);
  const facet = given.facet ??
    [...apart, ...own].filter((flag) => !colour.includes(flag)).slice(0, 1);
  const dash = free.filter((flag) =>
    !colour.includes(flag) && !facet.includes(flag)
  );
  return labelsOf(runs, dash).length <= DASHES.length
    ? { colour, dash, facet }
    : { colour: [...colour, ...dash], dash: [], facet };
}

/** A scale where one setting has more numbers than there are colours. */
export function coloursOf(
  runs: readonly DrawnRun[],
  colour: readonly string[],
): Colours {
  const entries = labelsOf(runs, colour);
  const [flag, ...more] = colour;
  const texts = runs.map(({ settings }) => settings.get(flag ?? ""));
  const values = inOrderOfValue(texts).map((text) => Number(text ?? NaN));
  const isScale = flag !== undefined && more.length === 0 &&
    entries.length > COLOURS.length && values.every(Number.isFinite);
  return isScale
    ? {
      title: settingTitle(flag),
      values,
      isLogarithmic: values[0]! > 0 && values.at(-1)! > 10 * values[0]!,
    }
    : { entries };
}
