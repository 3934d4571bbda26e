/** Evaluations in tfjs ops, at the parameters that the model has now. */

import { tf } from "../lazy_tfjs.ts";
import { inputDim, totalLatentDim, type VaeSpec } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import type { DeviceBatch, Objective } from "../objective/objective.ts";
import { evaluationColumns, type ObjectiveSpec } from "../objective/spec.ts";
import { type Batch, type EvaluationSums, named } from "./engine.ts";
import { submitRecorded } from "./webgpu_device.ts";

/** Sums of an objective's terms over the datapoints of each batch. */
export async function evaluateBatches(
  vae: Vae,
  { evaluate }: Pick<Objective, "evaluate">,
  spec: ObjectiveSpec,
  batches: Iterable<Batch>,
): Promise<EvaluationSums> {
  const rows: tf.Tensor1D[] = [];
  for (const batch of batches) {
    rows.push(tf.tidy(() => {
      const { reconstruction, klPerDimension, more } = evaluate(
        modelAt(vae, batch),
        upload(vae.spec, batch),
      );
      const sums = [reconstruction, ...more].map((term) => tf.sum(term));
      return tf.concat1d([
        tf.stack(sums) as tf.Tensor1D,
        tf.sum(klPerDimension, 0) as tf.Tensor1D,
      ]);
    }));
    // What is recorded keeps its buffers.
    submitRecorded();
  }
  const table = tf.stack(rows);
  tf.dispose(rows);
  const values = await table.data();
  const width = table.shape[1]!;
  table.dispose();
  // Batches are added in float64, so that their number does not matter.
  const sums = new Array<number>(width).fill(0);
  values.forEach((value, i) => sums[i % width]! += value);
  const columns = evaluationColumns(spec);
  return {
    reconstruction: sums[0]!,
    more: named(columns, sums.slice(1)),
    kl: sums.slice(1 + columns.length),
  };
}

/** The model at y of a batch, where it has one; to be used within a `tidy`. */
export function modelAt(
  vae: Vae,
  { condition, size }: Pick<Batch, "condition" | "size">,
): Vae {
  if (condition === undefined) return vae;
  return vae.given(tf.tensor2d(condition, [size, condition.length / size]));
}

/** A minibatch as tensors. */
export function upload(
  spec: VaeSpec,
  { x, noise, dream, chain, size, samples }: Batch,
): DeviceBatch {
  const { dataDim } = spec;
  const latentDim = totalLatentDim(spec);
  const chains = [chain?.transitions ?? 0, samples, size];
  return {
    x: tf.tensor(x, [size, inputDim(spec)], "float32"),
    noise: tf.tensor(noise, [samples, size, latentDim], "float32"),
    ...(dream && {
      dream: {
        prior: tf.tensor(dream.prior, [1, size, latentDim], "float32"),
        pixels: tf.tensor(dream.pixels, [1, size, dataDim], "float32"),
      },
    }),
    ...(chain && {
      chain: {
        momentum: tf.tensor(chain.momentum, [...chains, latentDim]),
        uniforms: tf.tensor(chain.uniforms, chains),
      },
    }),
  };
}
