import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { loadDataset } from "../../src/data/load.ts";
import { ppcaOptimum, principalComponents } from "../../src/model/ppca.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  type Flags,
  runHere,
  threeAtATime,
  tiny,
} from "./command.ts";
import { checkRun, readNumbers } from "./results.ts";

const VARIANTS: readonly Flags[] = [
  {},
  { posterior: "isotropic" },
  { posterior: "full" },
  { "decoder-variance": 0.5, samples: 3 },
  { "decoder-variance": "optimal", init: "glorot", "learning-rate": 1e-6 },
  { objective: "elbo-sampled", optimizer: "adagrad" },
];

Deno.test("exp:elbo-gap writes terms that obey log p(x) = ELBO + KL(q(z|x) || p(z|x))", async () => {
  await withFolder(async (folder) => {
    await threeAtATime(VARIANTS.map((variant, i) => async () => {
      const out = `${folder}/${i}`;
      const flags = { latent: "1,3", steps: 20, "eval-every": 4, ...variant };
      assertQuietSuccess(
        await runHere("elbo-gap", [
          ...tiny({ ...flags, backend: "wasm", out }),
          "--quiet",
        ]),
      );
      const results = `${out}/elbo-gap`;
      for (const { name, isDirectory } of Deno.readDirSync(results)) {
        if (isDirectory) await checkGap(`${results}/${name}`);
      }
      for (const figure of ["elbo-gap.svg", "elbo-gap.png"]) {
        assert((await Deno.stat(`${results}/${figure}`)).isFile);
      }
    }));
  });
});

async function ppcaLogLikelihood(config: RunConfig): Promise<number> {
  const { latentDim, likelihood } = config;
  const { test, dim } = await loadDataset(config);
  const fixed = "variance" in likelihood && likelihood.variance === 0.5
    ? { noiseVariance: 0.5 }
    : {};
  const components = principalComponents(Float32Array.from(test.values), dim);
  return ppcaOptimum(components, { latentDim, ...fixed }).logLikelihood;
}

Deno.test("exp:elbo-gap knows no most likely model of rows in a subspace", async () => {
  await withFolder(async (out) => {
    const flags = { latent: 3, "test-size": 3, backend: "cpu", out };
    assertQuietSuccess(await runHere("elbo-gap", [...tiny(flags), "--quiet"]));
    const folder = `${out}/elbo-gap/linear-gaussian-z3-L1-seed1`;
    const { rows } = await readNumbers(`${folder}/eval.csv`);
    for (const row of rows) {
      assertEquals(row["ppca_log_likelihood"], Infinity);
    }
  });
});

async function checkGap(folder: string): Promise<void> {
  const { config } = await checkRun(folder);
  const { header, rows } = await readNumbers(`${folder}/eval.csv`);
  const dimensions = Array.from(
    { length: config.latentDim },
    (_, i) => `kl_${i + 1}`,
  );
  assertEquals(header.split(","), [
    ...["step", "samples_seen", "elbo", "reconstruction", "kl"],
    ...dimensions,
    ...["decoder_variance", "exact_elbo", "exact_reconstruction", "exact_kl"],
    ...["posterior_kl", "log_likelihood", "data_log_likelihood"],
    "ppca_log_likelihood",
  ]);
  assertEquals(rows.length, 5);
  const ppca = await ppcaLogLikelihood(config);
  for (const row of rows) {
    const logLikelihood = row["log_likelihood"]!;
    // Each term is rounded to float32: at most 2^-24 of the largest.
    const tolerance = Math.max(1e-5, 2e-7 * Math.abs(row["exact_elbo"]!));
    assertAlmostEquals(
      row["exact_elbo"]! + row["posterior_kl"]!,
      logLikelihood,
      tolerance,
    );
    assertAlmostEquals(
      row["exact_reconstruction"]! - row["exact_kl"]!,
      row["exact_elbo"]!,
      tolerance,
    );
    if (config.objective.name === "elbo") {
      assertAlmostEquals(row["exact_kl"]!, row["kl"]!, tolerance);
    }
    assert(row["posterior_kl"]! >= 0);
    // The truth is the best model of its own data, up to the sample's noise.
    assert(logLikelihood < row["data_log_likelihood"]! + 1);
    assertEquals(row["ppca_log_likelihood"], Math.fround(ppca));
    assert(logLikelihood <= ppca + tolerance, `${logLikelihood} > ${ppca}`);
    assertEquals(row["data_log_likelihood"], rows[0]!["data_log_likelihood"]);
  }
}
