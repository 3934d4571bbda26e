import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { encode, generate, reconstruct } from "../../src/model/generate.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import {
  arraysOf,
  decodeRow,
  encodeRow,
  largeParameters,
  rowOf,
} from "./oracle.ts";

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
      const tensors = tf.memory().numTensors;

      assertClose(
        await generate(vae, z),
        rows.flatMap((i) => decodeRow(spec, arrays, rowOf(z, i, 2))),
      );
      const codes = rows.map((i) => encodeRow(spec, arrays, rowOf(x, i, 6)));
      const { mean, logVariance } = await encode(vae, x);
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
