/**
 * The operations of a training step, as data. Engines with kernels of their own
 * execute them.
 *
 * Matrices and parameters have names. Rows of everything behind the encoder
 * are draws: row s * size + b is draw s of datapoint b.
 */

import type { Activation } from "../model/spec.ts";

export type Shape = readonly [rows: number, columns: number];

/** The activation behind a hidden layer's values. */
export interface Activated {
  readonly activation: Activation;
  /** the matrix of its values */
  readonly values: string;
}

/**
 * One operation. A layer NAME has the parameters NAME/weight and NAME/bias, and
 * NAME/condition where y of a conditional model is another input.
 */
export type Operation =
  /**
   * makes `x` and `noise`, and for dreams and chains their random numbers; does
   * nothing where the batch is given
   */
  | { readonly kind: "batch" }
  /** makes `noise` by datapoint; does nothing where it is given */
  | { readonly kind: "row-noise" }
  /** output = activation(input W + bias), or activation(input W + y V + bias) */
  | {
    readonly kind: "affine";
    readonly input: string;
    /** the matrix of y; null: it is no input */
    readonly condition: string | null;
    readonly layer: string;
    readonly activation: Activation | null;
    readonly output: string;
  }
  /** `z`, `kl` and the ratios log q(z|x) - log p(z), from the posterior */
  | { readonly kind: "infer" }
  /** `kl` in closed form, from the posterior */
  | { readonly kind: "kl" }
  /** draws `dream/x` from p(x|z) at `dream/z` */
  | { readonly kind: "dream" }
  /**
   * log q(z|x) by row of z, and the gradients of minus its mean by the mean and
   * the log variance: all of them with the prefix
   */
  | { readonly kind: "log-posterior"; readonly prefix: string }
  /** log p(x|z) by row; its gradients replace the decoder's outputs */
  | { readonly kind: "likelihood" }
  /** log p(x|z) by row, no gradients; the decoder's outputs stay */
  | { readonly kind: "log-likelihood" }
  /** the step's terms, and the weights of rows and dimensions in them */
  | { readonly kind: "row-weights" }
  /** the terms' sums over datapoints, for evaluations */
  | { readonly kind: "sum-terms" }
  /** where pixels share a parameter: log p(x|z) by row, from the distances */
  | { readonly kind: "spread" }
  /** multiplies the rows of the outputs' gradients by their weights */
  | { readonly kind: "scale-outputs" }
  /** gradients of W and bias, from the layer's input and output gradient */
  | {
    readonly kind: "layer-gradient";
    readonly input: string;
    readonly layer: string;
    readonly gradient: string;
  }
  /** gradient of V, from y and the layer's output gradient */
  | {
    readonly kind: "condition-gradient";
    readonly condition: string;
    readonly layer: string;
    readonly gradient: string;
  }
  /** output = (sum over layers of gradient W') * activation' */
  | {
    readonly kind: "input-gradient";
    readonly from: readonly {
      readonly layer: string;
      readonly gradient: string;
    }[];
    readonly activated: Activated | null;
    readonly output: string;
  }
  /**
   * log p(x, z) by row, after `likelihood`; its gradient replaces `gradient/z`.
   * With `kicks` it also moves the momenta, which ends a leapfrog step
   */
  | { readonly kind: "chain-density"; readonly kicks: boolean }
  /** starts the chains at `z`; the reconstruction is the mean there */
  | { readonly kind: "chain-start" }
  /** the momenta of the next transition */
  | { readonly kind: "chain-momentum" }
  /** a leapfrog step of `z`, without its last half kick */
  | { readonly kind: "chain-leap" }
  /** accepts `z` or restores that before the transition; adapts the step size */
  | { readonly kind: "chain-accept" }
  /** from `gradient/z` to those of `mean` and `log_variance` */
  | { readonly kind: "posterior-gradient" }
  /** the optimiser's update of all trained parameters */
  | { readonly kind: "update" };

/** Operations that do not depend on each other. */
export type Stage = readonly Operation[];
