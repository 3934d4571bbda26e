/** Flags as a sweep: what depends on other flags is decided here. */

import { imageOf, trainRowCount } from "../data/load.ts";
import type { BackendChoice } from "../engine/backend.ts";
import { backendFor, type EngineChoice } from "../engine/open_engine.ts";
import type { Tile } from "../engine/webgpu/kernels/product.ts";
import { UserError } from "../errors.ts";
import { encoderFeatures, type Features, widestOf } from "../model/layers.ts";
import { OPTIMIZERS, type OptimizerSpec } from "../model/optimizers.ts";
import {
  parameterShapes,
  totalLatentDim,
  type UpperLayer,
  type VaeSpec,
} from "../model/spec.ts";
import { importanceSamples, takesTwoLayers } from "../objective/spec.ts";
import {
  type PlannedRun,
  planRuns,
  runName,
  type SweptField,
} from "../sweep/runs.ts";
import { type RunConfig, runConfigSchema } from "../train/config.ts";
import { vaeSpec } from "../train/create_vae.ts";
import { samplesPerStep } from "../train/samples_evaluated.ts";
import { type AskedArithmetic, askedArithmeticOf } from "./arithmetic.ts";
import type { Defaults, FlagName, FlagValues } from "./flags.ts";
import { binarisationOf, likelihoodOf } from "./likelihood_flags.ts";
import { objectivesOf, schedulesOf } from "./objective_flags.ts";
import { required } from "./required.ts";
import { formatEvaluations, formatLayers, formatSchedule } from "./values.ts";

/** A command line, understood. */
export interface Request {
  readonly runs: readonly PlannedRun[];
  readonly engine: EngineChoice;
  readonly arithmetic: AskedArithmetic;
  readonly backend: BackendChoice;
  /** of the webgpu engine; null: see `TileChoice` */
  readonly tiles: Tile | null;
  /** runs in the same dispatches; null: as many as suit the adapter */
  readonly batchRuns: number | null;
  readonly out: string;
  readonly dataDir: string | undefined;
  readonly checkpointEvery: number;
  /** undefined: as many as suit the backend */
  readonly jobs: number | undefined;
  readonly fresh: boolean;
  readonly check: boolean;
  readonly requireClean: boolean;
  readonly quiet: boolean;
}

/** What an experiment has to say of its runs beside flags. */
export interface RunRules {
  /**
   * What a run's config has where no flag says it, because it depends on the
   * rest of it, such as the steps of evaluations on the run's length.
   */
  readonly derive?: { readonly [Field in Derived]?: Derivation<Field> };
  /** what else tells its runs apart, in their names */
  readonly label?: (config: RunConfig) => string | undefined;
}

/** A field of a config that is derived from others. */
export interface Derivation<Field extends Derived> {
  /** as `--help` says it */
  readonly help: string;
  /** Of a config that is complete but for what is derived. */
  of(config: RunConfig): RunConfig[Field];
}

/** Fields of a config that experiments may derive from others. */
export type Derived = "evalEvery" | "learningRate" | "weightDecay";

const FLAG_OF = {
  evalEvery: "eval-every",
  learningRate: "learning-rate",
  weightDecay: "weight-decay",
} as const satisfies Record<Derived, FlagName>;

/** What `--help` says of derived values, by their flags. */
export function derivedHelp({ derive = {} }: RunRules): Defaults {
  return Object.fromEntries(
    Object.entries(derive)
      .map(([field, { help }]) => [FLAG_OF[field as Derived], help]),
  );
}

/** Makes the sweep that the flags ask for. @throws {UserError} flags clash */
export function requestOf(
  flags: FlagValues,
  { derive = {}, label }: RunRules = {},
): Request {
  const likelihood = likelihoodOf(flags);
  const optimizer = optimizerOf(flags);
  const steps = stepsOf(flags);

  const shared: Omit<RunConfig, SweptField> = {
    dataset: required(flags.dataset),
    dataSeed: required(flags["data-seed"]),
    binarize: binarisationOf(flags, likelihood),
    trainSize: flags["train-size"] ?? null,
    testSize: flags["test-size"] ?? null,
    hidden: required(flags.hidden),
    activation: required(flags.activation),
    posterior: required(flags.posterior),
    upper: upperOf(flags),
    likelihood,
    initialisation: required(flags.init),
    outputBias: required(flags["output-bias"]),
    ...schedulesOf(flags, steps),
    optimizer,
    learningRate: flags["learning-rate"] ?? LEARNING_RATES[optimizer.name],
    weightDecay: flags["weight-decay"] ?? 0,
    batchSize: required(flags["batch-size"]),
    steps,
    evalEvery: flags["eval-every"] ?? 100,
    evalSamples: required(flags["eval-samples"]),
    finalEvaluation: flags["final-k"] === 0 ? null : {
      k: required(flags["final-k"]),
      rows: required(flags["final-rows"]),
    },
  };
  const runs = planRuns(shared, {
    latentDims: required(flags.latent),
    samples: required(flags.samples),
    objectives: objectivesOf(flags),
    seeds: required(flags.seed),
  });
  for (const { config } of runs) checkModel(config);
  return {
    runs: runs.map(({ config: planned }) => {
      const derived = Object.entries(derive)
        .filter(([field]) => flags[FLAG_OF[field as Derived]] === undefined)
        .map(([field, { of }]) => [field, of(planned)]);
      // The schema fixes the order of the keys, as run.json has them.
      const config = runConfigSchema.parse({
        ...planned,
        ...Object.fromEntries(derived),
      });
      return { name: runName(config, label?.(config)), config };
    }),
    engine: required(flags.engine),
    arithmetic: askedArithmeticOf(flags),
    backend: backendFor(required(flags.engine), required(flags.backend)),
    tiles: tilesOf(flags),
    batchRuns: required(flags["batch-runs"]),
    out: required(flags.out),
    dataDir: flags["data-dir"],
    checkpointEvery: required(flags["checkpoint-every"]),
    jobs: flags.jobs,
    fresh: flags.fresh,
    check: flags.check,
    requireClean: flags["require-clean"],
    quiet: flags.quiet,
  };
}

/** Updates of a run, by whatever flag says them. */
function stepsOf(flags: FlagValues): number {
  const { steps, budget, passes } = flags;
  const rows = trainRowCount({
    dataset: required(flags.dataset),
    trainSize: flags["train-size"] ?? null,
  });
  const batchSize = required(flags["batch-size"]);
  if (passes !== undefined) return Math.ceil(passes * rows / batchSize);
  if (budget === undefined) return required(steps);
  // Where there are several objectives, they differ by k, which counts once.
  const [objective] = objectivesOf(flags);
  return Math.ceil(
    budget / samplesPerStep({ batchSize, objective: objective! }),
  );
}

/** @throws {UserError} they are not of the engine */
function tilesOf({ tiles, engine }: FlagValues): Tile | null {
  if (tiles === undefined || tiles === null) return null;
  if (engine !== "webgpu" && engine !== "auto") {
    throw new UserError(
      "--tiles: only the webgpu engine has them; add --engine webgpu",
    );
  }
  return tiles;
}

/** Values that an array of an engine may have: 4 GiB of float32. */
const MOST_VALUES = 2 ** 30;

/** Values in a row of the data that are no images, at most. */
const MOST_DIMENSIONS = 784;

/** The model that the config asks for, or a larger one, without its data. */
export function largestSpec(config: RunConfig): VaeSpec {
  const image = imageOf(config.dataset);
  const dim = image === null ? MOST_DIMENSIONS : image.height * image.width;
  return vaeSpec(config, { dim, image });
}

/**
 * Checks the model that the config asks for, before data are loaded.
 *
 * @throws {UserError} the hidden layers do not fit the data, or an array would
 *   be larger than engines can hold
 */
function checkModel(config: RunConfig): void {
  const { samples, evalSamples, batchSize, latentDim, hidden } = config;
  const { upper, posterior } = config;
  const spec = largestSpec(config);
  let features: Features[];
  try {
    features = encoderFeatures(spec);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`--hidden ${formatLayers(hidden)}: ${error.message}`);
  }
  const k = importanceSamples(config.objective);
  // A factor of the covariance for each datapoint, and for each draw of z1.
  const factor = (d: number) => posterior === "full" ? d ** 2 : 0;
  const widest = Math.max(
    ...[totalLatentDim(config), widestOf(features), ...upper?.hidden ?? []],
    factor(upper?.latentDim ?? 0),
  );
  const weights = (areUpper: boolean) =>
    parameterShapes(spec)
      .filter(({ name }) => name.includes("/upper/") === areUpper)
      .map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const arrays = {
    "--samples times --k times --batch-size": samples * k * batchSize * widest,
    "--eval-samples times --k": evalSamples * k * 500 * widest,
    "--hidden and --latent": Math.max(...weights(false)),
    "--upper-hidden and --upper-latent": Math.max(0, ...weights(true)),
    "--posterior full and --latent": Math.max(500, batchSize) *
      factor(latentDim),
  };
  for (const [flags, values] of Object.entries(arrays)) {
    if (values <= MOST_VALUES) continue;
    throw new UserError(
      `${flags}: ${values} values in one array; at most ${MOST_VALUES} fit`,
    );
  }
}

/** The second layer of latent variables. @throws {UserError} flags clash */
function upperOf(flags: FlagValues): UpperLayer | null {
  const latentDim = flags["upper-latent"] ?? null;
  const hidden = flags["upper-hidden"];
  if (latentDim === null) {
    if (hidden === undefined || hidden.length === 0) return null;
    throw new UserError(
      `--upper-hidden ${formatLayers(hidden)}: there is no second layer ` +
        "without --upper-latent N; give both or none",
    );
  }
  if (!objectivesOf(flags).every(takesTwoLayers)) {
    throw new UserError(
      `--upper-latent ${latentDim}: --objective ${flags.objective} is of one ` +
        "layer of latent variables; use elbo-sampled or iwae",
    );
  }
  return { latentDim, hidden: hidden ?? [100] };
}

const LEARNING_RATES: Record<OptimizerSpec["name"], number> = {
  adam: 0.001,
  adagrad: 0.02,
  sgd: 0.0001,
};

function optimizerOf(flags: FlagValues): OptimizerSpec {
  const name = required(flags.optimizer);
  switch (name) {
    case "sgd":
      return { name };
    case "adagrad":
      return {
        name,
        initialAccumulator: required(flags["initial-accumulator"]),
        epsilon: flags.epsilon ?? OPTIMIZERS.adagrad.epsilon,
      };
    case "adam":
      return {
        name,
        beta1: required(flags.beta1),
        beta2: required(flags.beta2),
        epsilon: flags.epsilon ?? OPTIMIZERS.adam.epsilon,
      };
  }
}

/**
 * The flags that ask for one run with this config, whatever the defaults: the
 * inverse of {@linkcode requestOf}.
 *
 * @param fixed flags that the experiment sets, which are left out
 */
export function flagsOf(config: RunConfig, fixed: Defaults = {}): string[] {
  const { likelihood, optimizer, objective } = config;
  const values: Partial<Record<FlagName, string | number | null>> = {
    dataset: config.dataset,
    "data-seed": config.dataSeed,
    "train-size": config.trainSize,
    "test-size": config.testSize,
    binarize: config.binarize,
    latent: config.latentDim,
    samples: config.samples,
    seed: config.seed,
    hidden: formatLayers(config.hidden),
    activation: config.activation,
    posterior: config.posterior,
    "upper-latent": config.upper?.latentDim ?? "none",
    "upper-hidden": config.upper === null
      ? null
      : formatLayers(config.upper.hidden),
    likelihood: likelihood.family,
    "decoder-variance": likelihood.family === "gaussian"
      ? likelihood.variance
      : null,
    "decoder-mean": likelihood.family === "gaussian" ? likelihood.mean : null,
    init: config.initialisation,
    "output-bias": config.outputBias,
    objective: objective.name,
    k: objective.name === "iwae" ? objective.k : null,
    gradient: "gradient" in objective ? objective.gradient : null,
    transitions: objective.name === "mcem" ? objective.transitions : null,
    "leapfrog-steps": objective.name === "mcem"
      ? objective.leapfrogSteps
      : null,
    updates: objective.name === "mcem" ? objective.updates : null,
    beta: formatSchedule(config.beta),
    "free-bits": config.freeBits === null
      ? null
      : formatSchedule(config.freeBits),
    capacity: config.capacity === null ? null : formatSchedule(config.capacity),
    steps: config.steps,
    "batch-size": config.batchSize,
    optimizer: optimizer.name,
    "learning-rate": formatSchedule(config.learningRate),
    "weight-decay": config.weightDecay,
    beta1: optimizer.name === "adam" ? optimizer.beta1 : null,
    beta2: optimizer.name === "adam" ? optimizer.beta2 : null,
    epsilon: optimizer.name === "sgd" ? null : optimizer.epsilon,
    "initial-accumulator": optimizer.name === "adagrad"
      ? optimizer.initialAccumulator
      : null,
    "eval-every": formatEvaluations(config.evalEvery),
    "eval-samples": config.evalSamples,
    "final-k": config.finalEvaluation?.k ?? 0,
    "final-rows": config.finalEvaluation?.rows ?? null,
  };
  return Object.entries(values)
    .filter(([name, value]) => value !== null && !(name in fixed))
    .flatMap(([name, value]) => [`--${name}`, String(value)]);
}
