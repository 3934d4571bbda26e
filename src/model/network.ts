/** The layers of encoder and decoder, by the names of their parameters. */

import { tf } from "../lazy_tfjs.ts";
import { applyAffine } from "./affine.ts";
import { stopGradient } from "./gradients.ts";
import { matrixProduct } from "./matrix_product.ts";
import { fullPosterior, gaussianPosterior } from "./posterior.ts";
import type { Posterior } from "./posterior.ts";
import { rowOf } from "../table.ts";
import { ACTIVATION_TABLE } from "./activations.ts";
import {
  type AffineLayer,
  affineLayers,
  type Bounds,
  type VaeSpec,
} from "./spec.ts";
import { strictlyLower } from "./triangular.ts";

/** Whether gradients reach the parameters of some layers. */
export type ParameterRole = "trained" | "constant";

/**
 * Affine maps and what they make up, of rows of values. A side is the common
 * beginning of the names of some layers, such as `encoder`.
 */
export class Network {
  readonly #activation: (x: tf.Tensor) => tf.Tensor;
  readonly #layers: ReadonlyMap<string, AffineLayer>;
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  readonly #condition: tf.Tensor | null;
  readonly #bounds: Bounds | undefined;

  /**
   * Computes with the parameters' current values, which the caller owns.
   *
   * @param condition y of a conditional model, [B, C]; null: none is set
   */
  constructor(
    spec: VaeSpec,
    parameters: ReadonlyMap<string, tf.Variable>,
    condition: tf.Tensor | null,
  ) {
    const { activation, logVarianceBounds } = spec;
    this.#bounds = logVarianceBounds;
    this.#activation = rowOf(ACTIVATION_TABLE, activation, "activation").apply;
    this.#layers = new Map(
      affineLayers(spec).map((layer) => [layer.name, layer]),
    );
    this.#parameters = parameters;
    this.#condition = condition;
  }

  /** One array. @throws {Error} there is none of that name */
  parameter(name: string): tf.Variable {
    const variable = this.#parameters.get(name);
    if (variable === undefined) throw new Error(`no parameter ${name}`);
    return variable;
  }

  /** x W + b, or a convolution + b; with y as another input x W + b + y V. */
  affine(name: string, x: tf.Tensor, role?: ParameterRole): tf.Tensor {
    const read = (part: string) => {
      const variable = this.parameter(`${name}/${part}`);
      return role === "constant" ? stopGradient(variable) : variable;
    };
    const layer = this.#layers.get(name)!;
    const output = applyAffine(x, read("weight"), read("bias"), layer);
    if (layer.conditions === 0) return output;
    if (this.#condition === null) {
      throw new Error("a conditional model has no condition: see Vae.given");
    }
    // Rows may be several draws of each datapoint, all of one y.
    const shift = matrixProduct(this.#condition, read("condition"));
    const draws = tf.reshape(output, [-1, ...shift.shape]);
    return tf.reshape(tf.add(draws, shift), output.shape);
  }

  /** The last hidden layer of a side; x where there is none. */
  hidden(side: string, x: tf.Tensor, role?: ParameterRole): tf.Tensor {
    let h = x;
    for (let i = 1; this.#layers.has(`${side}/hidden${i}`); i++) {
      h = this.#activation(this.affine(`${side}/hidden${i}`, h, role));
    }
    return h;
  }

  /** A log variance of q, within the bounds that there are. */
  #bounded(side: string, logVariance: tf.Tensor): tf.Tensor {
    if (this.#bounds === undefined || !side.startsWith("encoder")) {
      return logVariance;
    }
    const [low, high] = this.#bounds;
    return tf.clipByValue(logVariance, low, high);
  }

  /** The Gaussian that a side's hidden layers and heads make of x. */
  gaussian(side: string, x: tf.Tensor, role?: ParameterRole): Posterior {
    const h = this.hidden(side, x, role);
    const head = (name: string) => this.affine(`${side}/${name}`, h, role);
    const mean = head("mean");
    const logVariance = this.#bounded(side, head("log_variance"));
    if (!this.#layers.has(`${side}/off_diagonal`)) {
      return gaussianPosterior(mean, logVariance);
    }
    const lower = strictlyLower(head("off_diagonal"), mean.shape.at(-1)!);
    return fullPosterior(mean, logVariance, lower);
  }
}
