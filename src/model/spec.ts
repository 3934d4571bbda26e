/** What a VAE is, as plain data: run.json holds it, an engine can build it. */

import { type Names, namesOf, rowOf, type TableRow } from "../table.ts";
import type { Activation } from "./activations.ts";
import type { Fans, Initialisation } from "./initialisations.ts";
import {
  biasesOf,
  encoderFeatures,
  gridPair,
  KERNEL,
  sizeOf,
} from "./layers.ts";
import type { Features, HiddenLayer, ImageSize } from "./layers.ts";
import { outputsOf, sharedMode, sharedName } from "./likelihood/families.ts";
import type { LikelihoodSpec } from "./likelihood/families.ts";

export type { Activation, Initialisation, LikelihoodSpec };
export type { DecoderMean, DecoderVariance } from "./likelihood/gaussian.ts";

/**
 * Covariance of q(z|x): `diag(sigma^2)`, one variance times I, or any L L' by
 * its Cholesky factor L.
 */
export type PosteriorFamily = "diagonal" | "isotropic" | "full";

/** Numbers that the encoder gives for the covariance of d latent values. */
interface CovarianceSizes {
  /** log L_jj^2 of the factor L */
  readonly logVariances: (d: number) => number;
  /** entries of L below its diagonal */
  readonly offDiagonals: (d: number) => number;
}

/** All covariances by name. */
export const POSTERIOR_TABLE: Readonly<
  Record<PosteriorFamily, CovarianceSizes & TableRow>
> = {
  diagonal: { logVariances: (d) => d, offDiagonals: () => 0 },
  isotropic: { logVariances: () => 1, offDiagonals: () => 0 },
  full: { logVariances: (d) => d, offDiagonals: (d) => d * (d - 1) / 2 },
};

export const POSTERIORS: Names<PosteriorFamily> = namesOf(POSTERIOR_TABLE);

/**
 * A second layer z2 of latent variables above z, then called z1 (IWAE, section
 * 5): q(z1, z2|x) = q(z1|x) q(z2|z1), p(z1, z2) = p(z1|z2) p(z2) with
 * p(z2) = N(0, I), and p(x|z1). All are Gaussian; p(z1|z2) has a diagonal
 * covariance, and q(z2|z1) one of the family of q(z1|x).
 */
export interface UpperLayer {
  /** dimension of z2 */
  readonly latentDim: number;
  /** units of the hidden layers from z1 to z2, mirrored from z2 to z1 */
  readonly hidden: readonly number[];
}

/** The least and the greatest number. */
export type Bounds = readonly [low: number, high: number];

/**
 * A VAE: an encoder q(z|x), the prior N(0, I), a decoder p(x|z), both of
 * units or, for images, of convolutions and units.
 *
 * Convolutional ones are those of Burgess et al. (arXiv 1804.03599, appendix
 * A.1), for images of any size that halves: 4x4 convolutions of stride 2, then
 * units; the decoder is the encoder's transpose. Theirs, of 64x64 pixels, has
 * four convolutions of 32 channels and two layers of 256 units with relu.
 */
export interface VaeSpec {
  /** number of values (pixels) in x */
  readonly dataDim: number;
  /** height and width of x, by row and column: convolutions need it */
  readonly image?: ImageSize;
  /** dimension d of z */
  readonly latentDim: number;
  /** from x to z, convolutions before units; the decoder mirrors them */
  readonly hidden: readonly HiddenLayer[];
  /** after every hidden layer */
  readonly activation: Activation;
  /** covariance of q(z|x) */
  readonly posterior: PosteriorFamily;
  /** a second layer of latent variables; null, or not there: one layer */
  readonly upper?: UpperLayer | null;
  /**
   * Whether values of x may be missing. x is then [v, m], twice as wide: the
   * values, 0 where there is none, and which of them are observed, 1 or 0.
   * log p(x|z) is that of the observed values, and the encoder sees both
   * (Nazabal et al. 2020, arXiv 1807.03653, whose encoder sees v alone).
   */
  readonly masked?: boolean;
  /**
   * numbers in y of a conditional model, which has q(z|x, y), p(z) and p(x|z, y)
   * (Sohn, Lee & Yan 2015, with a prior that does not depend on y); 0, or not
   * there: there is no y
   */
  readonly conditionDim?: number;
  /**
   * what the log variances of q(z|x) are clamped to, those of both layers where
   * there are two, and log L_jj^2 of a full covariance; absent: nothing. Beyond
   * a bound their gradient is 0
   */
  readonly logVarianceBounds?: Bounds | undefined;
  /** p(x|z) */
  readonly likelihood: LikelihoodSpec;
  /** of all weights and biases */
  readonly initialisation: Initialisation;
}

export interface ParameterShape {
  /** such as `encoder/mean/weight` */
  readonly name: string;
  /**
   * `[fan in, fan out]` of a weight, `[n]` of a bias, `[]` of a scalar; of a
   * kernel `[4, 4, C, O]` with C channels on the finer grid and O on the other
   */
  readonly shape: readonly number[];
}

/** A parameter array of a VAE. */
export interface Parameter extends ParameterShape {
  /** of its layer; null: it is of none */
  readonly fans: Fans | null;
}

/**
 * The name of log sigma_dec^2 of a Gaussian likelihood: a scalar, or the layer
 * that gives it for each pixel.
 */
export const DECODER_LOG_VARIANCE = "decoder/log_variance";

/** The name of the bias of the decoder's last layer. */
export const DECODER_OUTPUT_BIAS = "decoder/output/bias";

/** An affine map from one layer's values to the next. */
export interface AffineLayer {
  /** such as `encoder/mean` */
  readonly name: string;
  readonly from: Features;
  readonly to: Features;
  readonly biases: number;
  /** numbers in y, if y is an input beside `from` */
  readonly conditions: number;
}

function affine(
  name: string,
  from: Features,
  to: Features,
  biases = biasesOf(to),
): AffineLayer {
  return { name, from, to, biases, conditions: 0 };
}

/**
 * The layers of one side, of which the first of units, or else all last maps,
 * have y as another input. Convolutions have none: y joins what they give.
 */
function givenCondition(
  hidden: readonly AffineLayer[],
  heads: readonly AffineLayer[],
  { conditionDim: conditions = 0 }: VaeSpec,
): AffineLayer[] {
  const given = (layer: AffineLayer) => ({ ...layer, conditions });
  const first = hidden.findIndex(({ from, to }) => gridPair(from, to) === null);
  return first < 0
    ? [...hidden, ...heads.map(given)]
    : [...hidden.with(first, given(hidden[first]!)), ...heads];
}

/** Hidden layers: `encoder/hidden1` and on. @param features in and out */
function hiddenLayers(
  side: string,
  features: readonly Features[],
): AffineLayer[] {
  return features.slice(1).map((to, i) =>
    affine(`${side}/hidden${i + 1}`, features[i]!, to)
  );
}

/** The maps that give a Gaussian of d values: its mean and its covariance. */
function gaussianHeads(
  side: string,
  from: Features,
  d: number,
  family: PosteriorFamily,
): AffineLayer[] {
  const covariance = rowOf(POSTERIOR_TABLE, family, "posterior");
  const below = covariance.offDiagonals(d);
  return [
    affine(`${side}/mean`, from, d),
    affine(`${side}/log_variance`, from, covariance.logVariances(d)),
    ...(below === 0 ? [] : [affine(`${side}/off_diagonal`, from, below)]),
  ];
}

/** Whether it is a parameter of the entries of an L below its diagonal. */
export function isOffDiagonal(name: string): boolean {
  return name.includes("/off_diagonal/");
}

/** The maps of q(z2|z1), then those of p(z1|z2). */
function upperLayers({ latentDim, posterior, upper }: VaeSpec): AffineLayer[] {
  if (!upper) return [];
  const up = [latentDim, ...upper.hidden];
  const down = [upper.latentDim, ...upper.hidden.toReversed()];
  const [top, bottom] = [up.at(-1)!, down.at(-1)!];
  return [
    ...hiddenLayers("encoder/upper", up),
    ...gaussianHeads("encoder/upper", top, upper.latentDim, posterior),
    ...hiddenLayers("decoder/upper", down),
    ...gaussianHeads("decoder/upper", bottom, latentDim, "diagonal"),
  ];
}

/** The names of the decoder's last maps, which give numbers for each pixel. */
export function decoderHeads(likelihood: LikelihoodSpec): string[] {
  return outputsOf(likelihood) > 1
    ? ["decoder/output", DECODER_LOG_VARIANCE]
    : ["decoder/output"];
}

/**
 * All affine maps of a VAE, in a fixed order, from x up and down to x again.
 * The biases of the decoder's last maps have a value for each pixel, also after
 * a convolution.
 *
 * @throws {RangeError} convolutions that do not fit x
 */
export function affineLayers(spec: VaeSpec): AffineLayer[] {
  const { dataDim, latentDim, posterior, masked } = spec;
  const [x, ...h] = encoderFeatures(spec) as [Features, ...Features[]];
  if (masked && typeof x !== "number") {
    throw new RangeError("convolutions have no mask of missing values");
  }
  const encoder = [masked ? inputDim(spec) : x, ...h];
  const decoder = [latentDim, ...h.toReversed()];
  return [
    ...givenCondition(
      hiddenLayers("encoder", encoder),
      gaussianHeads("encoder", encoder.at(-1)!, latentDim, posterior),
      spec,
    ),
    ...upperLayers(spec),
    ...givenCondition(
      hiddenLayers("decoder", decoder),
      decoderHeads(spec.likelihood).map((name) =>
        affine(name, decoder.at(-1)!, x, dataDim)
      ),
      spec,
    ),
  ];
}

/** Numbers in x as the encoder has it: with a mask twice its values. */
export function inputDim(
  { dataDim, masked }: Pick<VaeSpec, "dataDim" | "masked">,
): number {
  return masked ? 2 * dataDim : dataDim;
}

/**
 * Values that an output sums, and outputs that a value goes into. A convolution
 * of stride 2 has windows of 4x4 places, and a place is in 2x2 windows; its
 * transpose has them the other way round. (Keras and PyTorch leave the stride
 * out and count 4x4 both times.)
 */
function fansOf(from: Features, to: Features): Fans {
  const grids = gridPair(from, to);
  if (grids === null) return { fanIn: sizeOf(from), fanOut: sizeOf(to) };
  const { fine, coarse } = grids;
  const window = KERNEL ** 2 * fine.channels;
  const windows = (KERNEL / 2) ** 2 * coarse.channels;
  return from === fine
    ? { fanIn: window, fanOut: windows }
    : { fanIn: windows, fanOut: window };
}

/** Weight and bias of one affine map, and the weight of y. */
function parametersOf(
  { name, from, to, biases, conditions }: AffineLayer,
): Parameter[] {
  const grids = gridPair(from, to);
  const shape = grids === null
    ? [sizeOf(from), sizeOf(to)]
    : [KERNEL, KERNEL, grids.fine.channels, grids.coarse.channels];
  const fans = fansOf(from, to);
  return [
    { name: `${name}/weight`, shape, fans },
    { name: `${name}/bias`, shape: [biases], fans },
    ...conditions === 0 ? [] : [{
      name: `${name}/condition`,
      shape: [conditions, sizeOf(to)],
      fans: fansOf(conditions, to),
    }],
  ];
}

/**
 * All parameters of a VAE in a fixed order, which init streams, checkpoints
 * and engines rely on. Likelihoods with a parameter that all pixels share, such
 * as `decoder/log_variance` or `decoder/log_scale`, have it as a scalar at the
 * end; a Gaussian's is trained only where its variance is learned.
 *
 * @throws {RangeError} convolutions that do not fit x
 */
export function parameterShapes(spec: VaeSpec): Parameter[] {
  const shared = sharedName(spec.likelihood);
  return [
    ...affineLayers(spec).flatMap(parametersOf),
    ...(shared === null ? [] : [{ name: shared, shape: [], fans: null }]),
  ];
}

/** Number of latent values of one datapoint, in all layers: z1, then z2. */
export function totalLatentDim(
  { latentDim, upper }: Pick<VaeSpec, "latentDim" | "upper">,
): number {
  return latentDim + (upper?.latentDim ?? 0);
}

/** Number of values in all trained parameters. */
export function countParameters(spec: VaeSpec): number {
  return parameterShapes(spec)
    .filter(({ name }) => isTrained(spec, name))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Whether the optimiser moves the parameter of that name. */
export function isTrained(spec: VaeSpec, name: string): boolean {
  return name !== sharedName(spec.likelihood) ||
    sharedMode(spec.likelihood) === "learned";
}
