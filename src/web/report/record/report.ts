/**
 * The record of a report: a function of what was read of the runs alone, so
 * that the same runs give the same page.
 */

import { quantityTitle } from "../../../figures/quantities.ts";
import { OTHER_SCALES } from "../../../figures/roles.ts";
import {
  inOrderOfValue,
  settingText,
  settingTitle,
  withoutSeed,
} from "../../../figures/settings.ts";
import { tQuantile } from "../../../statistics/student.ts";
import { columnOf } from "../../../train/settings.ts";
import {
  type Picture,
  type Report,
  type RunRecord,
  type SettingColumn,
  TERMS,
} from "./record.ts";
import type { RunParts } from "./run_parts.ts";

/** What is said beside the runs. */
export type About = Pick<
  Report,
  "title" | "leftOut" | "published" | "comparison"
>;

/** Runs of another revision, by the paths of those that they belong to. */
export type Others = ReadonlyMap<string, NonNullable<RunRecord["other"]>>;

/** The most characters of a record, as far as pictures can be left out. */
const MOST_OF_RECORD = 4_600_000;

/** Sets runs together. @param others see {@linkcode RunRecord.other} */
export function reportOf(
  parts: readonly RunParts[],
  about: About,
  others: Others = new Map(),
): Report {
  const settings = settingColumns(parts);
  const groups = groupsOf(parts);
  const ordered = inOrder(parts, settings);
  const names = quantityNames(parts);
  const pictures = picturesThatFit(ordered, groups);
  const runs = ordered.map((of): RunRecord => ({
    path: of.run.path,
    name: of.run.name,
    status: of.progress === null ? "finished" : "running",
    progress: of.progress,
    ended: of.ended,
    seed: of.settings.get("seed") ?? "",
    settings: settings.map(({ flag, values }) =>
      values.indexOf(of.settings.get(flag) ?? "")
    ),
    group: groups.get(of)!,
    finals: names.map((name) => finite(of.finals.get(name))),
    test: of.curves.test,
    train: of.curves.train,
    other: others.get(of.run.path) ?? null,
    kl: of.kl,
    pictures: of.pictures.map(({ kind, hash }) => ({
      kind,
      hash: Object.hasOwn(pictures, hash) ? hash : null,
    })),
    provenance: of.provenance,
  }));
  const counts = Map.groupBy(runs, ({ group }) => group).values();
  const most = Math.max(1, ...[...counts].map(({ length }) => length));
  return {
    ...about,
    settings: settings.map(({ flag: _, ...column }) => column),
    quantities: names.map((name) => ({ name, title: quantityTitle(name) })),
    runs,
    tValues: Array.from(
      { length: most - 1 },
      (_, i) => tQuantile(0.975, i + 1),
    ),
    pictures,
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** The settings that vary, with the flags that they have. */
function settingColumns(
  parts: readonly RunParts[],
): (SettingColumn & { readonly flag: string })[] {
  const all = parts.map(({ settings }) => settings);
  const flags = new Set(all.flatMap((settings) => [...settings.keys()]));
  return [...flags].flatMap((flag) => {
    const texts = inOrderOfValue(all.map((settings) => settings.get(flag)));
    if (texts.length < 2) return [];
    const values = texts.filter((text) => text !== undefined);
    return [{
      flag,
      name: columnOf(flag),
      title: settingTitle(flag),
      values,
      labels: values.map((text) => settingText(flag, text)),
      isOtherScale: OTHER_SCALES.includes(flag),
    }];
  });
}

/** Numbers of the groups of runs that differ in their seed alone. */
function groupsOf(parts: readonly RunParts[]): Map<RunParts, number> {
  const keys = new Map<string, number>();
  return new Map(parts.map((of) => {
    const all = [...withoutSeed(of.settings)];
    // Before its first checkpoint nothing is known of a run but its name.
    const key = all.some(([flag]) => flag === "latent")
      ? JSON.stringify(all.sort(([a], [b]) => a < b ? -1 : 1))
      : of.run.path;
    const group = keys.get(key) ?? keys.size;
    keys.set(key, group);
    return [of, group];
  }));
}

/** By the values of the settings that vary, seeds last. */
function inOrder(
  parts: readonly RunParts[],
  columns: readonly {
    readonly flag: string;
    readonly values: readonly string[];
  }[],
): RunParts[] {
  const sorted = columns.toSorted((a, b) =>
    Number(a.flag === "seed") - Number(b.flag === "seed")
  );
  const rank = ({ settings }: RunParts) =>
    sorted.map(({ flag, values }) => values.indexOf(settings.get(flag) ?? ""));
  return parts.toSorted((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x.map((place, i) => place - y[i]!).find((d) => d !== 0) ?? 0;
  });
}

/** The bound's terms, then the others in the order in which they come. */
function quantityNames(parts: readonly RunParts[]): string[] {
  const names = new Set<string>(TERMS);
  for (const { finals } of parts) {
    for (const name of finals.keys()) names.add(name);
  }
  return [...names].filter((name) =>
    parts.some(({ finals }) => finals.has(name))
  );
}

/** Pictures as far as they fit: of each kind first those of one seed. */
function picturesThatFit(
  parts: readonly RunParts[],
  groups: ReadonlyMap<RunParts, number>,
): Record<string, Picture> {
  const places = new Map<number, number>();
  const all = parts.flatMap((of) => {
    const group = groups.get(of)!;
    const place = places.get(group) ?? 0;
    places.set(group, place + 1);
    return of.pictures.map((picture, rank) => ({ picture, rank, place }));
  }).sort((a, b) => a.place - b.place || a.rank - b.rank);
  const fit: Record<string, Picture> = {};
  const others = parts.map(({ curves, kl, provenance }) =>
    JSON.stringify([curves, kl, provenance]).length
  );
  let room = others.reduce((room, length) => room - length, MOST_OF_RECORD);
  for (const { picture: { hash, url, width, height } } of all) {
    if (Object.hasOwn(fit, hash) || url.length > room) continue;
    room -= url.length;
    fit[hash] = { url, width, height };
  }
  return fit;
}
