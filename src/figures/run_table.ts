/** Tables of finished runs: means over seeds, and how sure they are. */

import { UserError } from "../errors.ts";
import {
  type MeanInterval,
  meanInterval,
} from "../statistics/mean_interval.ts";
import { columnOf, settingNamed } from "../train/settings.ts";
import { testChose } from "../train/stopping.ts";
import { finalValue, requireQuantity } from "./quantities.ts";
import {
  inOrderOfValue,
  settingFor,
  type Settings,
  settingsOfRun,
  tellingApart,
  withoutSeed,
} from "./settings.ts";
import { counted } from "../text.ts";
import type { SourceRun } from "./source_runs.ts";

/** What a table is to have. */
export interface TableRequest {
  /** settings with a row for each combination; absent: all that vary */
  readonly rows?: readonly string[] | undefined;
  /** quantities, and settings with columns for each combination */
  readonly columns: readonly string[];
}

/** A table, whose settings are flags, or `experiment` or `revision`. */
export interface RunTable {
  /** settings that tell the groups of a column apart */
  readonly rows: readonly string[];
  /** settings that tell the columns of a quantity apart */
  readonly across: readonly string[];
  /** what the cells of a group are the means of */
  readonly quantities: readonly string[];
  /** in the order of the values of the settings */
  readonly groups: readonly TableGroup[];
}

/** Runs that differ in their seed alone. */
export interface TableGroup {
  /** the values of the settings of the rows */
  readonly row: readonly string[];
  /** the values of those of the columns */
  readonly across: readonly string[];
  /** of each quantity; null: no run has it */
  readonly cells: readonly (MeanInterval | null)[];
  /** whether the test split chose the state of one of them: see `testChose` */
  readonly isChosenByTest: boolean;
}

/**
 * The means of finished runs over their seeds. No runs are averaged that differ
 * in anything else.
 *
 * @throws {UserError} none is finished, there is no such setting or quantity,
 *   runs of a row differ in more than their seed, or one is there twice
 */
export async function tableOf(
  runs: readonly SourceRun[],
  { rows: asked, columns }: TableRequest,
): Promise<RunTable> {
  const finished = runs.filter(({ status }) => status === "finished");
  if (finished.length === 0) {
    throw new UserError(`none of ${counted(runs.length, "run")} is finished`);
  }
  const isSetting = (name: string) =>
    ["experiment", "revision"].includes(name) ||
    settingNamed(name) !== undefined;
  const quantities = columns.filter((name) => !isSetting(name));
  if (quantities.length === 0) quantities.push("elbo");
  const about = { flag: "columns", splits: ["test"], final: true } as const;
  for (const name of quantities) await requireQuantity(name, finished, about);
  const across = columns.filter(isSetting)
    .map((name) => settingFor(name, "columns"));
  const all = finished.map((run) => ({ run, settings: settingsOfRun(run) }));
  const rows = asked?.map((name) => settingFor(name, "rows")) ??
    tellingApart(all.map(({ settings }) => withoutSeed(settings)), across);
  const both = rows.find((flag) => across.includes(flag));
  if (both !== undefined) {
    throw new UserError(
      `--columns ${
        columnOf(both)
      }: it has rows; leave it out there, or in --rows`,
    );
  }
  const keys = [...rows, ...across];
  const orders = new Map(keys.map((flag) => [
    flag,
    inOrderOfValue(all.map(({ settings }) => settings.get(flag))),
  ]));
  const places = ({ settings }: typeof all[number]) =>
    keys.map((flag) => orders.get(flag)!.indexOf(settings.get(flag)));
  const sorted = all.toSorted((a, b) => {
    const [x, y] = [places(a), places(b)];
    return x.map((place, i) => place - y[i]!).find((d) => d !== 0) ?? 0;
  });
  const groups: TableGroup[] = [];
  for (const group of Map.groupBy(sorted, (run) => `${places(run)}`).values()) {
    requireAlike(group, keys);
    const [{ settings }] = group as [typeof group[number]];
    const valuesOf = (flags: readonly string[]) =>
      flags.map((flag) => settings.get(flag) ?? "");
    const cells: (MeanInterval | null)[] = [];
    for (const name of quantities) {
      const values: number[] = [];
      for (const { run } of group) {
        const value = await finalValue(run, name);
        if (value !== null) values.push(value);
      }
      cells.push(values.length === 0 ? null : meanInterval(values));
    }
    const isChosenByTest = group.some(({ run: { ended, config } }) =>
      ended !== undefined && testChose(ended, config)
    );
    groups.push({
      ...{ row: valuesOf(rows), across: valuesOf(across), cells },
      isChosenByTest,
    });
  }
  return { rows, across, quantities, groups };
}

/** @throws {UserError} they differ in more than their seed, or not even in that */
function requireAlike(
  group: readonly { readonly run: SourceRun; readonly settings: Settings }[],
  keys: readonly string[],
): void {
  const flags = new Set(group.flatMap(({ settings }) => [...settings.keys()]));
  const varied = [...flags].filter((flag) =>
    flag !== "seed" &&
    new Set(group.map(({ settings }) => settings.get(flag))).size > 1
  );
  if (varied.length > 0) {
    const names = varied.map(columnOf).join(", ");
    throw new UserError(
      `--rows ${keys.map(columnOf).join(",") || "none"}: in one row runs ` +
        `differ in ${names}, too; add to --rows or --columns, or name fewer runs`,
    );
  }
  const bySeed = Map.groupBy(group, ({ settings }) => settings.get("seed"));
  for (const [first, second] of bySeed.values()) {
    if (second === undefined) continue;
    throw new UserError(
      `${
        first!.run.path
      } and ${second.run.path} are one run, made twice; name ` +
        "one of them",
    );
  }
}
