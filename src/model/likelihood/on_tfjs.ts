/** Likelihoods on the current tfjs backend. */

import * as tf from "@tensorflow/tfjs";
import { evaluate, type Leaves } from "../pixelwise/evaluate.ts";
import { type Pixelwise, termOf } from "../pixelwise/pixelwise.ts";
import { mean as meanOf, sumAxis } from "../reductions.ts";
import { familyOf, type LikelihoodSpec, pixelwiseOf } from "./families.ts";
import type { Likelihood } from "./likelihood.ts";

/**
 * The sums over pixels of a likelihood's term, [L, B], with the gradients that
 * are derived from its expressions.
 */
function sumsWithGradients(
  pixelwise: Pixelwise,
  outputs: readonly tf.Tensor[],
  x: tf.Tensor,
): tf.Tensor {
  const { term, gradients } = termOf(pixelwise);
  // The gradients are of -log p(x|z), or of share times the distance.
  const factor = pixelwise.spread ? 1 / pixelwise.spread.share : -1;
  const leavesOf = (outputs: readonly tf.Tensor[], x: tf.Tensor): Leaves => {
    const [output, output2] = outputs as [tf.Tensor, tf.Tensor?];
    return { x, output, ...(output2 && { output2 }) };
  };
  const sums = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const outputs = args.slice(0, -1) as tf.Tensor[];
    save([...outputs, x]);
    return {
      value: tf.sum(evaluate([term], leavesOf(outputs, x))[0]!, -1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const by = tf.expandDims(tf.mul(dy, factor), -1);
        const leaves = leavesOf(saved.slice(0, -1), saved.at(-1)!);
        return evaluate(gradients, leaves).map((gradient) =>
          tf.mul(by, gradient)
        );
      },
    };
  });
  return sums(...outputs);
}

/**
 * p(x|z) of a decoder's outputs.
 *
 * @param outputs one or two, each [L, B, D]; see `outputsOf`
 * @param shared the parameter that all pixels share; null: there is none
 */
export function likelihoodOf(
  spec: LikelihoodSpec,
  outputs: readonly tf.Tensor[],
  shared: tf.Tensor | null = null,
): Likelihood {
  const [output, output2] = outputs as [tf.Tensor, tf.Tensor?];
  const family = familyOf(spec);
  if (family.onTfjs) return family.onTfjs(output, shared, spec);
  const pixelwise = pixelwiseOf(spec);
  const { mean, draw, spread, givesGradient } = pixelwise;
  const leaves = {
    output,
    ...(output2 && { output2 }),
    ...(shared && { shared }),
  };

  function sums(x: tf.Tensor): tf.Tensor {
    if (givesGradient) return sumsWithGradients(pixelwise, outputs, x);
    return sumAxis(
      evaluate([termOf(pixelwise).term], { ...leaves, x })[0]!,
      -1,
    );
  }

  return {
    logProb: (x) => {
      if (!spread) return sums(x);
      const rate = tf.exp(tf.neg(shared!));
      const normaliser = tf.mul(
        tf.add(shared!, spread.constant),
        output.shape.at(-1)!,
      );
      return tf.mul(tf.add(tf.mul(sums(x), rate), normaliser), -spread.share);
    },
    mean: () => evaluate([mean], leaves)[0]!,
    sample: (noise) =>
      tf.cast(evaluate([draw], { ...leaves, noise })[0]!, "float32"),
  };
}

/**
 * The shared parameter that maximises log p(x|z) of a batch: log of the mean
 * distance over draws, datapoints and pixels. For a Gaussian that is log of the
 * mean squared error (Rybkin et al. 2021, sigma-VAE, equation 4).
 *
 * @param output [L, B, D]
 * @param x [B, D]
 */
export function optimalShared(
  spec: LikelihoodSpec,
  output: tf.Tensor,
  x: tf.Tensor,
): tf.Scalar {
  const { spread } = pixelwiseOf(spec);
  return tf.log(meanOf(evaluate([spread!.distance], { output, x })[0]!));
}
