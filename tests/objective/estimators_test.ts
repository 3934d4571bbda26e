/**
 * Means of the gradient estimators against the gradient of the exact bound,
 * which quadrature gives for one latent dimension.
 */

import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import type { ObjectiveSpec } from "../../src/objective/spec.ts";
import { gradientOf } from "../model/derivatives.ts";
import { arraysOf } from "../model/oracle.ts";
import { average } from "../random/statistics.ts";
import { gradientDraws } from "./gradient_draws.ts";
import { logMeanExp, logWeightsOf } from "./oracle.ts";

/** p(x|z) = N(w z + b, 1/2), q(z|x) a poor fit to p(z|x). */
const SPEC: VaeSpec = {
  dataDim: 1,
  latentDim: 1,
  hidden: [],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "gaussian", variance: 0.5, mean: "linear" },
  initialisation: "glorot",
};

const X = Float32Array.of(1.5);

const INITIAL = Object.entries({
  "encoder/mean/weight": [0.3],
  "encoder/mean/bias": [-0.2],
  "encoder/log_variance/weight": [0.1],
  "encoder/log_variance/bias": [0.4],
  "decoder/output/weight": [0.9],
  "decoder/output/bias": [0.1],
  "decoder/log_variance": [Math.log(0.5)],
}).map(([name, values]) => ({
  name,
  shape: name.endsWith("weight") ? [1, 1] : name.endsWith("bias") ? [1] : [],
  values: Float32Array.from(values),
}));

const EXACT = arraysOf(INITIAL);

/**
 * L_k for the one datapoint, its weights tempered by beta, by the trapezoidal rule over k standard normals,
 * whose error is far below 1e-9 at this spacing.
 */
function exactBound(arrays: typeof EXACT, k: number, beta: number): number {
  const [spacing, end] = [0.25, 6.5];
  const points = Array.from(
    { length: 2 * end / spacing + 1 },
    (_, i) => i * spacing - end,
  );
  const density = points.map((e) =>
    spacing * Math.exp(-e * e / 2) / Math.sqrt(2 * Math.PI)
  );
  const parameters = { path: arrays, density: arrays, decoder: arrays };
  const logs = points.map((e) => {
    const [[draw]] = logWeightsOf(SPEC, parameters, X, [e]) as [
      [{ logLikelihood: number; logRatio: number }],
    ];
    return draw.logLikelihood - beta * draw.logRatio;
  });
  const integrate = (chosen: number[], weight: number): number =>
    chosen.length === k ? weight * logMeanExp(chosen) : logs.reduce(
      (sum, log, i) => sum + integrate([...chosen, log], weight * density[i]!),
      0,
    );
  return integrate([], 1);
}

/** Estimates less exact derivatives, in standard errors, by parameter. */
async function deviations(
  objective: ObjectiveSpec,
  k: number,
  beta = 1,
): Promise<Map<string, number>> {
  const draws = await gradientDraws({ spec: SPEC, initial: INITIAL, x: X }, {
    objective,
    batches: 60,
    beta,
  });
  return new Map(
    [...draws].map(([name, values]) => {
      const { mean, error } = average(values);
      const [exact] = gradientOf(
        (array) => exactBound(new Map([...EXACT, [name, array]]), k, beta),
        EXACT.get(name)!,
      );
      // The errors must be small enough for the comparison to say something:
      // tempered weights have heavier tails.
      const most = (beta === 1 ? 0.01 : 0.03) * Math.max(0.3, Math.abs(exact!));
      assert(error < most, `${name}: ${error}`);
      return [name, (mean - exact!) / error];
    }),
  );
}

/** Six parameters, thirteen estimates of each: 3.7 is one chance in fifty. */
const FAR = 3.7;

function assertUnbiased(found: Map<string, number>, what: string): void {
  assertEquals(found.size, 6);
  for (const [name, deviation] of found) {
    assert(Math.abs(deviation) < FAR, `${what}: ${name} ${deviation}`);
  }
}

Deno.test("plain and dreg gradients have the mean of the exact gradient, for any k", async () => {
  await openBackend("wasm");
  for (const k of [1, 2, 3]) {
    for (const gradient of ["plain", "dreg"] as const) {
      const objective = { name: "iwae", k, gradient } as const;
      assertUnbiased(await deviations(objective, k), `${gradient}, k ${k}`);
    }
  }
});

Deno.test("plain and dreg gradients have the mean of the exact gradient, whatever beta", async () => {
  await openBackend("wasm");
  for (const beta of [0.5, 2]) {
    for (const gradient of ["plain", "dreg"] as const) {
      const objective = { name: "iwae", k: 3, gradient } as const;
      const found = await deviations(objective, 3, beta);
      assertUnbiased(found, `${gradient}, beta ${beta}`);
    }
  }
});

Deno.test("stl has the mean of the exact gradient for k = 1, and a bias beyond", async () => {
  await openBackend("wasm");
  const sampled = { name: "elbo-sampled", gradient: "stl" } as const;
  assertUnbiased(await deviations(sampled, 1), "elbo-sampled, stl");
  const stl = (k: number) => ({ name: "iwae", k, gradient: "stl" }) as const;
  assertUnbiased(await deviations(stl(1), 1), "stl, k 1");

  const biased = await deviations(stl(3), 3);
  assert(Math.abs(biased.get("encoder/log_variance/bias")!) > 10);
  assert(Math.abs(biased.get("decoder/output/weight")!) < FAR);
});
