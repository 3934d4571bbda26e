import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  encode,
  generate,
  reconstruct,
  sampleObservations,
} from "../../src/engine/generate.ts";
import { observationNoise } from "../../src/model/likelihood/noise.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "./backends.ts";
import {
  arraysOf,
  decodeRow,
  encodeRow,
  largeParameters,
  rowOf,
} from "../model/oracle.ts";

const BASE: VaeSpec = {
  dataDim: 6,
  latentDim: 2,
  hidden: [4, 3],
  activation: "softplus",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  initialisation: "glorot",
};
const SPECS: VaeSpec[] = [
  BASE,
  { ...BASE, hidden: [], posterior: "isotropic" },
  { ...BASE, posterior: "full" },
  {
    ...BASE,
    activation: "relu",
    likelihood: { family: "gaussian", variance: 0.5, mean: "linear" },
  },
];
const COUNT = 5;

function assertClose(actual: Float32Array, expected: number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) =>
    assertAlmostEquals(actual[i]!, value, 2e-6 * (1 + Math.abs(value)))
  );
}

testOnBackends(
  "generate(), encode() and reconstruct() are the layers' arithmetic",
  async () => {
    const x = Float32Array.from(stream(1, "data").uniforms(COUNT * 6));
    const z = stream(1, "generate").normals(COUNT * 2);
    const rows = Array.from({ length: COUNT }, (_, i) => i);
    for (const spec of SPECS) {
      const parameters = largeParameters(spec, 2);
      const arrays = arraysOf(parameters);
      using vae = new Vae(spec, parameters);
      vae.parameters.keys(); // puts them on the backend
      const tensors = tf.memory().numTensors;

      assertClose(
        await generate(vae, z),
        rows.flatMap((i) => decodeRow(spec, arrays, rowOf(z, i, 2))),
      );
      const codes = rows.map((i) => encodeRow(spec, arrays, rowOf(x, i, 6)));
      const { mean, logVariance, lower } = await encode(vae, x);
      if (spec.posterior !== "full") assertEquals(lower, null);
      else {
        assertClose(
          lower!,
          codes.flatMap(({ factor }) => [0, 0, factor[1]![0]!, 0]),
        );
      }
      assertClose(mean, codes.flatMap((code) => code.mean));
      assertClose(
        logVariance,
        codes.flatMap((code) =>
          spec.posterior === "isotropic"
            ? code.logVariance.slice(0, 1)
            : code.logVariance
        ),
      );
      assertClose(
        await reconstruct(vae, x),
        codes.flatMap((code) => decodeRow(spec, arrays, code.mean)),
      );
      assertEquals(tf.memory().numTensors, tensors);
    }
  },
);

Deno.test("sampleObservations() draws one x at each z", async () => {
  await openBackend("cpu");
  const likelihood = { family: "discretised-logistic" } as const;
  const spec: VaeSpec = { ...BASE, likelihood };
  const parameters = largeParameters(spec, 2);
  using vae = new Vae(spec, parameters);
  const z = stream(1, "generate").normals(COUNT * 2);
  const noise = observationNoise(likelihood, stream(2, "generate"), COUNT * 6);
  vae.parameters.keys(); // puts them on the backend
  const tensors = tf.memory().numTensors;
  const x = await sampleObservations(vae, z, noise);
  assertEquals(tf.memory().numTensors, tensors);
  assertEquals(x.length, COUNT * 6);

  // Drawn at the median, pixels are the decoder's location, rounded and cut.
  const arrays = arraysOf(parameters);
  arrays.get("decoder/log_scale")![0] = -20;
  const medians = await sampleObservations(vae, z, noise.map(() => 0.5));
  assertClose(
    medians.map((value) => Math.round(255 * value)),
    Array.from(
      { length: COUNT },
      (_, i) =>
        decodeRow(spec, arrays, rowOf(z, i, 2)).map((mean) =>
          Math.round(255 * mean)
        ),
    ).flat(),
  );
  assertEquals(
    x.every((value, i) => value >= medians[i]! || noise[i]! < 0.5),
    true,
  );
});
