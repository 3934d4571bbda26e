import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  emptyImportanceEstimates,
  paretoShape,
  reliabilityOf,
  RunningWeights,
} from "../../src/evaluate/importance_weights.ts";
import { normalQuantile } from "../../src/random/normal_quantile.ts";

/** Quantiles of a generalised Pareto distribution of scale 1, rising. */
function paretoQuantiles(k: number, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const p = (i + 0.5) / n;
    return k === 0 ? -Math.log1p(-p) : ((1 - p) ** -k - 1) / k;
  });
}

Deno.test("paretoShape() is that of the R package loo, and near the true one", () => {
  // loo 2.5.1: loo:::gpdfit(((1-p)^(-k)-1)/k)$k with p <- (1:200-0.5)/200
  const expected: [number, number][] = [
    [-0.5, -0.436290309597],
    [0, 0.0343733454049],
    [0.3, 0.315071242461],
    [0.7, 0.689327067846],
    [1.2, 1.15704809045],
  ];
  for (const [k, loo] of expected) {
    const excesses = paretoQuantiles(k, 200);
    assertAlmostEquals(paretoShape(excesses), loo, 1e-11);
    const scaled = excesses.map((x) => 1e-6 * x);
    assertAlmostEquals(paretoShape(scaled), loo, 1e-11);
    assertAlmostEquals(paretoShape(excesses), k, 0.07);
    assertAlmostEquals(paretoShape(paretoQuantiles(k, 20_000)), k, 0.002);
  }
});

/** Adds 1000 normal log weights of some spread to each row, in mixed order. */
function weigh(spreads: readonly number[]) {
  const weights = new RunningWeights(spreads.length, 1000);
  for (let i = 0; i < 1000; i++) {
    const normal = normalQuantile(((i * 617) % 1000 + 0.5) / 1000);
    weights.add(spreads.map((spread) => -90 + spread * normal));
  }
  const estimates = emptyImportanceEstimates(spreads.length);
  weights.put(estimates, 0);
  return estimates;
}

Deno.test("RunningWeights has psis()'s k-hat of the largest weights", () => {
  // loo 2.5.1: psis(s*qnorm((1:1000-0.5)/1000), r_eff=1)$diagnostics$pareto_k
  const { paretoK } = weigh([0.5, 1, 2, 4]);
  const loo = [0.108190422688, 0.290753024476, 0.666497290274, 1.444316299];
  loo.forEach((k, row) => assertAlmostEquals(paretoK[row]!, k, 1e-8));
});

Deno.test("effective samples of normal log weights are near k exp(-s^2)", () => {
  // E[w]^2 / E[w^2] of w = exp(s e) is exp(-s^2).
  const { effectiveSamples } = weigh([0, 0.5, 1]);
  assertEquals(effectiveSamples[0], 1000);
  assertAlmostEquals(effectiveSamples[1]!, 1000 * Math.exp(-0.25), 5);
  assertAlmostEquals(effectiveSamples[2]!, 1000 * Math.exp(-1), 20);
});

Deno.test("equal weights have no tail, and few or damaged ones no k-hat", () => {
  assertEquals([...weigh([0]).paretoK], [-Infinity]);
  const shapeOf = (logWeights: readonly number[]) => {
    const weights = new RunningWeights(1, logWeights.length);
    for (const logWeight of logWeights) weights.add([logWeight]);
    const estimates = emptyImportanceEstimates(1);
    weights.put(estimates, 0);
    return estimates.paretoK[0]!;
  };
  const some = Array.from({ length: 100 }, (_, i) => Math.sin(i));
  assert(Number.isFinite(shapeOf(some)));
  assertEquals(shapeOf(some.slice(0, 20)), NaN);
  assertEquals(shapeOf(some.with(3, NaN)), NaN);
  assertEquals(shapeOf(some.map(() => -Infinity)), NaN);
  // A weight of 0 is a weight.
  assert(Number.isFinite(shapeOf(some.with(3, -Infinity))));
});

Deno.test("k-hat is infinite where hardly any weight but one is left", () => {
  for (const { paretoK } of [weigh([1000]), weigh([2000])]) {
    assertEquals([...paretoK], [Infinity]);
  }
  const one = new RunningWeights(1, 100);
  for (let i = 0; i < 100; i++) one.add([i === 40 ? 0 : -Infinity]);
  const estimates = emptyImportanceEstimates(1);
  one.put(estimates, 0);
  assertEquals([...estimates.paretoK], [Infinity]);
  assertEquals(reliabilityOf(estimates).unreliableShare, 1);
  // As far apart as float64 reaches, the shape follows the spread.
  assert(weigh([100]).paretoK[0]! > 30);
});

Deno.test("reliability is the mean size, the median k-hat, the share above 0.7", () => {
  const estimates = (paretoK: number[]) => ({
    ...emptyImportanceEstimates(paretoK.length),
    effectiveSamples: Float64Array.from(paretoK, (_, i) => i + 1),
    paretoK: Float64Array.from(paretoK),
  });
  assertEquals(reliabilityOf(estimates([0.9, 0.1, 0.7, 0.8])), {
    effectiveSamples: 2.5,
    paretoK: 0.75,
    unreliableShare: 0.5,
  });
  assertEquals(reliabilityOf(estimates([-Infinity, -Infinity, 1])), {
    effectiveSamples: 2,
    paretoK: -Infinity,
    unreliableShare: 1 / 3,
  });
  assertEquals(reliabilityOf(estimates([0.1, NaN])), {
    effectiveSamples: 1.5,
    paretoK: NaN,
    unreliableShare: NaN,
  });
});
