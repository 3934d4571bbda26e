import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import { totalLatentDim, type VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { iwaeTerms } from "../../src/objective/iwae.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import {
  type GradientEstimator,
  GRADIENTS,
  type ObjectiveSpec,
} from "../../src/objective/spec.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "../model/derivatives.ts";
import { arraysOf, largeParameters } from "../model/oracle.ts";
import { logMeanExp, logWeightsOf, softmax } from "./oracle.ts";

const SPEC: VaeSpec = {
  dataDim: 4,
  latentDim: 2,
  hidden: [3],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  initialisation: "glorot",
};

/** L groups of K draws for each of COUNT datapoints. */
const [L, K, COUNT] = [2, 3, 3];

const X = Float32Array.from(stream(1, "data").uniforms(COUNT * SPEC.dataDim));

function noiseOf(spec: VaeSpec): Float32Array {
  return stream(1, "noise").normals(L * K * COUNT * totalLatentDim(spec));
}

const SPECS = {
  bernoulli: SPEC,
  gaussian: {
    ...SPEC,
    likelihood: { family: "gaussian", variance: "learned", mean: "linear" },
  },
  full: { ...SPEC, posterior: "full", latentDim: 3 },
  twoLayers: { ...SPEC, upper: { latentDim: 2, hidden: [3] } },
  twoLayersFull: {
    ...SPEC,
    posterior: "full",
    upper: { latentDim: 2, hidden: [] },
    likelihood: { family: "gaussian", variance: 0.5, mean: "linear" },
  },
} as const satisfies Record<string, VaeSpec>;

/** Groups of the draws of one datapoint: [L][K]. */
function groupsOf<T>(draws: readonly (readonly T[])[], row: number): T[][] {
  return Array.from(
    { length: L },
    (_, l) => draws.slice(l * K, (l + 1) * K).map((draw) => draw[row]!),
  );
}

testOnBackends("iwaeTerms() is the log-mean-exp of the weights", async () => {
  for (const spec of Object.values(SPECS)) {
    const noise = noiseOf(spec);
    const initial = largeParameters(spec, 4);
    const arrays = arraysOf(initial);
    const parameters = { path: arrays, density: arrays, decoder: arrays };
    const draws = logWeightsOf(spec, parameters, X, noise);
    using vae = new Vae(spec, initial);
    for (const beta of [1, 0.25, 0]) {
      const { bound, objective, reconstruction } = iwaeTerms(
        vae,
        tf.tensor(X, [COUNT, spec.dataDim]),
        tf.tensor(noise, [L * K, COUNT, totalLatentDim(spec)]),
        { k: K, beta },
      );
      const values = await Promise.all(
        [bound, objective, reconstruction].map((term) => term.data()),
      );
      for (let row = 0; row < COUNT; row++) {
        const groups = groupsOf(draws, row);
        const boundOf = (beta: number) =>
          groups.reduce((sum, group) => {
            const logs = group.map(({ logLikelihood, logRatio }) =>
              logLikelihood - beta * logRatio
            );
            return sum + logMeanExp(logs) / L;
          }, 0);
        const mean = groups.flat().reduce(
          (sum, { logLikelihood }) => sum + logLikelihood / (L * K),
          0,
        );
        [boundOf(1), boundOf(beta), mean].forEach((expected, i) =>
          assertAlmostEquals(
            values[i]![row]!,
            expected,
            3e-6 * Math.abs(expected),
          )
        );
      }
    }
  }
});

/** An engine on its own VAE. */
function engineOf(spec: VaeSpec, objective: ObjectiveSpec, seed = 4) {
  const vae = new Vae(spec, largeParameters(spec, seed));
  return new ReferenceEngine(vae, { objective, optimizer: OPTIMIZERS.sgd });
}

function batchOf(spec: VaeSpec) {
  return { x: X, noise: noiseOf(spec), size: COUNT, samples: L * K };
}

/** How the estimators weight the derivative through z of a draw. */
const PATH_WEIGHT: Record<
  GradientEstimator,
  (w: number, beta: number) => number
> = {
  plain: (w) => w,
  stl: (w) => w,
  dreg: (w, beta) => w * (beta * w + 1 - beta),
};

/** Checks the gradient by every parameter, for every estimator. */
async function checkGradients(
  what: string,
  spec: VaeSpec,
  beta: number,
): Promise<void> {
  const batch = batchOf(spec);
  const rows = Array.from({ length: COUNT }, (_, row) => row);
  for (const gradient of GRADIENTS) {
    using engine = engineOf(spec, { name: "iwae", k: K, gradient });
    using vae = engine.vae;
    const weighting = { ...UNWEIGHTED, beta };
    const { terms, gradients } = engine.gradients(batch, weighting);
    const fixed = arraysOf(await vae.values());
    const here = { path: fixed, density: fixed, decoder: fixed };
    const logs = (at: typeof here) => {
      const draws = logWeightsOf(spec, at, X, batch.noise);
      return rows.map((row) =>
        groupsOf(draws, row).map((group) =>
          group.map(({ logLikelihood, logRatio }) =>
            logLikelihood - beta * logRatio
          )
        )
      );
    };
    const weights = logs(here).map((groups) => groups.map(softmax));

    // A sum whose weights stand still has the estimator's gradient.
    const loss = (at: typeof here, weightOf: (w: number) => number) =>
      logs(at).flat().reduce((total, group, i) =>
        total -
        group.reduce(
            (sum, log, j) => sum + weightOf(weights.flat()[i]![j]!) * log,
            0,
          ) / (L * COUNT), 0);
    for (const [name, actual] of Object.entries(gradients)) {
      const expected = gradientOf((array) => {
        const moved = new Map([...fixed, [name, array]]);
        if (name.startsWith("decoder/")) {
          return loss({ ...here, decoder: moved }, (w) => w);
        }
        return gradient === "plain"
          ? loss({ ...here, path: moved, density: moved }, (w) => w)
          : loss(
            { ...here, path: moved },
            (w) => PATH_WEIGHT[gradient](w, beta),
          );
      }, fixed.get(name)!);
      assertGradient(
        await actual.data(),
        expected,
        2e-5,
        `${what}, ${gradient}, beta ${beta}: ${name}`,
      );
    }
    tf.dispose([terms, gradients]);
  }
}

testOnBackends("iwae's gradients are those of their definitions", async () => {
  await checkGradients("bernoulli", SPECS.bernoulli, 1);
  await checkGradients("gaussian", SPECS.gaussian, 0.5);
  await checkGradients("full covariance", SPECS.full, 0.5);
  await checkGradients("two layers", SPECS.twoLayers, 1);
});

Deno.test("iwae's gradients are those of their definitions: two layers of full covariances", async () => {
  await openBackend("cpu");
  await checkGradients("two layers", SPECS.twoLayersFull, 0.5);
});

Deno.test("iwae with one importance sample is elbo-sampled, to the gradient", async () => {
  await openBackend("cpu");
  for (const gradient of ["plain", "stl"] as const) {
    const batch = {
      ...batchOf(SPEC),
      size: 1,
      x: X.slice(0, 4),
      samples: L * K * COUNT,
    };
    using one = engineOf(SPEC, { name: "iwae", k: 1, gradient });
    using _one = one.vae;
    using sampled = engineOf(SPEC, { name: "elbo-sampled", gradient });
    using _sampled = sampled.vae;
    const [a, b] = [one, sampled].map((engine) =>
      engine.gradients(batch, UNWEIGHTED)
    );
    assertAlmostEquals(
      (await a!.terms.data())[2]!,
      (await b!.terms.data())[2]!,
      1e-5,
    );
    for (const [name, tensor] of Object.entries(a!.gradients)) {
      const other = await b!.gradients[name]!.data();
      assertGradient(await tensor.data(), [...other], 1e-5, name);
    }
  }
});

Deno.test("iwae's way back leaves no tensor behind", async () => {
  await openBackend("cpu");
  for (const [what, spec] of Object.entries(SPECS)) {
    for (const gradient of GRADIENTS) {
      using engine = engineOf(spec, { name: "iwae", k: K, gradient });
      using _ = engine.vae;
      const step = async () => {
        engine.step(batchOf(spec), { learningRate: 0.01, ...UNWEIGHTED });
        await engine.readTerms();
        await engine.evaluate([batchOf(spec)]);
        return tf.memory().numTensors;
      };
      const first = await step();
      assertEquals(await step(), first, `${what}, ${gradient}`);
    }
  }
});
