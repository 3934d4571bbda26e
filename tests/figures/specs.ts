/**
 * Figures of a few made-up runs as vega-lite specifications, without their
 * settings of the look: `deno run -A tests/figures/specs.ts` prints them, a
 * line each.
 */

import { figureOf } from "../../src/figures/figure.ts";
import { type FigureRequest, USUAL } from "../../src/figures/request.ts";
import { runOf } from "./runs.ts";

const RUNS = [2, 10].flatMap((latentDim) =>
  [1, 2].map((seed) =>
    runOf({ latentDim, seed }, [[-20 - seed, -15, 5], [-8 - seed, -8, 2]], {
      train: [-19 - seed, -9],
    })
  )
);

/** One figure of each kind. */
const REQUESTS: Readonly<Record<string, Partial<FigureRequest>>> = {
  "learning-curves": { split: "both" },
  terms: { x: "latent", y: ["elbo", "kl"], width: 3.25 },
  "rate-distortion": { x: "rate", y: ["distortion"], band: "minmax" },
};

/** Their specifications, as JSON. */
export async function specs(): Promise<string[]> {
  const all: string[] = [];
  for (const [name, request] of Object.entries(REQUESTS)) {
    const { config: _, $schema: __, ...spec } = await figureOf(RUNS, {
      ...USUAL,
      ...request,
    });
    all.push(JSON.stringify({ name, ...spec }));
  }
  return all;
}

if (import.meta.main) console.log((await specs()).join("\n"));
