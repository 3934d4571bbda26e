/** Rows of the model of a run. */

import { z } from "../../zod.ts";
import { field, type Fields, ofTables, orAbsent } from "../../config/field.ts";
import { optional, union } from "../../config/union.ts";
import { ALL_LABELS } from "../../data/condition.ts";
import {
  bounds,
  integer,
  list,
  orWord,
  swept,
  text,
  type Value,
  word,
} from "../../config/value.ts";
import { DATASET_TABLE, datasetRow } from "../../data/load.ts";
import { ACTIVATION_TABLE } from "../../model/activations.ts";
import {
  INITIALISATION_TABLE,
  INITIALISATIONS,
  OUTPUT_BIAS_TABLE,
  OUTPUT_BIASES,
  type OutputBias,
} from "../../model/initialisations.ts";
import type { HiddenLayer } from "../../model/layers.ts";
import {
  FAMILY_TABLE,
  likelihoodSettings,
} from "../../model/likelihood/families.ts";
import {
  type Activation,
  type Bounds,
  type Initialisation,
  type LikelihoodSpec,
  POSTERIOR_TABLE,
  type PosteriorFamily,
  POSTERIORS,
  type UpperLayer,
} from "../../model/spec.ts";
import { namesOf, namesWithHelp } from "../../table.ts";
import { type Context, COUNT } from "./context.ts";

const SIZE: Value<number> = integer(1, 999_999);

/** A hidden layer: units, or `convC`, a convolution with C channels. */
const LAYER: Value<HiddenLayer> = {
  ...SIZE,
  schema: () =>
    z.union([SIZE.schema(), z.strictObject({ channels: SIZE.schema() })]),
  parse: (text) =>
    text.startsWith("conv")
      ? { channels: SIZE.parse(text.slice("conv".length)) }
      : SIZE.parse(text),
  write: (layer) =>
    typeof layer === "number" ? `${layer}` : `conv${layer.channels}`,
};

/** Hidden layers of the encoder, as flags and run.json have them. */
export const LAYERS: Value<readonly HiddenLayer[]> = list(
  LAYER,
  "units, such as 200, or convolutions and units, such as " +
    "conv32,conv32,256, each in 1..999999",
);

/** The model, and its initial parameters. */
export interface ModelConfig {
  /** dimension of z */
  readonly latentDim: number;
  /** hidden layers of the encoder, mirrored in the decoder */
  readonly hidden: readonly HiddenLayer[];
  /** after every hidden layer */
  readonly activation: Activation;
  /** covariance of q(z|x) */
  readonly posterior: PosteriorFamily;
  /** a second layer of latent variables; null: one layer */
  readonly upper: UpperLayer | null;
  /** labels that encoder and decoder are given; absent: none */
  readonly condition?: readonly string[] | undefined;
  /** what the log variances of q(z|x) are clamped to; absent: nothing */
  readonly logVarianceBounds?: Bounds | undefined;
  /** p(x|z) */
  readonly likelihood: LikelihoodSpec;
  /** of all weights and biases */
  readonly initialisation: Initialisation;
  /** where the bias of the decoder's output starts */
  readonly outputBias: OutputBias;
}

/** A row for each of its fields. */
export const MODEL: Fields<ModelConfig, Context> = {
  latentDim: field<number>("latent", {
    short: null,
    value: COUNT,
    help: "dimension of z",
    default: "10",
    isSwept: true,
  }),
  hidden: field<readonly HiddenLayer[]>("hidden", {
    value: LAYERS,
    help:
      "hidden layers of the encoder, mirrored in the decoder: units, after " +
      "convC for C channels of a 4x4 convolution of stride 2; none: linear",
    default: "200",
  }),
  activation: ofTables(() =>
    field<Activation, Context>("activation", {
      short: "",
      value: word(namesOf(ACTIVATION_TABLE)),
      help: `nonlinearity after every hidden layer: ${
        namesWithHelp(ACTIVATION_TABLE)
      }`,
      default: "tanh",
      noEffect: ({ hidden, upper }) =>
        hidden.length > 0 || (upper?.hidden.length ?? 0) > 0
          ? undefined
          : "with --hidden none; leave it out, or give --hidden N,...",
    })
  ),
  posterior: field<PosteriorFamily>("posterior", {
    short: null,
    value: word(POSTERIORS),
    help: `covariance of q(z|x): ${namesWithHelp(POSTERIOR_TABLE)}`,
    default: "diagonal",
  }),
  upper: optional<UpperLayer, "latentDim">(
    "latentDim",
    field("upper-latent", {
      short: null,
      value: orWord(COUNT, { none: null }),
      help:
        "dimension of a second layer z2 of latent variables above z, or none",
      default: "none",
    }),
    {
      hidden: field("upper-hidden", {
        value: list(SIZE, "units, such as 100 or 100,100, each in 1..999999"),
        help:
          "units of the hidden layers from z to z2, mirrored from z2 to z; " +
          "none: linear",
        default: "100",
      }),
    },
  ),
  condition: orAbsent(field<readonly string[] | null>("condition", {
    short: null,
    value: orWord({
      ...swept(text("LABEL")),
      expected: "names of labels that differ, separated by commas",
    }, { none: null }),
    help:
      `labels that encoder and decoder are given, such as class; ${ALL_LABELS}: ` +
      "all of the data's; none: not conditional",
    default: "none",
  })),
  logVarianceBounds: orAbsent(field<Bounds | null>("log-variance-bounds", {
    value: orWord(bounds(), { none: null }),
    help: "clamps the log variances of q(z|x) to [L, H]; their gradient is 0 " +
      "beyond",
    default: "none",
  })),
  likelihood: ofTables(() =>
    union<LikelihoodSpec, "family", Context>(
      "family",
      field("likelihood", {
        short: "",
        value: word(namesOf(FAMILY_TABLE)),
        help: `p(x|z): ${namesWithHelp(FAMILY_TABLE)}`,
        default: {
          help:
            `gaussian for ${gaussianData()} and real numbers of your own, ` +
            "else bernoulli",
          of: (config) => datasetRow(config).likelihood,
        },
      }),
      likelihoodSettings(),
    )
  ),
  initialisation: field<Initialisation>("init", {
    value: word(INITIALISATIONS),
    help: `initial weights: ${namesWithHelp(INITIALISATION_TABLE)}`,
    default: "glorot",
  }),
  outputBias: field<OutputBias>("output-bias", {
    short: "bias",
    value: word(OUTPUT_BIASES),
    help: `where the bias of the decoder's output starts: ${
      namesWithHelp(OUTPUT_BIAS_TABLE)
    }`,
    default: "data-mean",
  }),
};

/** The data sets that have a Gaussian likelihood by default. */
function gaussianData(): string {
  return Object.entries(DATASET_TABLE)
    .filter(([, { likelihood }]) => likelihood === "gaussian")
    .map(([name]) => name).join(", ");
}
