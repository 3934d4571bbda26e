/** Evaluations of full-covariance posteriors and of two layers. */

import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { noiseOf } from "../../src/evaluate/draws.ts";
import {
  evaluateVae,
  type EvaluationOptions,
} from "../../src/evaluate/evaluate_vae.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { mutualInformation } from "../../src/evaluate/mutual_information.ts";
import {
  type PosteriorTerms,
  posteriorTerms,
} from "../../src/evaluate/posterior_terms.ts";
import { meanOverRows } from "../../src/evaluate/estimates.ts";
import { unitsOf } from "../../src/evaluate/units.ts";
import { sigmoidTemperatures } from "../../src/inference/ais.ts";
import { linearDecoder } from "../../src/evaluate/linear_terms.ts";
import { exactLogLikelihood } from "../../src/model/linear_gaussian.ts";
import { DECODER_LOG_VARIANCE, type VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { largeParameters } from "../model/oracle.ts";
import { average } from "../random/statistics.ts";
import { examplesOf, meanOf } from "./models.ts";

const ONE_LAYER: VaeSpec = {
  dataDim: 4,
  latentDim: 2,
  hidden: [],
  activation: "tanh",
  posterior: "full",
  upper: null,
  likelihood: { family: "gaussian", variance: 0.5, mean: "linear" },
  initialisation: "glorot",
};

const TWO_LAYERS: VaeSpec = {
  ...ONE_LAYER,
  upper: { latentDim: 1, hidden: [3] },
};

const EXAMPLES = examplesOf(12);

function vaeOf(spec: VaeSpec): Vae {
  // Means are near, and variances of q(z|x) at least those of p(z|x): weights
  // have a variance.
  const parameters = largeParameters(spec, 1).map((array) => ({
    ...array,
    values: array.name === DECODER_LOG_VARIANCE
      ? Float32Array.of(Math.log(0.5))
      : /^encoder.*log_variance/.test(array.name)
      ? new Float32Array(array.values.length)
      : array.values.map((value) => 0.5 * value),
  }));
  return new Vae(spec, parameters);
}

const OPTIONS: EvaluationOptions = {
  k: 2000,
  rows: null,
  samples: 50,
  estimators: ["importance"],
  seed: 1,
};

Deno.test("importanceBound() of a full posterior is within 3 standard errors of ln p(x), with one unit too", async () => {
  await openBackend("wasm");
  using vae = vaeOf(ONE_LAYER);
  const model = await linearDecoder(vae);
  for (const units of [[0, 1], [0], [1]]) {
    const logLikelihood = exactLogLikelihood({
      ...model,
      weights: model.weights.map((row) => units.map((j) => row[j]!)),
    });
    const exact = Array.from(
      { length: 12 },
      (_, row) => logLikelihood(EXAMPLES.values.subarray(4 * row, 4 * row + 4)),
    );
    const { value, error } = meanOverRows(
      await importanceBound(vae, EXAMPLES, {
        ...{ k: 4000, seed: 1 },
        kept: [0, 1].map((j) => units.includes(j)),
      }),
    );
    assertLess(error, 0.04);
    assertAlmostEquals(value, meanOf(exact), 3 * error, `units ${units}`);
  }
});

Deno.test("mutualInformation() of a full posterior has q(z) with its covariances", async () => {
  await openBackend("cpu");
  using vae = vaeOf(ONE_LAYER);
  const rows = { index: 0, first: 0, count: 12 };
  const noise = noiseOf("terms", 1, rows, { ...rows, count: 3 }, 2);
  // ln q(z|x_m) of the draws of each row n, one posterior at a time.
  const table = tf.tidy(() => {
    const x = tf.tensor2d(EXAMPLES.values as Float32Array, [12, 4]);
    const z = vae.infer(x, tf.tensor3d(noise, [3, 12, 2])).z;
    return tf.stack(Array.from({ length: 12 }, (_, m) => {
      const one = tf.tile(tf.slice(x, [m, 0], [1, 4]), [12, 1]);
      return tf.reshape(tf.sum(vae.encode(one).logProb(z), -1), [-1]);
    }));
  });
  const flat = await table.data();
  table.dispose();
  const logAt = (m: number, draw: number) => flat[m * 36 + draw]!;
  const { values } = await mutualInformation(vae, EXAMPLES, {
    ...{ samples: 3, seed: 1 },
  });
  values.forEach((value, n) => {
    const ofDraws = [0, 1, 2].map((s) => {
      const at = s * 12 + n;
      const marginal = meanOf(
        Array.from({ length: 12 }, (_, m) => Math.exp(logAt(m, at))),
      );
      return logAt(n, at) - Math.log(marginal);
    });
    assertAlmostEquals(value, meanOf(ofDraws), 1e-5);
  });
});

Deno.test("evaluateVae() of two layers has what needs no q(z|x) in closed form", async () => {
  await openBackend("wasm");
  using vae = vaeOf(TWO_LAYERS);
  const { quantities, units } = await evaluateVae(vae, EXAMPLES, OPTIONS);
  assertEquals([...quantities.keys()], [
    "elbo",
    "reconstruction",
    "kl",
    "rate",
    "distortion",
    "iwae_bound",
    "nll",
    "ess",
    "pareto_k",
    "unreliable_share",
    "active_units",
  ]);
  assertEquals(units.length, 3);
  const [elbo, kl, bound] = (["elbo", "kl", "iwae_bound"] as const)
    .map((name) => quantities.get(name)!);
  assertGreater(kl!.error, 0);
  assertGreater(
    bound!.value,
    elbo!.value - 3 * Math.hypot(elbo!.error, bound!.error),
  );
  assertAlmostEquals(
    units.reduce((sum, unit) => sum + unit.kl, 0),
    kl!.value,
    1e-5,
  );
});

Deno.test("evaluateVae() of two layers and one draw does not say which units are active", async () => {
  await openBackend("cpu");
  using vae = vaeOf(TWO_LAYERS);
  const found = async (samples: number) =>
    await evaluateVae(vae, EXAMPLES, { ...OPTIONS, k: 2, samples });
  const { quantities, units } = await found(1);
  assertEquals(
    units.map(({ meanVariance, active }) => [meanVariance, active]),
    units.map(() => [NaN, null]),
  );
  assertEquals(quantities.get("active_units")!.value, NaN);
  for (const { active } of (await found(2)).units) {
    assertEquals(typeof active, "boolean");
  }
  // A model of one layer has its means in closed form.
  using one = vaeOf(ONE_LAYER);
  const { units: exact } = await evaluateVae(one, EXAMPLES, {
    ...OPTIONS,
    k: 2,
    samples: 1,
  });
  for (const { active } of exact) assertEquals(typeof active, "boolean");
});

Deno.test("evaluateVae() of two layers agrees with annealed importance sampling", async () => {
  await openBackend("cpu");
  using vae = vaeOf(TWO_LAYERS);
  const { quantities } = await evaluateVae(vae, EXAMPLES, {
    ...OPTIONS,
    rows: 3,
    estimators: ["importance", "ais"],
    chains: {
      ais: {
        chains: 30,
        temperatures: sigmoidTemperatures(50),
        leapfrogSteps: 4,
      },
    },
  });
  const [nll, ais] = (["nll", "nll_ais"] as const)
    .map((name) => quantities.get(name)!);
  assertLess(ais!.error, 0.1);
  assertAlmostEquals(
    nll!.value,
    ais!.value,
    3 * Math.hypot(nll!.error, ais!.error),
  );
});

Deno.test("the standard errors of two layers are how far seeds lie apart", async () => {
  await openBackend("cpu");
  using vae = vaeOf(TWO_LAYERS);
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);
  const all: PosteriorTerms[] = [];
  for (const seed of seeds) {
    all.push(await posteriorTerms(vae, EXAMPLES, { samples: 8, seed }));
  }
  for (const name of ["reconstruction", "kl", "elbo"] as const) {
    const found = all.map((terms) => meanOverRows(terms[name]));
    const spread = average(found.map(({ value }) => value)).error *
      Math.sqrt(seeds.length);
    const reported = meanOf(found.map(({ error }) => error));
    assertGreater(reported / spread, 0.75, name);
    assertLess(reported / spread, 1.3, name);
  }
  // With few draws the variance of E_q[u|x] is no larger than with many.
  const many = await posteriorTerms(vae, EXAMPLES, { samples: 2000, seed: 99 });
  const exact = unitsOf(many.klPerUnit, many.means, 3);
  exact.forEach(({ meanVariance }, j) => {
    const few = all.map(({ klPerUnit, means }) =>
      unitsOf(klPerUnit, means, 3)[j]!.meanVariance
    );
    const { mean, error } = average(few);
    assertAlmostEquals(mean, meanVariance, Math.max(4 * error, 1e-3));
  });
});
