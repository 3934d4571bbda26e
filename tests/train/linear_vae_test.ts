import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "@std/assert";
import { linearGaussian } from "../../src/data/linear_gaussian.ts";
import type { TrainingData } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import type { ExactElboTerms } from "../../src/evaluate/linear_terms.ts";
import { ppcaOptimum, principalComponents } from "../../src/model/ppca.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { type EvaluationRow, train } from "../../src/train/loop.ts";
import { configOf } from "./toys.ts";

const COUNT = 100;

/** Rows of 5 values from 2 latent ones; the test split is the train split. */
async function linearData(): Promise<TrainingData & { x: Float32Array }> {
  const drawn = await linearGaussian({
    train: COUNT,
    test: 1,
    dim: 5,
    latentDim: 2,
    noiseVariance: 1,
  });
  return {
    ...drawn,
    test: drawn.train,
    drawEachStep: false,
    x: Float32Array.from(drawn.train.values),
  };
}

/**
 * Steps and step sizes. A batch is the whole split, so that z alone is drawn,
 * and its noise is averaged out as the steps get smaller.
 */
const SCHEDULE = [[200, 0.1], [200, 0.05], [200, 0.01], [100, 0.001]] as const;

/** Trains a linear VAE: its exact terms before and after, the last row. */
async function trainLinearVae(
  { x, ...data }: TrainingData & { x: Float32Array },
  overrides: Pick<RunConfig, "latentDim" | "likelihood">,
): Promise<
  { before: ExactElboTerms; after: ExactElboTerms; row: EvaluationRow }
> {
  await openBackend("cpu");
  const config = configOf({
    hidden: [],
    initialisation: "normal",
    batchSize: COUNT,
    ...overrides,
  });
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config);
  const batches = new Batches(data, config);
  const before = await exactElboTerms(vae, x);
  let row: EvaluationRow | undefined;
  let steps = 0;
  for (const [more, learningRate] of SCHEDULE) {
    steps += more;
    const part = { ...config, learningRate, steps, evalEvery: steps };
    for await (const report of train(engine, batches, part)) {
      if (report.kind === "evaluation") row = report.row;
    }
  }
  return { before, after: await exactElboTerms(vae, x), row: row! };
}

Deno.test("a linear VAE with learned variance trains to pPCA's optimum", async () => {
  const data = await linearData();
  const components = principalComponents(data.x, data.dim);
  const optimum = ppcaOptimum(components, { latentDim: 2 });
  const { before, after, row } = await trainLinearVae(data, {
    latentDim: 2,
    likelihood: { family: "gaussian", variance: "learned", mean: "linear" },
  });
  // It starts far away, and needs both dimensions to get there.
  const one = ppcaOptimum(components, { latentDim: 1 });
  assertLess(before.logLikelihood, optimum.logLikelihood - 1);
  assertLess(one.logLikelihood, optimum.logLikelihood - 0.1);
  // ELBO <= mean ln p(x) <= the optimum, and all within 0.01 nats.
  assertLess(after.elbo, after.logLikelihood);
  assertLess(after.logLikelihood, optimum.logLikelihood);
  assertGreater(after.elbo, optimum.logLikelihood - 0.01);
  assertAlmostEquals(row.spread!, optimum.noiseVariance, 0.02);
});

Deno.test("a linear VAE with fixed variance collapses where pPCA does", async () => {
  const data = await linearData();
  const components = principalComponents(data.x, data.dim);
  const [latentDim, noiseVariance] = [4, 2];
  const optimum = ppcaOptimum(components, { latentDim, noiseVariance });
  assertEquals(optimum.collapsed, 2);
  const { before, after, row } = await trainLinearVae(data, {
    latentDim,
    likelihood: { family: "gaussian", variance: noiseVariance, mean: "linear" },
  });
  assertLess(before.logLikelihood, optimum.logLikelihood - 1);
  assertLess(after.logLikelihood, optimum.logLikelihood);
  assertGreater(after.elbo, optimum.logLikelihood - 0.01);
  // The mean KL of a dimension is 1/2 ln(lambda_j / s^2), or 0.
  row.klPerDimension.toSorted((a, b) => b - a).forEach((kl, j) => {
    const ratio = components.eigenvalues[j]! / noiseVariance;
    assertAlmostEquals(kl, Math.max(0, 0.5 * Math.log(ratio)), 0.02);
  });
});
