/**
 * Signal to noise of the gradients of encoder and decoder: Rainforth et al.
 * 2018 (arXiv 1802.04537), "Tighter Variational Bounds are Not Necessarily
 * Better".
 *
 * Of the plain gradient of the bound with k importance samples, that of the
 * decoder grows as sqrt(k) and that of the encoder falls as 1 / sqrt(k) (their
 * theorem 1); with `dreg` that of the encoder grows, too (Tucker et al. 2018).
 */

import { tf } from "../lazy_tfjs.ts";
import { startTfjs } from "../start_tfjs.ts";
import type { Batch } from "../engine/engine.ts";
import { ReferenceEngine } from "../engine/reference.ts";
import { OPTIMIZERS } from "../model/optimizers.ts";
import { inputDim, totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { UNWEIGHTED } from "../objective/kl_weighting.ts";
import { GRADIENTS, importanceSamples } from "../objective/spec.ts";
import type { GradientEstimator, ObjectiveSpec } from "../objective/spec.ts";
import { stream } from "../random/stream.ts";
import { RunningMoments } from "./estimates.ts";
import { type SignalToNoise, signalToNoise } from "./signal_to_noise.ts";

/** Blocks that the draws are divided into, for the standard errors. */
const BLOCKS = 10;

/** The smallest number of draws of a gradient. */
export const FEWEST_GRADIENT_DRAWS: number = BLOCKS;

/** The objectives that encoder and decoder both maximise. */
export type BoundSpec = Extract<
  ObjectiveSpec,
  { readonly name: "elbo" | "elbo-sampled" | "iwae" }
>;

/** Whose gradients are drawn, and how often. */
export interface GradientDraws {
  /** the bound that they are gradients of; its KL has weight 1 */
  readonly objective: BoundSpec;
  /** how many, at least {@linkcode FEWEST_GRADIENT_DRAWS} */
  readonly draws: number;
  /** of the noise: draw i has that of (seed, gradient, i) */
  readonly seed: number;
  /** L, of which a gradient is the mean for each datapoint; by default 1 */
  readonly samples?: number;
  /** y of the minibatch, [B, C], where the model is conditional */
  readonly condition?: Float32Array | undefined;
  /** throws when the device has failed: see `Backend` */
  readonly check?: () => void;
}

/** The parts of the model that a parameter can belong to. */
export const SIDES = ["encoder", "decoder"] as const;

/** One of {@linkcode SIDES}. */
export type Side = typeof SIDES[number];

/**
 * Signal to noise of the gradients of the encoder's parameters and of the
 * decoder's, over draws of the noise at fixed parameters and fixed data.
 *
 * A gradient is that of one training step with the minibatch x: the more
 * datapoints, the higher its signal to noise. `stl` is biased for k > 1: its
 * signal is the mean of what it gives, not the gradient of the bound.
 *
 * Objectives with as many draws of z have the same noise, so that gradient
 * estimators are compared at the same draws. The model is left as it was.
 *
 * @param x the minibatch, [B, D]
 * @throws {RangeError} fewer draws than {@linkcode FEWEST_GRADIENT_DRAWS}
 */
export async function gradientSignalToNoise(
  vae: Vae,
  x: Float32Array,
  { objective, draws, seed, samples = 1, condition, check = () => {} }:
    GradientDraws,
): Promise<Record<Side, SignalToNoise>> {
  if (!Number.isSafeInteger(draws) || draws < FEWEST_GRADIENT_DRAWS) {
    throw new RangeError(
      `draws is not an integer of at least ${FEWEST_GRADIENT_DRAWS}: ${draws}`,
    );
  }
  await startTfjs();
  const size = x.length / inputDim(vae.spec);
  const drawsOfZ = samples * importanceSamples(objective);
  const sizes = sizesOf(vae);
  const blocks = Array.from(
    { length: BLOCKS },
    () => new RunningMoments(sizes.encoder + sizes.decoder),
  );
  using engine = new ReferenceEngine(vae, {
    objective,
    optimizer: OPTIMIZERS.sgd,
  });
  for (let draw = 0; draw < draws; draw++) {
    const noise = stream(seed, "gradient", draw)
      .normals(drawsOfZ * size * totalLatentDim(vae.spec));
    const batch = { x, condition, noise, size, samples: drawsOfZ };
    blocks[draw % BLOCKS]!.add(await gradientOf(engine, batch));
    check();
  }
  return {
    encoder: signalToNoise(blocks, 0, sizes.encoder),
    decoder: signalToNoise(blocks, sizes.encoder),
  };
}

/** The gradient on the host: the encoder's numbers, then the decoder's. */
async function gradientOf(
  engine: ReferenceEngine,
  batch: Batch,
): Promise<Float32Array> {
  const gradient = tf.tidy(() => {
    const { terms, gradients } = engine.gradients(batch, UNWEIGHTED);
    terms.dispose();
    const arrays = SIDES.flatMap((side) =>
      Object.entries(gradients).filter(([name]) => isOn(side, name))
    );
    return tf.concat1d(
      arrays.map(([, array]) => tf.reshape(array, [-1]) as tf.Tensor1D),
    );
  });
  const values = await gradient.data<"float32">();
  gradient.dispose();
  return values;
}

function isOn(side: Side, parameter: string): boolean {
  return parameter.startsWith(`${side}/`);
}

/** How many numbers the trained parameters of each side are. */
function sizesOf(vae: Vae): Record<Side, number> {
  const sizeOf = (side: Side) =>
    vae.trained().filter(([name]) => isOn(side, name))
      .reduce((sum, [, { size }]) => sum + size, 0);
  return { encoder: sizeOf("encoder"), decoder: sizeOf("decoder") };
}

/**
 * The columns of a table of {@linkcode gradientSnrRows}: `snr` and
 * `vector_snr_squared` are the measures of {@linkcode SignalToNoise}, with
 * their standard errors, of `parameters` numbers over `draws` gradients.
 */
export const GRADIENT_SNR_COLUMNS = [
  "k",
  "gradient",
  "group",
  "snr",
  "snr_error",
  "vector_snr_squared",
  "vector_snr_squared_error",
  "parameters",
  "draws",
] as const;

/** Signal to noise of one gradient of one side, by column. */
export type GradientSnrRow =
  & { readonly gradient: GradientEstimator; readonly group: Side }
  & {
    readonly [
      column in Exclude<
        typeof GRADIENT_SNR_COLUMNS[number],
        "gradient" | "group"
      >
    ]: number;
  };

/** Rows of {@linkcode gradientSignalToNoise} for each k and estimator. */
export async function gradientSnrRows(
  vae: Vae,
  x: Float32Array,
  { ks, gradients = GRADIENTS, ...options }:
    & Omit<GradientDraws, "objective">
    & {
      readonly ks: readonly number[];
      readonly gradients?: readonly GradientEstimator[];
    },
): Promise<GradientSnrRow[]> {
  const rows: GradientSnrRow[] = [];
  for (const k of ks) {
    for (const gradient of gradients) {
      const objective = { name: "iwae", k, gradient } as const;
      const found = await gradientSignalToNoise(vae, x, {
        ...options,
        objective,
      });
      for (const group of SIDES) {
        const { elementwise, vectorSquared, varying } = found[group];
        rows.push({
          k,
          gradient,
          group,
          snr: elementwise.value,
          snr_error: elementwise.error,
          vector_snr_squared: vectorSquared.value,
          vector_snr_squared_error: vectorSquared.error,
          parameters: varying,
          draws: options.draws,
        });
      }
    }
  }
  return rows;
}
