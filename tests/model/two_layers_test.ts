import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { elboTerms } from "../../src/model/elbo.ts";
import { generate, reconstruct } from "../../src/engine/generate.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import {
  type Arrays,
  arraysOf,
  decodeRow,
  drawRow,
  encodeRow,
  largeParameters,
  logLikelihoodOf,
  logPriorsOf,
  meansRow,
  priorRow,
  rowOf,
} from "./oracle.ts";

const BASE: VaeSpec = {
  dataDim: 4,
  latentDim: 3,
  hidden: [3],
  activation: "tanh",
  posterior: "diagonal",
  upper: { latentDim: 2, hidden: [4, 3] },
  likelihood: { family: "bernoulli" },
  initialisation: "glorot",
};
const SPECS: VaeSpec[] = [
  BASE,
  { ...BASE, posterior: "isotropic", upper: { latentDim: 2, hidden: [] } },
  {
    ...BASE,
    posterior: "full",
    likelihood: { family: "gaussian", variance: 2, mean: "linear" },
  },
];
const [DRAWS, COUNT, DIM] = [3, 2, 5];
const X = Float32Array.from(stream(1, "data").uniforms(COUNT * 4));
const NOISE = stream(1, "noise").normals(DRAWS * COUNT * DIM);
const NOISE_SHAPE: [number, number, number] = [DRAWS, COUNT, DIM];

/** A model, and its parameters in float64. */
function modelOf(spec: VaeSpec) {
  const initial = largeParameters(spec, 2);
  return { vae: new Vae(spec, initial), arrays: arraysOf(initial) };
}

/** ln p(z), of both layers. */
function logPriorOf(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
): number {
  return logPriorsOf(spec, arrays, z).reduce((sum, value) => sum + value);
}

/** Rows of all draws, in order: f has the pixels and the noise. */
function overDraws(f: (x: number[], noise: number[]) => number[]): number[] {
  return Array.from(
    { length: DRAWS * COUNT },
    (_, row) => f(rowOf(X, row % COUNT, 4), rowOf(NOISE, row, DIM)),
  ).flat();
}

function assertClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  what: string,
): void {
  assertEquals(actual.length, expected.length, what);
  expected.forEach((value, i) =>
    assertAlmostEquals(actual[i]!, value, 5e-6 * (1 + Math.abs(value)), what)
  );
}

testOnBackends(
  "Vae.infer() draws z1, then z2 from it, and has their log ratios",
  async () => {
    for (const spec of SPECS) {
      const { vae, arrays } = modelOf(spec);
      using _ = vae;
      const at = { path: arrays, density: arrays, decoder: arrays };
      const draws = overDraws((x, noise) => drawRow(spec, at, x, noise).z);
      const ratios = overDraws((x, noise) =>
        drawRow(spec, at, x, noise).logRatio
      );
      const x = tf.tensor(X, [COUNT, 4]);
      const noise = tf.tensor(NOISE, NOISE_SHAPE);
      for (const isThroughZ of [false, true]) {
        const inference = vae.infer(x, noise, { isThroughZ });
        assertEquals(inference.z.shape, NOISE_SHAPE);
        assertClose(await inference.z.data(), draws, "z");
        assertClose(await inference.logRatio().data(), ratios, `${isThroughZ}`);
      }
      const inference = vae.infer(x, noise);
      assertClose(
        await inference.kl().data(),
        Array.from(
          { length: COUNT * DIM },
          (_, at) =>
            [0, 1, 2].reduce(
              (sum, s) => sum + ratios[s * COUNT * DIM + at]!,
              0,
            ) /
            DRAWS,
        ),
        "kl",
      );
      assertClose(
        await inference.means().data(),
        overDraws((x, noise) =>
          meansRow(spec, arrays, x, drawRow(spec, at, x, noise).z)
        ),
        "means",
      );
    }
  },
);

testOnBackends(
  "Vae has ln p(z1, z2), differentiable in z, ln p(x|z) and draws of the prior",
  async () => {
    for (const spec of SPECS) {
      const { vae, arrays } = modelOf(spec);
      using _ = vae;
      const z = tf.tensor(NOISE, NOISE_SHAPE);
      const logPrior = overDraws((_, z) => [logPriorOf(spec, arrays, z)]);
      assertClose(await vae.logPrior(z).data(), logPrior, "prior");
      const gradient = tf.grad((z) => tf.sum(vae.logPrior(z)))(z);
      assertGradient(
        await gradient.data(),
        gradientOf(
          (values) =>
            Array.from(
              { length: DRAWS * COUNT },
              (_, row) => logPriorOf(spec, arrays, rowOf(values, row, DIM)),
            )
              .reduce((a, b) => a + b),
          NOISE,
        ),
        1e-5,
      );
      assertClose(
        await vae.logLikelihood(tf.tensor(X, [COUNT, 4]), z).data(),
        overDraws((x, z) => [logLikelihoodOf(spec, arrays, z, x)]),
        "likelihood",
      );
      assertClose(
        await vae.samplePrior(z).data(),
        overDraws((_, noise) => priorRow(spec, arrays, noise)),
        "draws",
      );
    }
  },
);

Deno.test("generate() decodes draws of both layers, reconstruct() the mean of z1", async () => {
  await openBackend("cpu");
  for (const spec of SPECS) {
    const { vae, arrays } = modelOf(spec);
    using _ = vae;
    vae.parameters.keys(); // puts them on the backend
    const tensors = tf.memory().numTensors;
    assertClose(
      await generate(vae, NOISE),
      overDraws((_, noise) =>
        decodeRow(spec, arrays, priorRow(spec, arrays, noise))
      ),
      "generate",
    );
    assertClose(
      await reconstruct(vae, X),
      [0, 1].flatMap((b) =>
        decodeRow(spec, arrays, encodeRow(spec, arrays, rowOf(X, b, 4)).mean)
      ),
      "reconstruct",
    );
    assertEquals(tf.memory().numTensors, tensors);
  }
});

Deno.test("Vae.decode() reads z1 alone", async () => {
  await openBackend("cpu");
  const { vae } = modelOf(BASE);
  using _ = vae;
  const z = tf.tensor(NOISE, NOISE_SHAPE);
  const z1 = tf.slice(z, [0, 0, 0], [DRAWS, COUNT, 3]);
  assertEquals(
    await vae.decode(z).mean().data(),
    await vae.decode(z1).mean().data(),
  );
});

Deno.test("elboTerms() of two layers has no KL in closed form", async () => {
  await openBackend("cpu");
  const { vae } = modelOf(BASE);
  using _ = vae;
  const terms = (options: Parameters<typeof elboTerms>[3]) =>
    elboTerms(
      vae,
      tf.tensor(X, [COUNT, 4]),
      tf.tensor(NOISE, NOISE_SHAPE),
      options,
    );
  for (const options of [{}, { kl: "closed-form" }] as const) {
    assertThrows(() => terms(options), RangeError, "closed form");
  }
  assertEquals(terms({ kl: "sampled" }).klPerDimension.shape, [COUNT, DIM]);
});
