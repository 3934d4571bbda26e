/** The VAE: encoder q(z|x), prior p(z) = N(0, I), decoder p(x|z). */

import * as tf from "@tensorflow/tfjs";
import { applyAffine } from "./affine.ts";
import type { ParameterValues } from "./parameters.ts";
import { scaleGradient } from "./gradients.ts";
import { bernoulli } from "./likelihood/bernoulli.ts";
import { continuousBernoulli } from "./likelihood/continuous_bernoulli.ts";
import { discretisedLogistic } from "./likelihood/discretised_logistic.ts";
import {
  gaussian,
  gaussianPerPixel,
  optimalLogVariance,
} from "./likelihood/gaussian.ts";
import type { Likelihood } from "./likelihood/likelihood.ts";
import { gaussianPosterior, type Posterior } from "./posterior.ts";
import { standardNormalLogProb } from "./prior.ts";
import {
  type Activation,
  type AffineLayer,
  affineLayers,
  DECODER_LOG_SCALE,
  DECODER_LOG_VARIANCE,
  type DecoderVariance,
  isTrained,
  type VaeSpec,
} from "./spec.ts";

const ACTIVATIONS: Record<Activation, (x: tf.Tensor) => tf.Tensor> = {
  tanh: tf.tanh,
  relu: tf.relu,
  softplus: tf.softplus,
};

/** Draws of z from q(z|x), S for each of B datapoints. */
export interface Inference {
  /** what the decoder decodes, [S, B, d] */
  readonly z: tf.Tensor;
  /** ln q(z|x) - ln p(z) at the draws, by latent dimension, [S, B, d], nats */
  logRatio(): tf.Tensor;
  /** KL(q(z|x) || p(z)) in closed form, by latent dimension, [B, d], nats */
  kl(): tf.Tensor;
}

/** Which gradient the draws of an {@linkcode Inference} have. */
export interface InferenceOptions {
  /**
   * `total`: ln q(z|x) has its whole derivative by the encoder's parameters;
   * `path`: only that through z, as in sticking the landing (Roeder et al.
   * 2017) and its relatives
   */
  readonly logPosterior?: "total" | "path";
  /** scales the gradient through z: see `scaleGradient`, [S, B, 1] */
  readonly takeFactor?: (() => tf.Tensor) | undefined;
}

/**
 * The model: its specification and its parameters on the current tfjs backend.
 * Call {@linkcode Vae.dispose} when done.
 */
export class Vae {
  /** what the model is */
  readonly spec: VaeSpec;
  /** name to array, in the order of `parameterShapes` */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: ReadonlyMap<string, AffineLayer>;

  /** Copies the initial values to the backend. */
  constructor(spec: VaeSpec, initial: readonly ParameterValues[]) {
    this.spec = spec;
    this.#layers = new Map(
      affineLayers(spec).map((layer) => [layer.name, layer]),
    );
    this.parameters = new Map(
      initial.map(({ name, shape, values }) => [
        name,
        tf.tidy(() => tf.variable(tf.tensor(values, [...shape], "float32"))),
      ]),
    );
  }

  /** q(z|x). @param x [B, D] */
  encode(x: tf.Tensor): Posterior {
    const h = this.#hidden("encoder", x);
    return gaussianPosterior(
      this.#affine("encoder/mean", h),
      this.#affine("encoder/log_variance", h),
    );
  }

  /**
   * Draws z = mu(x) + sigma(x) * noise from q(z|x). The encoder runs once.
   *
   * @param x [B, D]
   * @param noise [S, B, d] from N(0, I)
   */
  infer(
    x: tf.Tensor,
    noise: tf.Tensor,
    { logPosterior = "total", takeFactor }: InferenceOptions = {},
  ): Inference {
    const posterior = this.encode(x);
    const sample = posterior.sample(noise);
    const z = takeFactor === undefined
      ? sample
      : scaleGradient(sample, takeFactor);
    return {
      z,
      logRatio: () =>
        tf.sub(
          logPosterior === "total"
            ? posterior.logProbOfSample(noise)
            : posterior.detach().logProb(z),
          standardNormalLogProb(z),
        ),
      kl: () => posterior.kl(),
    };
  }

  /**
   * p(x|z).
   *
   * @param z [L, B, d]
   * @param observed x, [B, D]: where the decoder variance is `optimal` it is
   *   set to the mean squared error of this batch, and kept for later calls
   */
  decode(z: tf.Tensor, observed?: tf.Tensor): Likelihood {
    const [draws, count, latentDim] = z.shape as [number, number, number];
    // matMul's gradient cannot broadcast, so the draws become rows.
    const rows = tf.reshape(z, [draws * count, latentDim]);
    const h = this.#hidden("decoder", rows);
    const head = (name: string) =>
      tf.reshape(this.#affine(name, h), [draws, count, this.spec.dataDim]);
    const output = head("decoder/output");
    const { likelihood } = this.spec;
    switch (likelihood.family) {
      case "bernoulli":
        return bernoulli(output);
      case "continuous-bernoulli":
        return continuousBernoulli(output);
      case "discretised-logistic":
        return discretisedLogistic(output, this.#parameter(DECODER_LOG_SCALE));
      case "gaussian": {
        const { variance, mean } = likelihood;
        const location = mean === "linear" ? output : tf.sigmoid(output);
        return variance === "per-pixel"
          ? gaussianPerPixel(location, head(DECODER_LOG_VARIANCE))
          : this.#gaussian(location, variance, observed);
      }
    }
  }

  /** One variance for all pixels. @param mean [L, B, D] */
  #gaussian(
    mean: tf.Tensor,
    variance: DecoderVariance,
    observed: tf.Tensor | undefined,
  ): Likelihood {
    const logVariance = this.#parameter(DECODER_LOG_VARIANCE);
    if (variance === "optimal" && observed !== undefined) {
      // Gradients stop at the assignment. None is missing: at its maximum the
      // derivative of ln p(x|z) by sigma_dec is zero.
      logVariance.assign(optimalLogVariance(mean, observed));
    }
    return gaussian(mean, logVariance);
  }

  /** The parameters that the optimiser moves. */
  trained(): [string, tf.Variable][] {
    return [...this.parameters].filter(([name]) => isTrained(this.spec, name));
  }

  /** The scalar sigma_dec^2 of p(x|z); null where there is none. */
  async decoderVariance(): Promise<number | null> {
    const { likelihood } = this.spec;
    if (
      likelihood.family !== "gaussian" || likelihood.variance === "per-pixel"
    ) return null;
    if (typeof likelihood.variance === "number") return likelihood.variance;
    const [logVariance] = await this.#parameter(DECODER_LOG_VARIANCE).data();
    return Math.fround(Math.exp(logVariance!));
  }

  /** Copies all parameters to the host, in order. */
  async values(): Promise<ParameterValues[]> {
    return await readArrays(this.parameters);
  }

  /** Frees the parameters. */
  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }

  /** See {@linkcode Vae.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #parameter(name: string): tf.Variable {
    const variable = this.parameters.get(name);
    if (variable === undefined) throw new Error(`no parameter ${name}`);
    return variable;
  }

  /** x W + b, or a convolution + b. */
  #affine(name: string, x: tf.Tensor): tf.Tensor {
    const weight = this.#parameter(`${name}/weight`);
    const bias = this.#parameter(`${name}/bias`);
    return applyAffine(x, weight, bias, this.#layers.get(name)!);
  }

  #hidden(side: "encoder" | "decoder", x: tf.Tensor): tf.Tensor {
    const activation = ACTIVATIONS[this.spec.activation];
    return this.spec.hidden.reduce(
      (h, _, i) => activation(this.#affine(`${side}/hidden${i + 1}`, h)),
      x,
    );
  }
}

/** Copies arrays from the backend to the host, in their order. */
export async function readArrays(
  variables: ReadonlyMap<string, tf.Variable>,
): Promise<ParameterValues[]> {
  return await Promise.all(
    [...variables].map(async ([name, variable]) => ({
      name,
      shape: variable.shape,
      values: Float32Array.from(await variable.data()),
    })),
  );
}
