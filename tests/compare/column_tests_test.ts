import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type Better,
  morePairs,
  type Sample,
  TEST_VERDICTS,
  testColumns,
  testedColumn,
} from "../../src/compare/column_tests.ts";
import { powerOfPairs } from "../../src/statistics/power.ts";
import { stream } from "../../src/random/stream.ts";

const DIFFS = 10_000;

/**
 * The share of simulated diffs in which any column has each verdict. Columns of
 * a diff share a part of their noise, as elbo and kl do.
 */
function simulate(
  { pairs, means, sd, margin, better = "higher" }: {
    readonly pairs: number;
    /** of the differences, by column */
    readonly means: readonly number[];
    readonly sd: number;
    readonly margin: number;
    readonly better?: Better;
  },
) {
  const noise = stream(7, "estimate", pairs)
    .normals(DIFFS * pairs * (means.length + 1));
  const shares = Object.fromEntries(TEST_VERDICTS.map((name) => [name, 0]));
  for (let diff = 0, at = 0; diff < DIFFS; diff++) {
    const shared = noise.subarray(at, at += pairs);
    const samples = means.map((mean): Sample => ({
      better,
      margin,
      differences: Array.from(
        shared,
        (common) => mean + sd * (0.6 * common + 0.8 * noise[at++]!),
      ),
    }));
    for (
      const verdict of new Set(testColumns(samples).map((d) => d.verdict))
    ) shares[verdict]! += 1 / DIFFS;
  }
  return shares as Record<typeof TEST_VERDICTS[number], number>;
}

/** Three standard deviations of a share of 5 % of the diffs. */
const CHANCE = 3 * Math.sqrt(0.05 * 0.95 / DIFFS);

Deno.test("testColumns() makes at most 5 % of diffs a false claim of each kind", () => {
  const [sd, margin] = [0.2, 0.1];
  // On a margin's edge every claim but undecided is false, and each at its most.
  const means = [0.1, 0.1, -0.1, -0.1];
  const edges = simulate({ pairs: 5, means, sd, margin });
  // Many pairs, so that TOST's size is its 5 %, too.
  const many = simulate({ pairs: 10, means: [0.1], sd: 0.05, margin });
  for (const { equivalent, better, worse } of [edges, many]) {
    assert(equivalent <= 0.05 + CHANCE, `${equivalent}`);
    assert(better <= 0.05 + CHANCE, `${better}`);
    assert(worse <= 0.05 + CHANCE, `${worse}`);
  }
  assertAlmostEquals(many.equivalent, 0.05, CHANCE);
  assertAlmostEquals(many.better, 0.05, CHANCE);
  const neither = { pairs: 5, means: [0.1], sd, margin, better: null };
  assert(simulate(neither).different <= 0.05);
});

Deno.test("testColumns() has the power that powerOfPairs() computes", () => {
  const of = (pairs: number, mean: number, sd: number) =>
    [
      simulate({ pairs, means: [mean], sd, margin: 0.1 }),
      powerOfPairs(pairs, { mean, sd }, 0.1, 0.05),
    ] as const;
  const [lost, losing] = of(5, -0.4, 0.2);
  assertAlmostEquals(lost.worse, losing, 0.012);
  const [same, keeping] = of(10, 0.02, 0.1);
  assertAlmostEquals(same.equivalent, keeping, 0.012);
  assertEquals(same.worse, 0);
});

Deno.test("testColumns() calls a steady loss worse, by the side that is better", () => {
  const differences = [-0.28, -0.27, -0.29, -0.28, -0.28];
  const verdict = (better: Better, of = differences) =>
    testColumns([{ better, margin: 0.1, differences: of }])[0]!.verdict;
  assertEquals(verdict("higher"), "worse");
  assertEquals(verdict("lower"), "better");
  assertEquals(verdict(null), "different");
  assertEquals(verdict("lower", differences.map((d) => -d)), "worse");
  assertEquals(verdict("higher", [0.001, -0.002, 0.001]), "equivalent");
  assertEquals(verdict("higher", [0.3, -0.4, 0.1]), "undecided");
});

Deno.test("testColumns() knows of one pair only that equal bits are equivalent", () => {
  const decide = (difference: number) =>
    testColumns([{ better: null, margin: 1, differences: [difference] }])[0]!;
  assertEquals(decide(0), { verdict: "equivalent", p: 0 });
  assertEquals(decide(1e-9), { verdict: "undecided", p: NaN });
});

Deno.test("morePairs() counts the pairs that are missing", () => {
  const sample = (differences: readonly number[], better: Better = "higher") =>
    ({ better, margin: 0.1, differences }) as const;
  // Mean 0 and standard deviation 0.1: eleven pairs, as scipy says.
  assertEquals(morePairs(sample([0.1, -0.1, 0]), 1), 8);
  assert(morePairs(sample([0.1, -0.1, 0]), 10)! > 8);
  assertEquals(morePairs(sample([0.3]), 1), null);
  assertEquals(morePairs(sample([0.05, 0.15]), 1), Infinity);
  const away = [0.7, 0, 0.2];
  assert(morePairs(sample(away, null), 1)! > morePairs(sample(away), 1)!);
});

Deno.test("testedColumn() finds the better side by name", () => {
  const sides = [
    ...["elbo", "kl", "reconstruction", "nll", "nll_active_units"],
    ...["train_elbo", "iwae_bound", "active_units", "kl_1", "factor_vae"],
  ].map((name) => testedColumn(name).better);
  assertEquals(sides, [
    ...["higher", null, null, "lower", "lower"],
    ...["higher", "higher", null, null, "higher"],
  ]);
});
