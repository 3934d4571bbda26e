/**
 * The gradient of -ELBO by every parameter, for every kind of VAE.
 *
 * Differences are taken of the float64 oracle, not of float32 values, whose
 * rounding (1e-7 of the value, over the step) would leave three digits at best.
 */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { elboTerms, meanElbo } from "../../src/model/elbo.ts";
import {
  type DecoderMean,
  type DecoderVariance,
  type LikelihoodSpec,
  POSTERIORS,
  totalLatentDim,
  type VaeSpec,
} from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { arraysOf, elboOf, largeParameters } from "./oracle.ts";

const gaussian = (
  variance: DecoderVariance,
  mean: DecoderMean = "linear",
): LikelihoodSpec => ({ family: "gaussian", variance, mean });

const LIKELIHOODS: Record<string, LikelihoodSpec> = {
  bernoulli: { family: "bernoulli" },
  "continuous Bernoulli": { family: "continuous-bernoulli" },
  "gaussian of fixed variance": gaussian(0.3),
  "gaussian of learned variance": gaussian("learned"),
  "gaussian of optimal variance": gaussian("optimal"),
  "gaussian of optimal variance, sigmoid mean": gaussian("optimal", "sigmoid"),
  "gaussian of a variance per pixel": gaussian("per-pixel", "sigmoid"),
  "discretised logistic": { family: "discretised-logistic" },
};

const COUNT = 3;
const DRAWS = 2;

/** Gradients by differences, which are the same on all backends. */
const expectedGradients = new Map<string, Float64Array>();

/** Checks values and gradients at one random point; two hidden layers. */
async function check(
  spec: VaeSpec,
  kl: "closed-form" | "sampled",
  name: string,
): Promise<void> {
  const initial = largeParameters(spec, 4);
  const x = Float32Array.from(
    stream(1, "data").uniforms(COUNT * spec.dataDim),
  );
  const noise = stream(1, "noise")
    .normals(DRAWS * COUNT * totalLatentDim(spec));
  const y = spec.conditionDim === undefined
    ? undefined
    : stream(1, "data", 1).normals(COUNT * spec.conditionDim);
  using vae = new Vae(spec, initial);
  const trained = vae.trained();
  const { value, grads } = tf.variableGrads(
    () => {
      const terms = elboTerms(
        y === undefined
          ? vae
          : vae.given(tf.tensor(y, [COUNT, y.length / COUNT])),
        tf.tensor(x, [COUNT, spec.dataDim]),
        tf.tensor(noise, [DRAWS, COUNT, totalLatentDim(spec)]),
        { kl, training: true },
      );
      return tf.neg(meanElbo(terms).elbo);
    },
    trained.map(([, variable]) => variable),
  );

  const arrays = arraysOf(initial);
  const loss = (at: typeof arrays) => {
    const { reconstruction, kl: divergence } = elboOf(
      ...[spec, at, x, noise, kl, y] as const,
    );
    return divergence - reconstruction;
  };
  const expected = loss(arrays);
  // A sum of some tens of float32 terms of this size.
  assertAlmostEquals(
    (await value.data())[0]!,
    expected,
    2e-6 * Math.abs(expected),
    name,
  );
  for (const [parameter, variable] of trained) {
    const key = JSON.stringify([spec, kl, parameter]);
    const expected = expectedGradients.get(key) ?? gradientOf(
      (array) => loss(new Map([...arrays, [parameter, array]])),
      arrays.get(parameter)!,
    );
    expectedGradients.set(key, expected);
    assertGradient(
      await grads[variable.name]!.data(),
      expected,
      // Float32 sums of six datapoints, or of all their pixels, which cancel in
      // a scale's; the differences are good to 1e-9.
      parameter === "decoder/log_scale" ? 1e-4 : 1e-5,
      `${name}: ${parameter}`,
    );
  }
}

const HIDDEN = [[], [4], [4, 3]];

Object.entries(LIKELIHOODS).forEach(([name, likelihood], l) => {
  Deno.test(`elboTerms() has the gradient of -ELBO: ${name}`, async () => {
    await openBackend("cpu");
    for (const [p, posterior] of POSTERIORS.entries()) {
      for (const [k, kl] of (["closed-form", "sampled"] as const).entries()) {
        const activations = ["tanh", "relu", "softplus"] as const;
        for (const [a, activation] of activations.entries()) {
          // Every two of the five meet with every depth.
          const hidden = HIDDEN[(l + p + k + a) % HIDDEN.length]!;
          await check(
            {
              dataDim: 5,
              latentDim: 2,
              hidden,
              activation,
              posterior,
              likelihood,
              initialisation: "glorot",
            },
            kl,
            `${posterior}, ${kl}, ${activation}, ${hidden}`,
          );
        }
      }
    }
  });
});

testOnBackends(
  "elboTerms() has the gradient of -ELBO through convolutions",
  async () => {
    const image = { height: 8, width: 4 };
    const convolutions = [{ channels: 3 }, { channels: 2 }];
    const cases = [
      [[...convolutions, 3], "bernoulli"],
      [convolutions, "gaussian of learned variance"],
      [convolutions, "gaussian of a variance per pixel"],
    ] as const;
    for (const [hidden, likelihood] of cases) {
      await check(
        {
          dataDim: 32,
          image,
          latentDim: 2,
          hidden,
          activation: "tanh",
          posterior: "diagonal",
          likelihood: LIKELIHOODS[likelihood]!,
          initialisation: "glorot",
        },
        "closed-form",
        JSON.stringify(hidden),
      );
    }
  },
);

testOnBackends(
  "elboTerms() of a conditional model has the gradient of -ELBO",
  async () => {
    const image = { height: 4, width: 2 };
    const channels = 2;
    const cases = [
      [{ hidden: [4, 3] }, "bernoulli"],
      // Equal widths: y joins the first of them alone.
      [{ hidden: [8, 8] }, "gaussian of optimal variance"],
      [{ hidden: [], posterior: "full" }, "gaussian of learned variance"],
      [{ hidden: [{ channels }, 3], image }, "bernoulli"],
      [{ hidden: [{ channels }], image, posterior: "isotropic" }, "bernoulli"],
      [{ hidden: [3], upper: { latentDim: 2, hidden: [3] } }, "bernoulli"],
    ] as const satisfies [Partial<VaeSpec>, keyof typeof LIKELIHOODS][];
    for (const [own, likelihood] of cases) {
      await check(
        {
          ...{ dataDim: 8, latentDim: 2, conditionDim: 3 },
          ...{ activation: "tanh", posterior: "diagonal" },
          likelihood: LIKELIHOODS[likelihood]!,
          initialisation: "glorot",
          ...own,
        },
        "upper" in own ? "sampled" : "closed-form",
        JSON.stringify(own),
      );
    }
  },
);

Deno.test("elboTerms() has no gradient through log variances beyond their bounds", async () => {
  await openBackend("cpu");
  for (
    const own of [
      { posterior: "diagonal" },
      { posterior: "isotropic" },
      { posterior: "full" },
      { posterior: "diagonal", upper: { latentDim: 2, hidden: [3] } },
    ] as const satisfies Partial<VaeSpec>[]
  ) {
    for (const logVarianceBounds of [[-0.5, 0.4], [1.5, 2]] as const) {
      const spec: VaeSpec = {
        ...{ dataDim: 5, latentDim: 3, hidden: [4], activation: "tanh" },
        ...{ likelihood: LIKELIHOODS["bernoulli"]!, initialisation: "glorot" },
        ...own,
        logVarianceBounds,
      };
      const kl = "upper" in own ? "sampled" : "closed-form";
      await check(spec, kl, `${own.posterior}, ${logVarianceBounds}`);
    }
  }
});

Deno.test("elboTerms() gives the fixed decoder variance no gradient", () => {
  const spec: VaeSpec = {
    dataDim: 3,
    latentDim: 1,
    hidden: [],
    activation: "tanh",
    posterior: "diagonal",
    likelihood: { family: "gaussian", variance: 0.3, mean: "linear" },
    initialisation: "glorot",
  };
  using vae = new Vae(spec, largeParameters(spec, 0));
  assertEquals(
    vae.trained().map(([name]) => name).includes("decoder/log_variance"),
    false,
  );
});
