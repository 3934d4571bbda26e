/** Two trees of results, tested over seeds. */

import { UserError } from "../errors.ts";
import { meanInterval } from "../statistics/mean_interval.ts";
import { printable } from "../text.ts";
import { joinTrees } from "./compare_trees.ts";
import {
  type Better,
  type Decision,
  LEVEL,
  morePairs,
  type Sample,
  testColumns,
  testedColumn,
} from "./column_tests.ts";
import { type Finals, finalsOf, quantityOf } from "./finals.ts";
import { experimentOf, globMatcher, inOrder, nameOf } from "./names.ts";
import { canonical, type Change, type RunRecord } from "./runs.ts";
import { type ResultsTree, whyUnreadable } from "./tree.ts";

/** What is tested, and how near is near enough. */
export interface TestOptions {
  /** the only experiment */
  readonly experiment?: string | undefined;
  /** pattern of the names of runs */
  readonly run?: string | undefined;
  /** by patterns of columns, in their units; the last that matches counts */
  readonly margins: readonly {
    readonly columns: string;
    readonly value: number;
  }[];
  /** patterns of columns; none: those of the table of tested columns */
  readonly columns?: readonly string[];
  /** patterns of columns that are left out */
  readonly ignore?: readonly string[];
}

/** What is found of a column of one config. */
export interface ColumnTest extends Decision {
  readonly column: string;
  readonly better: Better;
  readonly margin: number;
  /** pairs of runs */
  readonly n: number;
  /** of B - A */
  readonly mean: number;
  /** ends of its t interval; NaN of one pair */
  readonly low: number;
  /** see `low` */
  readonly high: number;
  /** that would probably tell, of an undecided column; see `morePairs` */
  readonly more: number | null;
}

/** Runs of one config, with the seeds that A and B share. */
export interface TestedRuns {
  /** EXPERIMENT/RUN as in B, with `*` for the seed of several */
  readonly runs: string;
  readonly seeds: readonly number[];
  readonly columns: readonly ColumnTest[];
}

/** A run that is not tested. */
export interface LeftOut {
  /** EXPERIMENT/RUN */
  readonly run: string;
  readonly why: string;
}

/** All that a test of two trees found. */
export interface Equivalence {
  readonly a: string;
  readonly b: string;
  /** what differs in run.json, over the compared runs */
  readonly changes: readonly Change[];
  /** how many runs are in both */
  readonly compared: number;
  readonly tested: readonly TestedRuns[];
  /** runs that ended well in A and not in B: worse than any margin */
  readonly broken: readonly LeftOut[];
  /** runs of which nothing can be said */
  readonly leftOut: readonly LeftOut[];
  /** of every damaged file, what it is and why it is unreadable */
  readonly unreadable: readonly string[];
}

/** The pairs of one config. */
class Group {
  readonly runs: string[] = [];
  readonly seeds: number[] = [];
  /** B - A by column, one for each seed where both are numbers */
  readonly differences = new Map<string, number[]>();

  /** Adds a pair. @returns the columns that are numbers in A alone */
  add(run: string, seed: number, a: Finals, b: Finals): string[] {
    this.runs.push(run);
    this.seeds.push(seed);
    const shared = [...a].filter(([column, value]) =>
      Number.isFinite(value) && b.has(column)
    );
    const lost = shared.map(([column]) => column)
      .filter((column) => !Number.isFinite(b.get(column)));
    for (const [column, value] of shared) {
      if (lost.includes(column)) continue;
      const known = this.differences.get(column) ?? [];
      this.differences.set(column, [...known, b.get(column)! - value]);
    }
    return lost.map(printable);
  }
}

/**
 * Tests for each config whether B's final values are A's, up to a margin, over
 * pairs of runs of the same seed. Such a pair has the same order of the data and
 * the same noise, so that the spread of its difference is that of the change
 * alone, and not that of the seeds.
 *
 * @throws {UserError} no run is in both, or a tested column has no margin
 */
export async function testTrees(
  a: ResultsTree,
  b: ResultsTree,
  options: TestOptions,
): Promise<Equivalence> {
  const { pairs, added, removed, recordsA, recordsB, changes } =
    await joinTrees(a, b, options);
  const alone = (tree: string) => (run: string) => ({
    run,
    why: `it is in ${tree} alone`,
  });
  const leftOut = [...removed.map(alone("A")), ...added.map(alone("B"))];
  const broken: LeftOut[] = [];
  const unreadable: string[] = [];
  const groups = new Map<string, Group>();
  for (const pair of pairs) {
    const [of, to] = [await recordsA.of(pair.a), await recordsB.of(pair.b)];
    const why = untestable(of, to);
    if (of === null || to === null || why !== null) {
      leftOut.push({ run: pair.b, why: why ?? "" });
      continue;
    }
    if (to["status"] !== "finished") {
      broken.push({ run: pair.b, why: `it is ${to["status"]} in B` });
      continue;
    }
    const key = canonical([
      experimentOf(pair.b),
      await recordsA.configText(pair.a, ["seed"]),
      await recordsB.configText(pair.b, ["seed"]),
    ]);
    const group = groups.get(key) ?? new Group();
    groups.set(key, group);
    const seed = Number(of.config["seed"]);
    const same = group.seeds.indexOf(seed);
    if (same >= 0) {
      const run = printable(nameOf(group.runs[same]!));
      leftOut.push({ run: pair.b, why: `${run} has its config and seed` });
      continue;
    }
    try {
      const lost = group.add(
        pair.b,
        seed,
        await finalsOf(a, pair.a, { ...options, ended: of.ended }),
        await finalsOf(b, pair.b, { ...options, ended: to.ended }),
      );
      if (lost.length === 0) continue;
      broken.push({ run: pair.b, why: `no number in B: ${lost.join(", ")}` });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unreadable.push(whyUnreadable(error));
    }
  }
  unreadable.push(
    ...recordsA.unreadable.values(),
    ...recordsB.unreadable.values(),
  );
  const tested: Group[] = [];
  for (const group of groups.values()) {
    if (group.differences.size > 0) tested.push(group);
    else {
      const why = "A and B share no column of it that is tested";
      leftOut.push(...group.runs.map((run) => ({ run, why })));
    }
  }
  if (tested.length + broken.length + unreadable.length === 0) {
    const [first] = leftOut;
    throw new UserError(
      `nothing can be tested: of ${printable(first?.run ?? "no run")}, ` +
        `${first?.why}; train the same configs and seeds on both sides`,
    );
  }
  return {
    a: a.label,
    b: b.label,
    changes,
    compared: pairs.length,
    tested: testGroups(tested, options),
    broken,
    leftOut,
    unreadable,
  };
}

function testGroups(
  groups: readonly Group[],
  { margins }: TestOptions,
): TestedRuns[] {
  const samples = groups.flatMap(({ differences }) =>
    [...differences].map(([column, differences]) => ({
      column,
      differences,
      better: testedColumn(quantityOf(column)).better,
      margin: marginOf(quantityOf(column), margins),
    }))
  );
  const decisions = testColumns(samples);
  const tests = samples.map((sample, i) =>
    columnTest(sample, decisions[i]!, samples.length)
  );
  return groups.map(({ runs, seeds, differences }) => ({
    runs: labelOf(runs),
    seeds: seeds.toSorted((p, q) => p - q),
    columns: tests.splice(0, differences.size),
  }));
}

function columnTest(
  sample: Sample & { readonly column: string },
  decision: Decision,
  tests: number,
): ColumnTest {
  const { column, better, margin, differences } = sample;
  // Both one-sided tests of one column alone pass where it is in the margin.
  const { n, mean, low, high } = meanInterval(differences, 1 - 2 * LEVEL);
  const isOpen = decision.verdict === "undecided";
  const more = isOpen ? morePairs(sample, tests) : null;
  return { column, better, margin, n, mean, low, high, more, ...decision };
}

function marginOf(quantity: string, margins: TestOptions["margins"]): number {
  const margin = margins.findLast(({ columns }) =>
    globMatcher(columns)(quantity)
  );
  if (margin !== undefined) return margin.value;
  throw new UserError(
    `no --margin is given for ${printable(quantity)}; add --margin ` +
      `${printable(quantity)}=X, or leave it out with --ignore`,
  );
}

/** One run's path, or that of several with a star for what their seeds are. */
function labelOf(runs: readonly string[]): string {
  const [first] = inOrder(runs);
  return runs.length === 1 ? first! : first!.replace(/seed\d+/, "seed*");
}

/** Why nothing can be said of a pair of runs; null: something can. */
function untestable(
  a: RunRecord | null,
  b: RunRecord | null,
): string | null {
  if (a === null || b === null) return "it has no run.json that can be read";
  if (a["status"] !== "finished") return `it is ${a["status"]} in A`;
  const [seed, other] = [a, b].map(({ config }) => config["seed"]);
  return typeof seed === "number" && seed === other
    ? null
    : "it has not the same seed in A and B";
}
