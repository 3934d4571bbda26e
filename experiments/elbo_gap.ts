/**
 * The gap between log p(x) and the ELBO, with every term exact:
 *
 *     log p(x) = ELBO + KL(q(z|x) || p(z|x))
 *
 * Data and model are linear and Gaussian (probabilistic PCA; Tipping & Bishop
 * 1999), so p(x), p(z|x) and E_q[log p(x|z)] have closed forms. Training
 * raises the ELBO towards the exact log-likelihood of the data under the model
 * that drew them, and the gap closes, if not from the first step on: with six
 * latent dimensions it is 0.4 nats after 200 steps, 1.2 after 1000 and 0.07 after
 * 6000 (means of three seeds). With `--posterior isotropic` it closes less: one
 * variance cannot fit a posterior whose variances differ.
 * With `--posterior full` it closes at any W, also where latent dimensions are
 * correlated given x. Beside log p(x) stands the most that it can be on the
 * same rows, the optimum of probabilistic PCA.
 *
 *     deno task exp:elbo-gap
 *     deno task exp:elbo-gap --posterior isotropic --latent 4
 */

import {
  Batches,
  createVae,
  evaluateRun,
  exactElboTerms,
  gapCurves,
  gather,
  linearGaussian,
  loadDataset,
  main,
  meanExactLogLikelihood,
  type PlannedRun,
  ppcaOptimum,
  principalComponents,
  readEvaluations,
  type RunConfig,
  saveFigure,
  train,
} from "../mod.ts";

const experiment = {
  name: "elbo-gap",
  shows: "log p(x) = ELBO + KL(q(z|x) || p(z|x)), every term exact",
  axis: "latent",
  defaults: {
    latent: "1,2,4,6",
    init: "normal",
    steps: "6000",
    "batch-size": "500",
    "learning-rate": "0.002",
    "eval-every": "200",
    "train-size": "10000",
    "test-size": "2000",
  },
  fixed: {
    dataset: "linear-gaussian",
    hidden: "none",
    likelihood: "gaussian",
    "upper-latent": "none",
    "upper-hidden": "none",
    condition: "none",
  },
  figures: drawGap,
} as const;

await main(experiment, async (run) => {
  const { config } = run;

  // Data: x = W z + mu + noise, and the exact log-likelihood of the test split.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);
  const { generator } = await linearGaussian({ seed: config.dataSeed });
  const rows = Uint32Array.from({ length: data.test.count }, (_, i) => i);
  const x = gather(data.test, rows);
  const dataLogLikelihood = meanExactLogLikelihood(generator, x);
  const ppcaLogLikelihood = mostLogLikelihood(x, data.dim, config);

  // Model: linear maps, so that its own p(x) and p(z|x) are exact too.
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop: each evaluation gets the exact terms beside the Monte Carlo ones.
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    if (report.kind !== "evaluation") await results.record(report);
    else {
      const exact = await exactElboTerms(vae, x);
      await results.record(report, {
        exact_elbo: exact.elbo,
        exact_reconstruction: exact.reconstruction,
        exact_kl: exact.kl,
        posterior_kl: exact.posteriorKl,
        log_likelihood: exact.logLikelihood,
        data_log_likelihood: dataLogLikelihood,
        ppca_log_likelihood: ppcaLogLikelihood,
      });
    }
  }

  // Evaluation: log p(x) by importance sampling, beside the exact one.
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});

/**
 * The most that the mean of log p(x) over the rows can be with so many latent
 * dimensions, whatever W, mu and, where it is not fixed, sigma_dec^2 are.
 */
function mostLogLikelihood(
  x: Float32Array,
  dim: number,
  { latentDim, likelihood }: RunConfig,
): number {
  const variance = likelihood.family === "gaussian" && likelihood.variance;
  const fixed = typeof variance === "number" ? { noiseVariance: variance } : {};
  try {
    const components = principalComponents(x, dim);
    return ppcaOptimum(components, { latentDim, ...fixed }).logLikelihood;
  } catch (error) {
    // So few rows lie in a subspace, near which a density has no bound.
    if (error instanceof RangeError) return Infinity;
    throw error;
  }
}

/** The ELBO, log p(x) and the gap between them, a panel per run. */
async function drawGap(
  folder: string,
  runs: readonly PlannedRun[],
): Promise<void> {
  const curves = [];
  const seeds = new Set(runs.map(({ config }) => config.seed));
  let dataLogLikelihood = NaN;
  for (const { name, config } of runs) {
    const rows = await readEvaluations(`${folder}/${name}`);
    if (rows.length === 0) continue; // failed before its first evaluation
    dataLogLikelihood = Number(rows[0]!["data_log_likelihood"]);
    curves.push({
      run: `latent dimension ${config.latentDim}` +
        (seeds.size > 1 ? `, seed ${config.seed}` : ""),
      points: rows.map((row) => ({
        samplesSeen: Number(row["samples_seen"]),
        elbo: Number(row["exact_elbo"]),
        logLikelihood: Number(row["log_likelihood"]),
      })),
    });
  }
  if (curves.length === 0) return;
  await saveFigure(
    `${folder}/elbo-gap`,
    await gapCurves(curves, dataLogLikelihood, {
      title: "log p(x) = ELBO + KL(q(z|x) || p(z|x))",
      subtitle: "linear-gaussian",
    }),
  );
}
