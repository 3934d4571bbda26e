/** Names of runs and columns: patterns, paths, order. */

import { printable } from "../text.ts";

/** Matches whole names; `*` stands for any characters, `?` for one. */
export function globToRegExp(glob: string): RegExp {
  const pattern = glob.replace(
    /[\\^$.*+?()[\]{}|]/g,
    (c) => c === "*" ? ".*" : c === "?" ? "." : `\\${c}`,
  );
  return new RegExp(`^${pattern}$`, "su");
}

/** The experiment of a run's path; empty where the path has none. */
export function experimentOf(run: string): string {
  return run.slice(0, Math.max(0, run.lastIndexOf("/")));
}

/** The name of a run, without its experiment. */
export function nameOf(run: string): string {
  return run.slice(run.lastIndexOf("/") + 1);
}

const collator = new Intl.Collator("en", { numeric: true });

/** Paths as people count: z2 before z10. */
export function inOrder(paths: Iterable<string>): string[] {
  return [...paths].sort(collator.compare);
}

/** A few names, for a message. */
export function someOf(names: Iterable<string>): string {
  const all = inOrder(names).map(printable);
  return all.slice(0, 5).join(", ") +
    (all.length > 5 ? `, ${all.length - 5} more` : "");
}
