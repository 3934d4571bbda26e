/** The runs that words of a command line name: folders, revisions, patterns. */

import { dirname } from "node:path";
import { globMatcher } from "../compare/names.ts";
import { UserError } from "../errors.ts";
import type {
  OnDamage,
  RunSources,
  SourceRun,
} from "../figures/source_runs.ts";
import { targetOf } from "../files.ts";
import { isFolder, partialNames } from "../results/run_place.ts";
import { foldersOf } from "./finished_runs.ts";
import { inProject } from "./place.ts";

/** Where the project, and its revisions, have their results. */
export const COMMITTED = "results";

/** What words named. */
export interface NamedRuns {
  /** those that took their place, finished or failed, each once */
  readonly runs: readonly SourceRun[];
  /** paths of those that were begun, and are not finished */
  readonly begun: readonly string[];
}

/**
 * The runs that the words name, those of the project's results where there is
 * no word. A word is a run, a folder with runs, an experiment of the project's
 * results, REVISION:PATH, or a pattern of paths, or, without a slash, of names
 * of the project's runs.
 *
 * @param onDamage is told of records that cannot be read, and may go on
 * @throws {UserError} a word names no run
 */
export async function namedRuns(
  words: readonly string[],
  sources: RunSources,
  onDamage?: OnDamage,
): Promise<NamedRuns> {
  const named = words.length > 0
    ? await foldersOf(words)
    : [inProject(COMMITTED)];
  const runs = new Map<string, SourceRun>();
  const begun = new Set<string>();
  for (const name of named) {
    const found = await runsOf(name, sources, onDamage);
    for (const run of found.runs) runs.set(run.path, run);
    for (const path of found.begun) begun.add(path);
  }
  return { runs: [...runs.values()], begun: [...begun] };
}

/** The runs that a word names, and the paths of those that were begun. */
async function runsOf(
  word: string,
  sources: RunSources,
  onDamage?: OnDamage,
): Promise<NamedRuns> {
  const isPattern = /[*?]/.test(word);
  const isName = isPattern && !word.includes("/");
  const parts = word.split("/");
  const folder = isName
    ? inProject(COMMITTED)
    : isPattern
    ? parts.slice(0, parts.findIndex((part) => /[*?]/.test(part))).join("/")
    : await experimentNamed(word);
  const matches = isPattern ? globMatcher(word) : () => true;
  const isMeant = (path: string) =>
    matches(isName ? path.slice(path.lastIndexOf("/") + 1) : path);
  let isDamaged = false;
  const told: OnDamage = (path, error) => {
    if (onDamage === undefined) throw error;
    if (!isMeant(path)) return;
    isDamaged = true;
    onDamage(path, error);
  };
  const all = await sources.open(
    isPattern && folder === "" ? (word.startsWith("/") ? "/" : ".") : folder,
    told,
  );
  const runs = all.filter(({ path }) => isMeant(path));
  if (runs.length === 0 && !isDamaged) {
    throw new UserError(`${word}: no run is called so`);
  }
  const isRun = all.length === 1 && all[0]!.path === folder;
  const places = isRun ? [] : all.filter(({ revision }) => revision === "")
    .map(({ path }) => dirname(path));
  const begun: string[] = [];
  for (const place of new Set(places)) {
    for (const name of await partialNames(place)) {
      const path = `${place}/${name.slice(0, -".partial".length)}`;
      if (isMeant(path) && !all.some((run) => run.path === path)) {
        begun.push(path);
      }
    }
  }
  return { runs, begun };
}

/** The folder of an experiment's name in the project's results, or the word. */
async function experimentNamed(word: string): Promise<string> {
  const isName = word !== "" && !word.includes("/");
  if (!isName || await targetOf(word) !== null) return word;
  const folder = inProject(`${COMMITTED}/${word}`);
  return await isFolder(folder) ? folder : word;
}
