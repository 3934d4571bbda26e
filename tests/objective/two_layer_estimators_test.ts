/**
 * Means of the gradient estimators of two layers against each other: that of
 * `plain` is the gradient of the bound (iwae_test.ts has it by differences).
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { parameterShapes, type VaeSpec } from "../../src/model/spec.ts";
import type { GradientEstimator } from "../../src/objective/spec.ts";
import { average } from "../random/statistics.ts";
import { gradientDraws } from "./gradient_draws.ts";

/** One dimension in each layer, and a poor q(z1|x) and q(z2|z1). */
const SPEC: VaeSpec = {
  dataDim: 1,
  latentDim: 1,
  hidden: [],
  activation: "tanh",
  posterior: "diagonal",
  upper: { latentDim: 1, hidden: [] },
  likelihood: { family: "gaussian", variance: 0.5, mean: "linear" },
  initialisation: "glorot",
};

const VALUES: Readonly<Record<string, number>> = {
  "encoder/mean/weight": 0.3,
  "encoder/mean/bias": -0.2,
  "encoder/log_variance/weight": 0.1,
  "encoder/log_variance/bias": -0.4,
  "encoder/upper/mean/weight": 0.5,
  "encoder/upper/mean/bias": 0.3,
  "encoder/upper/log_variance/weight": 0.2,
  "encoder/upper/log_variance/bias": -0.1,
  "decoder/upper/mean/weight": 0.8,
  "decoder/upper/mean/bias": -0.1,
  "decoder/upper/log_variance/weight": 0.1,
  "decoder/upper/log_variance/bias": -0.3,
  "decoder/output/weight": 0.9,
  "decoder/output/bias": 0.1,
  "decoder/log_variance": Math.log(0.5),
};

const PROBLEM = {
  spec: SPEC,
  initial: parameterShapes(SPEC).map(({ name, shape }) => ({
    name,
    shape,
    values: Float32Array.of(VALUES[name]!),
  })),
  x: Float32Array.of(1.5),
};

const drawsOf = (gradient: GradientEstimator, k: number) =>
  gradientDraws(PROBLEM, {
    objective: { name: "iwae", k, gradient },
    batches: 30,
  });

/**
 * Means of other estimators with k samples less that of `plain` at the same
 * noise, in standard errors, by parameter of the encoder.
 */
async function deviations(
  k: number,
  estimators: readonly GradientEstimator[],
): Promise<Map<string, number>[]> {
  await openBackend("wasm");
  const plain = await drawsOf("plain", k);
  return await Promise.all(estimators.map(async (estimator) => {
    const own = [...await drawsOf(estimator, k)]
      .filter(([name]) => name.startsWith("encoder/"));
    return new Map(own.map(([name, values]) => {
      const others = plain.get(name)!;
      const { mean, error } = average(values.map((v, i) => v - others[i]!));
      // The errors must be small enough for the comparison to say something.
      const size = Math.abs(average(others).mean);
      assert(error < 0.01 * Math.max(0.3, size), `${name}: ${error}`);
      return [name, mean / error];
    }));
  }));
}

/** Eight parameters, three comparisons: 3.6 is one chance in a hundred. */
const FAR = 3.6;

function assertUnbiased(found: Map<string, number>): void {
  assertEquals(found.size, 8);
  for (const [name, deviation] of found) {
    assert(Math.abs(deviation) < FAR, `${name} ${deviation}`);
  }
}

Deno.test("dreg of two layers has the mean of plain for any k, stl for k = 1 alone", async () => {
  for (const found of await deviations(1, ["dreg", "stl"])) {
    assertUnbiased(found);
  }
  const [dreg, stl] = await deviations(3, ["dreg", "stl"]);
  assertUnbiased(dreg!);
  for (const side of ["encoder", "encoder/upper"]) {
    const deviation = stl!.get(`${side}/log_variance/bias`)!;
    assertGreater(Math.abs(deviation), 10, side);
  }
});
