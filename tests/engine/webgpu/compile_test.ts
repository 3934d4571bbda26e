import { assertEquals } from "@std/assert";
import { trainingOf as plannedOf } from "../../../src/engine/webgpu/capacity.ts";
import { compileStep } from "../../../src/engine/webgpu/compile.ts";
import { NO_OFFSETS } from "../../../src/engine/webgpu/memory_layout.ts";
import { CANDIDATES, formatTile } from "../../../src/engine/webgpu/tiles.ts";
import { type Training, trainingOf } from "../training.ts";

const hidden = [400];

function gaussian(variance: "learned" | "per-pixel"): Training {
  const likelihood = { family: "gaussian", variance, mean: "linear" } as const;
  return trainingOf({ spec: { hidden, likelihood } });
}

/** Models, and how many dispatches their step has with that of the batch. */
const MODELS: Readonly<Record<string, [Training, number]>> = {
  "bernoulli": [trainingOf({ spec: { hidden } }), 10],
  "bernoulli, L = 5, sampled KL": [
    trainingOf({
      spec: { hidden },
      ...{ samples: 5, objective: { name: "elbo-sampled", gradient: "plain" } },
    }),
    10,
  ],
  "no hidden layer": [trainingOf({ spec: { hidden: [] } }), 6],
  "three hidden layers": [trainingOf({ spec: { hidden: [9, 8, 7] } }), 18],
  // The encoder's heads have not one width,
  "isotropic": [trainingOf({ spec: { hidden, posterior: "isotropic" } }), 11],
  "a learned variance": [gaussian("learned"), 10],
  // a term needs both outputs of its pixel,
  "two outputs for each pixel": [gaussian("per-pixel"), 11],
  // and weights need all terms: `row-weights` and `scale-outputs`, too.
  "iwae": [
    trainingOf({
      spec: { hidden },
      objective: { name: "iwae", k: 5, gradient: "plain" },
    }),
    14,
  ],
};

Deno.test("compileStep() makes few dispatches, of both kinds of tiles", () => {
  for (const [name, [training, expected]] of Object.entries(MODELS)) {
    const { spec, size, ...rest } = training;
    for (const tile of [...CANDIDATES.software, ...CANDIDATES.hardware]) {
      const planned = plannedOf({ ...rest, batchSize: size }, tile);
      const { dispatches } = compileStep(spec, planned, NO_OFFSETS);
      const label = `${name}, ${formatTile(tile)}`;
      assertEquals(dispatches.length, expected, label);
    }
  }
});
