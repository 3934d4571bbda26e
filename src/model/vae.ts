/**
 * The VAE: encoder q(z|x), prior p(z) = N(0, I), decoder p(x|z). A conditional
 * one is such a VAE at each y: see {@linkcode Vae.given}.
 */

import { exp } from "../elementary.ts";
import { tf } from "../lazy_tfjs.ts";
import type { ParameterValues } from "./parameters.ts";
import { inferOneLayer } from "./inference.ts";
import type { Inference, InferenceOptions } from "./inference.ts";
import {
  sharedMode,
  sharedName,
  sharedSpread,
  takesMissing,
} from "./likelihood/families.ts";
import type { Likelihood } from "./likelihood/likelihood.ts";
import { likelihoodOf, optimalShared } from "./likelihood/on_tfjs.ts";
import { Network } from "./network.ts";
import type { Posterior } from "./posterior.ts";
import { standardNormalLogProb } from "./normal.ts";
import { sumAxis } from "./reductions.ts";
import { decoderHeads, isTrained, type VaeSpec } from "./spec.ts";
import {
  type BetweenLayers,
  inferTwoLayers,
  logPriorOfLayers,
  samplePriorOfLayers,
} from "./two_layers.ts";

/**
 * The model: its specification, and its parameters, which go to the current tfjs
 * backend when something computes with them there. Call
 * {@linkcode Vae.dispose} when done.
 */
export class Vae {
  /** what the model is */
  readonly spec: VaeSpec;
  readonly #condition: tf.Tensor | null;
  /** the parameters, until they are on the backend */
  #values: readonly ParameterValues[] | null;
  #networks: Networks | null = null;

  /**
   * Computes nothing yet.
   *
   * @param initial in order, or the variables of a model, which are shared
   * @param condition y, [B, C]: see {@linkcode Vae.given}
   * @throws {RangeError} a mask of missing values beside a likelihood without
   *   expressions, which sums over all pixels
   */
  constructor(
    spec: VaeSpec,
    initial: readonly ParameterValues[] | Vae["parameters"],
    condition: tf.Tensor | null = null,
  ) {
    if (spec.masked && !takesMissing(spec.likelihood)) {
      const { family } = spec.likelihood;
      throw new RangeError(`${family} likelihoods have no missing values`);
    }
    this.spec = spec;
    this.#condition = condition;
    this.#values = null;
    if (initial instanceof Map) {
      this.#networks = networksOf(spec, initial, condition);
    } else {
      this.#values = [...initial as readonly ParameterValues[]];
    }
  }

  /** Name to array, in the order of `parameterShapes`, on the backend. */
  get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.#onTfjs().parameters;
  }

  #onTfjs(): Networks {
    if (this.#networks === null) {
      const parameters = new Map(
        this.#values!.map(({ name, shape, values }) => [
          name,
          tf.tidy(() => tf.variable(tf.tensor(values, [...shape], "float32"))),
        ]),
      );
      this.#networks = networksOf(this.spec, parameters, this.#condition);
      this.#values = null;
    }
    return this.#networks;
  }

  get #network(): Network {
    return this.#onTfjs().network;
  }

  get #between(): BetweenLayers | null {
    return this.#onTfjs().between;
  }

  /**
   * The VAE that a conditional one is at y: q(z|x, y), p(z) and p(x|z, y) take
   * the places of q(z|x), p(z) and p(x|z) in all that it computes, and log p(x)
   * is log p(x|y). It has the same parameters: dispose of the model alone.
   *
   * @param condition y of B datapoints, [B, C]
   * @throws {RangeError} the model has no y, or one of another size
   */
  given(condition: tf.Tensor): Vae {
    const { conditionDim = 0 } = this.spec;
    const [, columns] = condition.shape;
    if (conditionDim === 0 || columns !== conditionDim) {
      throw new RangeError(`y has ${columns} numbers, not ${conditionDim}`);
    }
    return new Vae(this.spec, this.parameters, condition);
  }

  /**
   * q(z|x), or q(z1|x) where there are two layers.
   *
   * @param x [B, D]; of a model with a mask [B, 2 D], here and in all that
   *   follows: see `VaeSpec`
   */
  encode(x: tf.Tensor): Posterior {
    return this.#network.gaussian("encoder", x);
  }

  /**
   * Draws z = mu(x) + L(x) noise from q(z|x). The encoder runs once.
   *
   * @param x [B, D]
   * @param noise [S, B, d] from N(0, I); with two layers d = d1 + d2
   */
  infer(
    x: tf.Tensor,
    noise: tf.Tensor,
    options: InferenceOptions = {},
  ): Inference {
    const posterior = this.encode(x);
    return this.#between === null
      ? inferOneLayer(posterior, noise, options)
      : inferTwoLayers(posterior, this.#between, noise, options);
  }

  /**
   * log p(z), of both layers where there are two.
   *
   * @param z [S, B, d]
   * @returns [S, B], nats
   */
  logPrior(z: tf.Tensor): tf.Tensor {
    const logProb = this.#between === null
      ? standardNormalLogProb(z)
      : logPriorOfLayers(this.#between, z);
    return sumAxis(logProb, -1);
  }

  /**
   * z from p(z): the noise itself, or with two layers z2 is its noise and z1 a
   * draw of p(z1|z2).
   *
   * @param noise [S, B, d] from N(0, I)
   * @returns [S, B, d]
   */
  samplePrior(noise: tf.Tensor): tf.Tensor {
    return this.#between === null
      ? noise
      : samplePriorOfLayers(this.#between, noise);
  }

  /**
   * log p(x|z).
   *
   * @param x [B, D]
   * @param z [S, B, d]
   * @returns [S, B], nats
   */
  logLikelihood(x: tf.Tensor, z: tf.Tensor): tf.Tensor {
    return this.decode(z).logProb(x);
  }

  /**
   * p(x|z).
   *
   * @param z [L, B, d]; a second layer may follow, which x does not depend on
   * @param trainedOn x, [B, D]: where the decoder variance is `optimal` it is
   *   set to the mean squared error of this batch, and kept for later calls
   */
  decode(z: tf.Tensor, trainedOn?: tf.Tensor): Likelihood {
    const { likelihood, latentDim, dataDim } = this.spec;
    const [draws, count, width] = z.shape as [number, number, number];
    const lowest = width === latentDim
      ? z
      : tf.slice(z, [0, 0, 0], [draws, count, latentDim]);
    // matMul's gradient cannot broadcast, so the draws become rows.
    const rows = tf.reshape(lowest, [draws * count, latentDim]);
    const h = this.#network.hidden("decoder", rows);
    const head = (name: string) =>
      tf.reshape(this.#network.affine(name, h), [draws, count, dataDim]);
    const outputs = decoderHeads(likelihood).map(head);
    const name = sharedName(likelihood);
    const shared = name === null ? null : this.#network.parameter(name);
    if (sharedMode(likelihood) === "optimal" && trainedOn !== undefined) {
      // Gradients stop at the assignment. None is missing where the objective
      // is the mean of log p(x|z): at its maximum, the derivative by the shared
      // parameter is zero. That of a log of a mean is not.
      const best = optimalShared(
        likelihood,
        outputs[0]!,
        ...this.#parts(trainedOn),
      );
      (shared as tf.Variable).assign(best);
    }
    const whole = likelihoodOf(likelihood, outputs, shared);
    if (!this.spec.masked) return whole;
    return { ...whole, logProb: (x) => whole.logProb(...this.#parts(x)) };
  }

  /** The values of x, and where the model has a mask which are observed. */
  #parts(x: tf.Tensor): [values: tf.Tensor, observed?: tf.Tensor] {
    const { dataDim, masked } = this.spec;
    if (!masked) return [x];
    const [values, observed] = tf.split(x, [dataDim, dataDim], -1);
    return [values!, observed!];
  }

  /** x of which all values are observed, as the encoder takes it. */
  allObserved(values: tf.Tensor): tf.Tensor {
    if (!this.spec.masked) return values;
    return tf.concat([values, tf.onesLike(values)], -1);
  }

  /** The parameters that the optimiser moves. */
  trained(): [string, tf.Variable][] {
    return [...this.parameters].filter(([name]) => isTrained(this.spec, name));
  }

  /**
   * The spread that all pixels of p(x|z) share, sigma_dec^2 or a scale; null:
   * there is none.
   */
  async spread(): Promise<number | null> {
    const { likelihood } = this.spec;
    const shared = sharedSpread(likelihood);
    if (shared === null) return null;
    if (shared.mode === "kept") return shared.initial;
    const name = sharedName(likelihood)!;
    const [log] = this.#values === null
      ? await this.#network.parameter(name).data()
      : this.#values.find((parameter) => parameter.name === name)!.values;
    return Math.fround(exp(log!));
  }

  /** Copies all parameters to the host, in order. */
  async values(): Promise<ParameterValues[]> {
    return this.#values === null
      ? await readArrays(this.parameters)
      : this.#values.map((array) => ({
        ...array,
        values: array.values.slice(),
      }));
  }

  /** Gives all parameters new values, in order. */
  assign(arrays: readonly ParameterValues[]): void {
    if (this.#values !== null) this.#values = [...arrays];
    else {
      for (const { name, shape, values } of arrays) {
        const variable = this.parameters.get(name)!;
        tf.tidy(() => variable.assign(tf.tensor(values, [...shape])));
      }
    }
  }

  /** Frees the parameters. */
  dispose(): void {
    const variables = this.#networks?.parameters ?? new Map();
    for (const variable of variables.values()) variable.dispose();
  }

  /** See {@linkcode Vae.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** What a model computes with on the backend. */
interface Networks {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly network: Network;
  /** the layers between z1 and z2; null: there is one layer */
  readonly between: BetweenLayers | null;
}

function networksOf(
  spec: VaeSpec,
  parameters: ReadonlyMap<string, tf.Variable>,
  condition: tf.Tensor | null,
): Networks {
  const network = new Network(spec, parameters, condition);
  const between: BetweenLayers | null = spec.upper
    ? {
      lowerDim: spec.latentDim,
      encode: (z1, role) => network.gaussian("encoder/upper", z1, role),
      decode: (z2) => network.gaussian("decoder/upper", z2),
    }
    : null;
  return { parameters, network, between };
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
