/** PNG grids of a trained model of images. */

import { conditionsByClass } from "../data/condition.ts";
import type { Examples } from "../data/dataset.ts";
import type { TrainingData } from "../data/load.ts";
import { inUserUnits } from "../data/own/scale.ts";
import { openDrawEngine, REFERENCE } from "../engine/open_engine.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import { generate, reconstruct } from "../engine/generate.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { displayed } from "../notebook.ts";
import { captionedGrid } from "../plot/captioned_grid.ts";
import type { GridOptions } from "../plot/image_grid.ts";
import { normalQuantile } from "../random/normal_quantile.ts";
import { stream } from "../random/stream.ts";
import { gather, gatherConditions } from "../train/batches.ts";

/** A picture by its file name. */
export interface Picture {
  /** of its file */
  readonly name: string;
  /** its bytes */
  readonly png: Uint8Array;
}

/** Options of pictures beside the seed. */
export interface DrawPicturesOptions {
  /** what decodes: that of the run; the model itself if absent */
  readonly engine?: EngineDescription;
}

const COLUMNS = 10;
const SAMPLES = 100;
const MANIFOLD_SIDE = 20;

/** Of the prior, at the ends of the manifold's sides. */
const QUANTILES = [0.5, MANIFOLD_SIDE - 0.5].map((i) => i / MANIFOLD_SIDE);

/**
 * - `data.png`: training data, before pixels are drawn at each step;
 * - `reconstructions.png`: rows of test data, below each row its E[x|z] at
 *   z = mu(x);
 * - `samples.png`: E[x|z] at draws of the prior;
 * - `manifold.png`, where the top layer has two dimensions: E[x|z] on a grid of
 *   quantiles of the prior (AEVB, figure 4), z_1 rising to the right, z_2
 *   upwards; a layer below is at its mean there.
 *
 * Of a conditional model, `samples.png` has a row for each class, with the same
 * z in a column, and the manifold is that of the first class; without classes
 * both have the labels of train rows. Reconstructions have their own labels.
 *
 * Notebooks show them one below the other. Nothing for data that are not images. Black is 0 and white is 1, or 255 for
 * whole numbers up to that, in the user's units; where train data lie outside
 * of these, they are the smallest and the largest of them.
 *
 * @param seed of the draws of the prior
 */
export async function drawPictures(
  vae: Vae,
  data: TrainingData,
  seed: number,
  { engine = REFERENCE }: DrawPicturesOptions = {},
): Promise<Picture[]> {
  if (data.image === null) return [];
  using draws = await openDrawEngine(engine, vae, 1);
  const { spec } = vae;
  const size = { ...data.image, columns: COLUMNS };
  const grid = gridOf(data);

  const x = firstRows(data.test, 5 * COLUMNS);
  const ofTest = gatherConditions(data.test, rowsUpTo(5 * COLUMNS, data.test));
  const pairs = [x, await reconstruct(draws, x, ofTest)];
  const prior = stream(seed, "generate").normals(
    SAMPLES * totalLatentDim(spec),
  );
  const samples = samplesOf(prior, data, totalLatentDim(spec));

  const made = await generate(draws, samples.noise, samples.condition);
  const train = firstRows(data.train, SAMPLES);
  const { latentDim } = spec.upper ?? spec;
  const z = `${latentDim} latent dimension${latentDim === 1 ? "" : "s"}`;
  const pictures = [
    { name: "data.png", png: await grid([train], size, "Training data") },
    {
      name: "reconstructions.png",
      png: await grid(
        pairs,
        size,
        `Test data, and below each row E[x|z] at the mean of q(z|x), ${z}`,
      ),
    },
    {
      name: "samples.png",
      png: await grid(
        [made],
        size,
        samples.condition === undefined
          ? `E[x|z] at draws of z from the prior, ${z}`
          : `E[x|z] at draws of z from the prior, ${z}, with given labels`,
      ),
    },
  ];
  if (latentDim === 2) {
    const below = spec.upper ? spec.latentDim : 0;
    const points = manifoldGrid(MANIFOLD_SIDE, below);
    const first = samples.condition?.subarray(0, spec.conditionDim);
    const images = await generate(
      draws,
      points,
      first && repeated(first, MANIFOLD_SIDE ** 2),
    );
    pictures.push({
      name: "manifold.png",
      png: await grid(
        [images],
        { ...size, columns: MANIFOLD_SIDE, gap: 0 },
        "E[x|z] on a grid of quantiles of the prior, from " +
          `${QUANTILES.join(" to ")}: z1 rises to the right, z2 upwards`,
      ),
    });
  }
  return displayed(pictures, () => ({
    "text/html": pictures.map(({ name, png }) =>
      `<p><img alt="${name}" src="data:image/png;base64,${png.toBase64()}"></p>`
    ).join("\n"),
  }));
}

/** Classes that are drawn, from the first. */
const MOST_CLASSES = 50;

/**
 * What samples are made of: draws of the prior and, of a conditional model, the
 * labels of each. With classes a row has one, and a column one draw.
 */
function samplesOf(
  prior: Float32Array,
  data: TrainingData,
  latentDim: number,
): { noise: Float32Array; condition?: Float32Array } {
  const { condition } = data.train;
  if (condition === undefined) return { noise: prior };
  const { dim } = condition;
  const byClass = conditionsByClass(data);
  if (byClass === null) {
    const { count } = data.train;
    const rows = Uint32Array.from({ length: SAMPLES }, (_, i) => i % count);
    return { noise: prior, condition: gatherConditions(data.train, rows)! };
  }
  const classes = Math.min(MOST_CLASSES, byClass.label.classes.length);
  const conditions = Array.from(
    { length: classes },
    (_, i) =>
      repeated(byClass.values.subarray(i * dim, (i + 1) * dim), COLUMNS),
  );
  return {
    noise: repeated(prior.subarray(0, COLUMNS * latentDim), classes),
    condition: Float32Array.from(conditions.flatMap((values) => [...values])),
  };
}

/** The values, one time after the other. */
export function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(times * values.length);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}

/** Draws values of a model as grids with captions, in the grey levels of the user's data. */
export function gridOf(
  data: TrainingData,
): (
  sets: readonly Float32Array[],
  options: Omit<GridOptions, "scale">,
  caption: string,
) => Promise<Uint8Array> {
  const levels = levelsOf(data);
  return (sets, options, caption) =>
    captionedGrid(sets.map(levels), options, caption);
}

/** The grey levels in [0, 1] of a model's values, as the user's data have them. */
export function levelsOf(
  { train: { values }, units }: TrainingData,
): (values: Float32Array) => Float32Array {
  if (values instanceof Uint8Array) return (values) => values;
  const [black, white] = endsOf(inUserUnits(values, units));
  if (black === 0 && white === 1 && units === undefined) {
    return (values) => values;
  }
  return (values) =>
    inUserUnits(values, units).map((x) => (x - black) / (white - black));
}

/** What of the user's values is black, and what white. */
function endsOf(values: Float32Array): [black: number, white: number] {
  let [least, most, areWhole] = [Infinity, -Infinity, true];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    areWhole &&= Math.abs(value - Math.round(value)) < WHOLE;
  }
  const fit = (white: number) => least > -WHOLE && most < white + WHOLE;
  if (fit(1)) return [0, 1];
  if (areWhole && fit(255)) return [0, 255];
  return [least, most > least ? most : least + 1];
}

/** Scaling and its inverse round in float32. */
const WHOLE = 1e-3;

/** At most n rows, from the first. */
function firstRows(examples: Examples, n: number): Float32Array {
  return gather(examples, rowsUpTo(n, examples));
}

function rowsUpTo(n: number, { count }: Examples): Uint32Array {
  return Uint32Array.from({ length: Math.min(n, count) }, (_, i) => i);
}

/**
 * side^2 points of the plane, row by row from the top, after as many zeros as
 * are asked for, [side^2, zeros + 2].
 */
function manifoldGrid(side: number, zeros: number): Float32Array {
  const quantile = (i: number) => normalQuantile((i + 0.5) / side);
  return Float32Array.from(
    Array.from({ length: side * side }, (_, at) => [
      ...new Array<number>(zeros).fill(0),
      quantile(at % side),
      quantile(side - 1 - Math.floor(at / side)),
    ]).flat(),
  );
}
