import { assertEquals } from "@std/assert";
import { openBackend } from "../../../src/engine/backend.ts";
import { Batches } from "../../../src/train/batches.ts";
import { stream } from "../../../src/random/stream.ts";
import type { TrainingData } from "../../../src/data/load.ts";
import type { Batch } from "../../../src/engine/engine.ts";
import type { LikelihoodSpec } from "../../../src/model/spec.ts";
import type { ObjectiveSpec } from "../../../src/objective/spec.ts";
import type { RunConfig } from "../../../src/train/config.ts";
import { trainingOf } from "../training.ts";
import { mcem, wasmEngineOf } from "./trainings.ts";

await openBackend("cpu");

/** A data set of a few rows, by the kind of its pixels. */
function dataOf(kind: "drawn" | "grey" | "real", dim: number): TrainingData {
  const count = 37;
  const draws = stream(3, "data", dim);
  const values = kind === "real"
    ? Float32Array.from(draws.uniforms(count * dim))
    : Uint8Array.from(
      draws.words(count * dim),
      // Some fours are all 0.
      (word, i) =>
        word % 3 === 0 || i % 12 < 4 ? 0 : word % 5 === 0 ? 255 : word & 255,
    );
  const split = { count, dim, values };
  return {
    name: kind,
    dim,
    image: null,
    train: split,
    test: split,
    sha256: "",
    drawEachStep: kind === "drawn",
  };
}

const MODELS: readonly [number, ObjectiveSpec, LikelihoodSpec][] = [
  [1, { name: "elbo" }, { family: "bernoulli" }],
  [5, { name: "elbo" }, { family: "bernoulli" }],
  [5, { name: "wake-sleep" }, { family: "bernoulli" }],
  [3, { name: "wake-sleep" }, {
    family: "gaussian",
    variance: "per-pixel",
    mean: "sigmoid",
  }],
  [3, mcem(3, 2, 2), { family: "bernoulli" }],
];

Deno.test("a batch made in the module has the bits of one made on the host", async () => {
  for (const kind of ["drawn", "grey", "real"] as const) {
    for (const dim of [1, 7, 30, 44]) {
      for (const [latentDim, objective, likelihood] of MODELS) {
        const training = trainingOf({
          spec: { dataDim: dim, latentDim, likelihood },
          objective,
        });
        const config = {
          objective,
          likelihood,
          seed: 2 ** 40 + 11,
          batchSize: 9,
          samples: 3,
          latentDim,
        } as RunConfig;
        const batches = new Batches(dataOf(kind, dim), config);
        using inside = await wasmEngineOf(training);
        using _inside = inside.vae;
        using outside = await wasmEngineOf(training);
        using _outside = outside.vae;
        for (let step = 1; step <= 9; step++) {
          const batch = batches.training(step);
          const { size, samples, source } = batch;
          const { source: _, x, noise, ...rest } = batch;
          const made = { x, noise, ...rest };
          // A batch whose numbers must not be asked for.
          const sealed = {
            size,
            samples,
            source: source!,
            get x(): Float32Array {
              throw new Error("x was asked for");
            },
            get noise(): Float32Array {
              throw new Error("noise was asked for");
            },
            get dream(): Required<Batch>["dream"] {
              throw new Error("dreams were asked for");
            },
            get chain(): Required<Batch>["chain"] {
              throw new Error("chains were asked for");
            },
          };
          inside.step(sealed, training.settings);
          outside.step(made, training.settings);
        }
        assertEquals(await inside.readTerms(), await outside.readTerms());
        assertEquals(await inside.save(), await outside.save());
      }
    }
  }
});
