/** Names of runs and columns: patterns, paths, order. */

import { didYouMean } from "../table.ts";
import { naturally, printable } from "../text.ts";

/**
 * Matches whole names; `*` stands for any characters, `?` for one.
 *
 * Only the last star is ever tried anew, so that the time is at most the product
 * of both lengths: a regular expression takes a power of them for each star.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const pattern = [...glob];
  return (name) => {
    const letters = [...name];
    let [at, next] = [0, 0];
    let star: { readonly at: number; next: number } | undefined;
    while (next < letters.length) {
      if (pattern[at] === "*") {
        star = { at: at++, next };
      } else if (pattern[at] === "?" || pattern[at] === letters[next]) {
        at += 1;
        next += 1;
      } else if (star !== undefined) {
        at = star.at + 1;
        next = ++star.next;
      } else return false;
    }
    return pattern.slice(at).every((letter) => letter === "*");
  };
}

/** The experiment of a run's path; empty where the path has none. */
export function experimentOf(run: string): string {
  return run.slice(0, Math.max(0, run.lastIndexOf("/")));
}

/** The name of a run, without its experiment. */
export function nameOf(run: string): string {
  return run.slice(run.lastIndexOf("/") + 1);
}

/** Paths as people count: z2 before z10. */
export function inOrder(paths: Iterable<string>): string[] {
  return [...paths].sort(naturally);
}

/** A few names, for a message. */
export function someOf(names: Iterable<string>): string {
  const all = inOrder(names).map(printable);
  return all.slice(0, 5).join(", ") +
    (all.length > 5 ? `, ${all.length - 5} more` : "");
}

/**
 * A suggestion for the end of a message, where there is no run of an experiment
 * of that name; empty where there is, or none is near.
 *
 * @param runs paths of all runs
 */
export function experimentMeant(
  experiment: string | undefined,
  runs: Iterable<string>,
): string {
  const names = new Set([...runs].map(experimentOf));
  return experiment === undefined || names.has(experiment)
    ? ""
    : didYouMean(experiment, [...names]);
}
