/** Likelihoods on the current tfjs backend. */

import { tf } from "../../lazy_tfjs.ts";
import { evaluate, type Leaves } from "../pixelwise/evaluate.ts";
import { type Pixelwise, termOf } from "../pixelwise/pixelwise.ts";
import {
  mean as meanOf,
  pixelSums,
  sumAxis,
  sumPixels,
} from "../reductions.ts";
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
  observed?: tf.Tensor,
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
    save([...outputs, x, ...observed ? [observed] : []]);
    return {
      value: pixelSums(
        kept(evaluate([term], leavesOf(outputs, x))[0]!, observed),
      ),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const by = tf.expandDims(tf.mul(dy, factor), -1);
        const [x, observed] = saved.slice(outputs.length);
        const leaves = leavesOf(saved.slice(0, outputs.length), x!);
        return evaluate(gradients, leaves).map((gradient) =>
          tf.mul(by, kept(gradient, observed))
        );
      },
    };
  });
  return sums(...outputs);
}

/** Values of pixels, 0 where they are not observed. */
function kept(values: tf.Tensor, observed: tf.Tensor | undefined): tf.Tensor {
  return observed === undefined ? values : tf.mul(values, observed);
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

  function sums(x: tf.Tensor, observed?: tf.Tensor): tf.Tensor {
    if (givesGradient) {
      return sumsWithGradients(pixelwise, outputs, x, observed);
    }
    const [terms] = evaluate([termOf(pixelwise).term], { ...leaves, x });
    return sumPixels(kept(terms!, observed));
  }

  return {
    logProb: (x, observed) => {
      const sum = sums(x, observed);
      if (!spread) return sum;
      const rate = tf.exp(tf.neg(shared!));
      const normaliser = tf.mul(
        tf.add(shared!, spread.constant),
        observed === undefined ? output.shape.at(-1)! : sumAxis(observed, -1),
      );
      return tf.mul(tf.add(tf.mul(sum, rate), normaliser), -spread.share);
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
 * @param observed see `Likelihood.logProb`
 */
export function optimalShared(
  spec: LikelihoodSpec,
  output: tf.Tensor,
  x: tf.Tensor,
  observed?: tf.Tensor,
): tf.Scalar {
  const { spread } = pixelwiseOf(spec);
  const [distance] = evaluate([spread!.distance], { output, x });
  if (observed === undefined) return tf.log(meanOf(distance!));
  const count = tf.mul(tf.sum(observed), output.shape[0]!);
  return tf.log(tf.div(tf.sum(tf.mul(distance!, observed)), count));
}
