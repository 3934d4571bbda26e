/**
 * Makes a repository with two commits of 40 runs x 20,000 steps in which every
 * file differs, to measure `deno task diff` by hand:
 *
 *     deno run -A tests/compare/generate_large.ts large
 *     cd large && /usr/bin/time -v deno run --allow-read --allow-run=git \
 *       --config PROJECT/deno.json PROJECT/src/cli/diff.ts HEAD~1 HEAD
 *
 * @module
 */

import { commit, init, writeRun } from "./results.ts";

const [folder, runs = "40", steps = "20000"] = Deno.args;
if (folder === undefined) throw new Error("a folder is missing");

await init(folder);
for (const [message, ulps] of [["before", 0], ["after", 1]] as const) {
  for (let i = 0; i < Number(runs); i++) {
    const [z, seed] = [2 + Math.floor(i / 5), 1 + i % 5];
    await writeRun(
      `${folder}/results/latent-sweep`,
      `glyphs-z${z}-L1-seed${seed}`,
      {
        seed,
        steps: Number(steps),
        config: { latentDim: z },
        train: (row) => ({
          ...row,
          elbo: Number(row["elbo"]) * (1 + i / 1000 + ulps * 2 ** -23),
          kl: Number(row["kl"]) * (1 + i / 1000 + ulps * 2 ** -10),
        }),
      },
    );
  }
  await commit(folder, message);
}
