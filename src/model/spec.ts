/** What a VAE is, as plain data: run.json holds it, an engine can build it. */

/** Nonlinearity after every hidden layer. */
export type Activation = "tanh" | "relu" | "softplus";

/** Covariance of q(z|x): `diag(sigma^2)`, or one variance times I. */
export type PosteriorFamily = "diagonal" | "isotropic";

/**
 * Decoder variance sigma_dec^2 of a Gaussian likelihood: a fixed positive
 * number, one learned scalar, or the maximum-likelihood value, which is the
 * mean squared error of the batch (Rybkin et al. 2021, sigma-VAE).
 */
export type DecoderVariance = number | "learned" | "optimal";

/** The family of p(x|z). */
export type LikelihoodSpec =
  | { readonly family: "bernoulli" }
  | { readonly family: "gaussian"; readonly variance: DecoderVariance };

/**
 * Initial weights. `glorot`: uniform on +-sqrt(6 / (fan in + fan out)), biases
 * zero (Glorot & Bengio 2010). `normal`: weights and biases from
 * N(0, 0.01), read as a standard deviation of 0.01 (AEVB leaves open whether
 * 0.01 is the variance; implementations take the standard deviation).
 */
export type Initialisation = "glorot" | "normal";

/** A VAE: an MLP encoder q(z|x), the prior N(0, I), an MLP decoder p(x|z). */
export interface VaeSpec {
  /** number of values (pixels) in x */
  readonly dataDim: number;
  /** dimension d of z */
  readonly latentDim: number;
  /** sizes of the hidden layers, from x to z; the decoder mirrors them */
  readonly hidden: readonly number[];
  /** after every hidden layer */
  readonly activation: Activation;
  /** covariance of q(z|x) */
  readonly posterior: PosteriorFamily;
  /** p(x|z) */
  readonly likelihood: LikelihoodSpec;
  /** of all weights and biases */
  readonly initialisation: Initialisation;
}

/** Name and shape of one parameter array. */
export interface ParameterShape {
  /** such as `encoder/mean/weight` */
  readonly name: string;
  /** `[fan in, fan out]` of a weight, `[n]` of a bias, `[]` of a scalar */
  readonly shape: readonly number[];
}

/** The name of the scalar log sigma_dec^2 of a Gaussian likelihood. */
export const DECODER_LOG_VARIANCE = "decoder/log_variance";

/** The name of the bias of the decoder's last layer. */
export const DECODER_OUTPUT_BIAS = "decoder/output/bias";

/** Weight and bias of one affine layer. */
function affine(
  name: string,
  inputs: number,
  outputs: number,
): ParameterShape[] {
  return [
    { name: `${name}/weight`, shape: [inputs, outputs] },
    { name: `${name}/bias`, shape: [outputs] },
  ];
}

/**
 * All parameters of a VAE in a fixed order, which init streams, checkpoints
 * and engines rely on. `decoder/log_variance` is there for every Gaussian
 * likelihood, and trained only where the variance is learned.
 */
export function parameterShapes(spec: VaeSpec): ParameterShape[] {
  const { dataDim, latentDim, hidden } = spec;
  const encoderSizes = [dataDim, ...hidden];
  const decoderSizes = [latentDim, ...hidden.toReversed()];
  const variances = spec.posterior === "diagonal" ? latentDim : 1;
  return [
    ...hidden.flatMap((size, i) =>
      affine(`encoder/hidden${i + 1}`, encoderSizes[i]!, size)
    ),
    ...affine("encoder/mean", encoderSizes.at(-1)!, latentDim),
    ...affine("encoder/log_variance", encoderSizes.at(-1)!, variances),
    ...hidden.map((_, i) => i).flatMap((i) =>
      affine(`decoder/hidden${i + 1}`, decoderSizes[i]!, decoderSizes[i + 1]!)
    ),
    ...affine("decoder/output", decoderSizes.at(-1)!, dataDim),
    ...(spec.likelihood.family === "gaussian"
      ? [{ name: DECODER_LOG_VARIANCE, shape: [] }]
      : []),
  ];
}

/** Number of values in all trained parameters. */
export function countParameters(spec: VaeSpec): number {
  return parameterShapes(spec)
    .filter(({ name }) => isTrained(spec, name))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Whether the optimiser moves the parameter of that name. */
export function isTrained(spec: VaeSpec, name: string): boolean {
  return name !== DECODER_LOG_VARIANCE ||
    (spec.likelihood.family === "gaussian" &&
      spec.likelihood.variance === "learned");
}
