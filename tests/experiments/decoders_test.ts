/** Every family of p(x|z), through the command line. */

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  runHere,
  threeAtATime,
  tinyNet,
} from "./command.ts";
import { checkExperiment, checkPictures, checkRun } from "./results.ts";

const DECODERS: Record<string, Record<string, string>> = {
  "continuous-bernoulli": { likelihood: "continuous-bernoulli" },
  "discretised-logistic": { likelihood: "discretised-logistic" },
  "a variance per pixel": {
    likelihood: "gaussian",
    "decoder-variance": "per-pixel",
  },
  "an optimal variance, sigmoid mean": {
    likelihood: "gaussian",
    "decoder-variance": "optimal",
    "decoder-mean": "sigmoid",
  },
};

Deno.test("exp:latent-sweep trains every decoder and draws what it makes", async () => {
  await withFolder(async (folder) => {
    await threeAtATime(
      Object.entries(DECODERS).map(([name, flags], i) => async () => {
        const out = `${folder}/${i}`;
        // Grey levels; E[x|z] is drawn for images of the manifold, too.
        const args = tinyNet({ ...flags, steps: 6, backend: "wasm", out });
        assertQuietSuccess(await runHere("latent-sweep", [...args, "--quiet"]));
        const path = `${out}/latent-sweep/glyphs-z2-L1-seed1`;
        await checkExperiment(`${out}/latent-sweep`, ["glyphs-z2-L1-seed1"]);
        await checkPictures(path);
        const { config, train } = await checkRun(path);
        assertEquals(config.likelihood.family, flags["likelihood"]);
        assertEquals(config.binarize, "none");
        // At the data's mean the probability of 256 levels is below one, and
        // the density on [0, 1] above.
        const first = train[0]!["reconstruction"]!;
        if (config.likelihood.family === "discretised-logistic") {
          assertLess(first, -500, name);
        } else if (config.likelihood.family === "continuous-bernoulli") {
          assertGreater(first, 500, name);
        }
      }),
    );
  });
});
