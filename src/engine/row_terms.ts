/** Terms at very many draws of z, which evaluations of log p(x) need. */

import { tf } from "../lazy_tfjs.ts";
import { startTfjs } from "../start_tfjs.ts";
import type { Vae } from "../model/vae.ts";
import type { DrawBatch, RowTerms } from "./engine.ts";
import { modelAt } from "./evaluate_batches.ts";

/** {@linkcode Engine.rowTerms} by the model itself, on the tfjs backend. */
export async function rowTermsOf(
  vae: Vae,
  batch: DrawBatch,
  kept?: readonly boolean[],
): Promise<RowTerms> {
  await startTfjs();
  const { x, noise, size, samples } = batch;
  const both = tf.tidy(() => {
    const own = modelAt(vae, batch);
    const pixels = tf.tensor2d(x, [size, x.length / size]);
    const width = noise.length / (samples * size);
    const inference = own.infer(
      pixels,
      tf.tensor3d(noise, [samples, size, width]),
    );
    const mask = kept && tf.tensor1d(kept.map(Number));
    const keptOf = (values: tf.Tensor) =>
      mask === undefined ? values : tf.mul(values, mask);
    return tf.stack([
      own.decode(keptOf(inference.z)).logProb(pixels),
      tf.sum(keptOf(inference.logRatio()), -1),
    ]);
  });
  try {
    const values = await both.data<"float32">();
    return {
      logLikelihood: values.subarray(0, samples * size),
      logRatio: values.subarray(samples * size),
    };
  } finally {
    both.dispose();
  }
}
