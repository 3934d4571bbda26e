/** The flags that all experiments share: syntax, defaults, meaning. */

import { FAMILIES } from "../model/likelihood/families.ts";
import { z } from "zod";
import { BINARISATIONS } from "../data/binarise.ts";
import { DATASETS } from "../data/load.ts";
import { BACKENDS } from "../engine/backend.ts";
import { ENGINES } from "../engine/open_engine.ts";
import { POSTERIORS } from "../model/spec.ts";
import { GRADIENTS, MCEM, OBJECTIVES } from "../objective/spec.ts";
import { MAX_SEED } from "../random/stream.ts";
import {
  evaluations,
  fraction,
  integer,
  integerOrNone,
  layers,
  nonNegative,
  orAuto,
  positive,
  positiveSchedule,
  sampleCount,
  schedule,
  swept,
  text,
  tiles,
  units,
  word,
} from "./values.ts";

/** One flag that takes a value. */
export interface Flag {
  readonly schema: z.ZodType<unknown, string>;
  /** what stands for the value in the help */
  readonly value: string;
  readonly help: string;
  /** as it would be typed */
  readonly default?: string;
  /** what holds where there is no default to type */
  readonly otherwise?: string;
}

function flag<S extends z.ZodType<unknown, string>>(
  schema: S,
  value: string,
  help: string,
  typed: string | { otherwise: string },
) {
  const rest = typeof typed === "string" ? { default: typed } : typed;
  return { schema, value, help, ...rest };
}

/** Rows are counted in 32 bits. */
const MOST_ROWS = 2 ** 32 - 1;
/** More would need more memory than there is. */
const MOST = 1_000_000;

/** All flags with a value. Lists that are swept: latent, samples, k, seed. */
export const FLAGS = {
  // What is swept
  latent: flag(swept(integer(1, MOST)), "N,...", "dimensions of z", "10"),
  samples: flag(
    swept(integer(1, MOST)),
    "L,...",
    "Monte Carlo draws of z per datapoint",
    "1",
  ),
  seed: flag(
    swept(integer(0, MAX_SEED)),
    "N,...",
    "seeds of init, data order and noise; may be repeated",
    "1",
  ),
  variant: flag(
    text(),
    "NAME",
    "which of an experiment's published set-ups",
    { otherwise: "the only one" },
  ),
  // Data
  dataset: flag(word(DATASETS), "NAME", DATASETS.join(", "), "glyphs"),
  "data-dir": flag(
    text(),
    "DIR",
    "where the files of mnist, mnist-fixed, freyface are",
    { otherwise: "data/, filled by download" },
  ),
  "data-seed": flag(
    integer(0, MAX_SEED),
    "N",
    "seed of synthetic data and of pixels drawn once",
    "0",
  ),
  "train-size": flag(
    integer(1, MOST_ROWS),
    "N",
    "train rows, from the first",
    { otherwise: "all; 10000 if synthetic" },
  ),
  "test-size": flag(
    integer(1, MOST_ROWS),
    "N",
    "test rows, from the first",
    { otherwise: "all; 2000 if synthetic" },
  ),
  binarize: flag(
    word(BINARISATIONS),
    "HOW",
    "draw pixels in {0, 1}: none, dynamic (each step), static (once)",
    {
      otherwise:
        "dynamic for grey levels under a Bernoulli likelihood, else none",
    },
  ),
  // Model
  hidden: flag(
    layers(),
    "N,...",
    "hidden layers of the encoder, mirrored in the decoder: units, after " +
      "convC for C channels of a 4x4 convolution of stride 2; none: linear",
    "200",
  ),
  activation: flag(
    word(["tanh", "relu", "softplus"]),
    "NAME",
    "tanh, relu, softplus",
    "tanh",
  ),
  posterior: flag(
    word(POSTERIORS),
    "NAME",
    "covariance of q(z|x): diagonal, isotropic, full",
    "diagonal",
  ),
  "upper-latent": flag(
    integerOrNone(1, MOST),
    "N",
    "dimension of a second layer z2 of latent variables above z, or none",
    "none",
  ),
  "upper-hidden": flag(
    units(),
    "N,...",
    "units of the hidden layers from z to z2, mirrored from z2 to z; none: " +
      "linear",
    { otherwise: "100" },
  ),
  likelihood: flag(
    word(FAMILIES),
    "NAME",
    `p(x|z): ${FAMILIES.join(", ")}`,
    { otherwise: "gaussian for freyface and linear-gaussian, else bernoulli" },
  ),
  "decoder-variance": flag(
    z.union([positive(), z.enum(["learned", "optimal", "per-pixel"])], {
      error: "expected a number above 0, learned, optimal or per-pixel",
    }),
    "V",
    "sigma_dec^2 of the gaussian likelihood: a number, learned, optimal " +
      "(the batch's mean squared error), per-pixel (an output of the decoder)",
    { otherwise: "learned" },
  ),
  "decoder-mean": flag(
    word(["linear", "sigmoid"]),
    "HOW",
    "mean of the gaussian likelihood from the decoder's output: linear, sigmoid",
    { otherwise: "sigmoid where the variance is per-pixel, else linear" },
  ),
  init: flag(
    word(["glorot", "normal"]),
    "NAME",
    "glorot, normal (standard deviation 0.01)",
    "glorot",
  ),
  "output-bias": flag(
    word(["data-mean", "init"]),
    "FROM",
    "where the bias of the decoder's output starts: data-mean, init (as --init)",
    "data-mean",
  ),
  // Objective
  objective: flag(
    word(OBJECTIVES),
    "NAME",
    "what training goes up: elbo, elbo-sampled (the KL at the draws of z), " +
      "iwae (the importance weighted bound), wake-sleep, mcem (Monte Carlo EM)",
    "elbo",
  ),
  k: flag(
    swept(integer(1, MOST)),
    "K,...",
    "iwae: importance samples inside the logarithm",
    { otherwise: "5" },
  ),
  gradient: flag(
    word(GRADIENTS),
    "NAME",
    "elbo-sampled, iwae: the encoder's gradient: plain, stl (sticking the " +
      "landing), dreg (iwae: doubly reparameterised)",
    { otherwise: "plain" },
  ),
  transitions: flag(
    integer(1, MOST),
    "N",
    "mcem: of the chain that draws from p(z|x)",
    { otherwise: `${MCEM.transitions}` },
  ),
  "leapfrog-steps": flag(
    integer(1, MOST),
    "N",
    "mcem: gradient steps of each transition",
    { otherwise: `${MCEM.leapfrogSteps}` },
  ),
  updates: flag(
    integer(1, MOST),
    "N",
    "mcem: optimiser updates with each draw",
    { otherwise: `${MCEM.updates}` },
  ),
  beta: flag(
    schedule(),
    "SCHEDULE",
    "weight of the KL (iwae: tempers p(z)/q(z|x), no bound unless 1): a " +
      "number, linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP (RAMP: " +
      "the rising part of a period, above 0 and up to 1) or " +
      "stages:VALUE:STEPS,VALUE:STEPS,...",
    "1",
  ),
  "free-bits": flag(
    schedule(),
    "SCHEDULE",
    "nats of KL that each latent dimension has for free",
    { otherwise: "none" },
  ),
  capacity: flag(
    schedule(),
    "SCHEDULE",
    "nats C of the objective reconstruction - beta |KL - C|",
    { otherwise: "none" },
  ),
  // Training
  steps: flag(integer(1), "N", "optimiser updates", "600"),
  budget: flag(
    sampleCount(),
    "N",
    "training samples that each run evaluates, such as 1e6: so many steps; " +
      "mcem evaluates them in each leapfrog step and update",
    { otherwise: "as --steps says" },
  ),
  passes: flag(
    integer(1),
    "N",
    "passes over the train split in each run: so many steps",
    { otherwise: "as --steps says" },
  ),
  "batch-size": flag(integer(1, MOST), "N", "datapoints in a minibatch", "100"),
  optimizer: flag(
    word(["adam", "adagrad", "sgd"]),
    "NAME",
    "adam, adagrad, sgd",
    "adam",
  ),
  "learning-rate": flag(
    positiveSchedule(),
    "SCHEDULE",
    "step size: a number or a schedule as of --beta",
    { otherwise: "adam 0.001, adagrad 0.02, sgd 0.0001" },
  ),
  "weight-decay": flag(
    nonNegative(),
    "W",
    "W |theta|^2 / 2 is added to the loss, of all trained parameters; 1/N of " +
      "N training rows: the prior N(0, I) of AEVB's MAP estimate",
    { otherwise: "0" },
  ),
  beta1: flag(fraction(), "B", "adam: decay of the first moment", "0.9"),
  beta2: flag(fraction(), "B", "adam: decay of the second moment", "0.999"),
  epsilon: flag(
    positive(),
    "E",
    "adam, adagrad: added to the root",
    { otherwise: "adam 1e-8, adagrad 1e-10" },
  ),
  "initial-accumulator": flag(
    nonNegative(),
    "A",
    "adagrad: sum of squares before the first step",
    "0",
  ),
  "eval-every": flag(
    evaluations(),
    "N",
    "steps between evaluations on the test split, or at:STEP,STEP,...; the " +
      "last step always is one",
    { otherwise: "100" },
  ),
  "eval-samples": flag(
    integer(1, MOST),
    "L",
    "draws of z per datapoint in evaluations",
    "1",
  ),
  "final-k": flag(
    integer(0, MOST),
    "K",
    "importance samples in the evaluation after the last step; 0: no " +
      "evaluation",
    "100",
  ),
  "final-rows": flag(
    integer(1, MOST_ROWS),
    "N",
    "test rows in the evaluation after the last step, from the first; all " +
      "where there are fewer",
    "500",
  ),
  // Where and how
  engine: flag(
    word(ENGINES),
    "NAME",
    "what trains and evaluates: auto (webgpu on WebGPU, wasm on the CPU, " +
      "where they can), reference (tfjs ops on the backend), wasm (the same " +
      "bits on every machine), webgpu (kernels on the GPU; evaluates by tfjs)",
    "auto",
  ),
  blas: flag(
    text(),
    "PATH",
    "wasm: products by an OpenBLAS library, the one at PATH or auto; the bits " +
      "are the machine's then; off: none",
    "off",
  ),
  tiles: flag(
    orAuto(tiles()),
    "SHAPE",
    "webgpu: ROWSxFOURS/ACROSSxDOWN, sums of an invocation and invocations " +
      "of a workgroup, or auto, measured on the device; changes no number",
    "auto",
  ),
  "batch-runs": flag(
    orAuto(integer(1, MOST)),
    "N",
    "webgpu: runs trained in the same dispatches where they differ by latent " +
      "dimension, seed and evaluations alone; auto: as many as fit, one on a " +
      "software adapter; changes no number",
    "auto",
  ),
  backend: flag(
    word(BACKENDS),
    "NAME",
    "auto (WebGPU on a hardware adapter, else wasm), webgpu, wasm, cpu",
    "auto",
  ),
  out: flag(text(), "DIR", "where results go", "results"),
  "checkpoint-every": flag(
    integer(1),
    "N",
    "steps between checkpoints; the last step always has one",
    "100",
  ),
  jobs: flag(
    integer(1, MOST),
    "N",
    "runs trained side by side, in workers; changes no number",
    { otherwise: "one for each core if the backend is on the CPU, else 1" },
  ),
} as const;

/** The name of a flag with a value. */
export type FlagName = keyof typeof FLAGS;

/** Flags without a value, and their help. */
export const SWITCHES = {
  fresh: "start over, also where a run is finished or has a checkpoint; not " +
    "where it has another config",
  "require-clean": "refuse to run source that differs from its commit",
  "fast-math": "wasm: fuse multiplications and additions where the CPU does; " +
    "the bits are the machine's then",
  check: "compare with what was published: exit code 1 where a value is off " +
    "(experiments of published set-ups)",
  list: "print the names of the runs and write nothing",
  quiet: "print nothing but warnings and errors",
  help: "print this",
} as const;

/** The values of all flags; undefined where there is none, nor a default. */
export type FlagValues =
  & { [Name in FlagName]?: z.output<typeof FLAGS[Name]["schema"]> }
  & { [Name in keyof typeof SWITCHES]: boolean };

/** Defaults of one experiment, as they would be typed. */
export type Defaults = Partial<Record<FlagName, string>>;
