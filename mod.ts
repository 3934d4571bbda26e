/**
 * elbo-lab: seeded, repeatable experiments with variational auto-encoders.
 *
 * The encoder is q(z|x), the prior p(z) = N(0, I), the decoder p(x|z):
 *
 *     ln p(x) = ELBO + KL(q(z|x) || p(z|x))
 *     ELBO = E_q[ln p(x|z)] - KL(q(z|x) || p(z))
 *
 * All log terms are in nats per datapoint, summed over pixels.
 *
 * @module
 */

// An experiment, from its flags to its figures
export {
  type Measured,
  measureMain,
  type MeasuringExperiment,
  type NumberFlag,
} from "./src/cli/measure.ts";
export * from "./src/cli/main.ts";
export type { Defaults } from "./src/cli/flags.ts";
export type { FlagRules, Setup } from "./src/cli/read_flags.ts";
export type { Derivation, RunRules } from "./src/cli/request.ts";
export * from "./src/sweep/finished_run.ts";
export * from "./src/sweep/figures.ts";
export * from "./src/sweep/pictures.ts";
export * from "./src/sweep/runs.ts";
export type { Cell, Row } from "./src/results/csv_file.ts";
export type { TextRow } from "./src/results/csv_table.ts";
export type { RunJson } from "./src/results/run_json.ts";

// What was published
export { marks, stepsAtPoints } from "./src/published/curves.ts";
export { methodOf } from "./src/published/aevb.ts";
export * from "./src/published/reference.ts";
export type { RunsOf } from "./src/published/obtained.ts";
export { offPublished } from "./src/published/sections.ts";
export * from "./src/published/stages.ts";

// Training
export * from "./src/train/batches.ts";
export type { RunConfig } from "./src/train/config.ts";
export type { FinalEvaluation } from "./src/train/fields/training.ts";
export { runConfigSchema } from "./src/train/config.ts";
export * from "./src/train/create_vae.ts";
export * from "./src/train/loop.ts";
export type { Counted } from "./src/train/samples_evaluated.ts";

// Evaluation
export * from "./src/evaluate/adapted_importance.ts";
export * from "./src/evaluate/chain_likelihood.ts";
export type { Control } from "./src/evaluate/device.ts";
export * from "./src/evaluate/evaluate_run.ts";
export * from "./src/evaluate/evaluate_vae.ts";
export * from "./src/evaluate/gradient_signal_to_noise.ts";
export * from "./src/evaluate/importance.ts";
export * from "./src/evaluate/mutual_information.ts";
export * from "./src/evaluate/posterior_terms.ts";
export {
  type Estimate,
  meanOverRows,
  type RowEstimates,
  RunningLogMeans,
  RunningMoments,
} from "./src/evaluate/estimates.ts";
export * from "./src/evaluate/signal_to_noise.ts";
export * from "./src/evaluate/units.ts";

// Data
export type { Binarisation } from "./src/data/binarise.ts";
export { binariseOnce, drawPixel } from "./src/data/binarise.ts";
export * from "./src/data/dataset.ts";
export type { DataSource } from "./src/data/files.ts";
export type { OnProgress } from "./src/data/download.ts";
export * from "./src/data/glyphs.ts";
export * from "./src/data/linear_gaussian.ts";
export type {
  DataRequest,
  DatasetLoader,
  DatasetName,
  DatasetSource,
  TrainingData,
} from "./src/data/load.ts";
export {
  imageOf,
  loadDataset,
  trainRowCount,
  trainRowsAsTest,
} from "./src/data/load.ts";

// Random streams
export * from "./src/random/normal_quantile.ts";
export * from "./src/random/philox.ts";
export * from "./src/random/stream.ts";

// Engines
export * from "./src/engine/backend.ts";
export * from "./src/engine/engine.ts";
export * from "./src/engine/open_engine.ts";
export * from "./src/engine/operations.ts";
export * from "./src/engine/reference.ts";
export * from "./src/engine/row_terms.ts";
export * from "./src/engine/step_plan.ts";
export type { Trainable } from "./src/engine/supported.ts";
export type { BlasLibrary } from "./src/engine/wasm/blas.ts";
export type { TrainingSize } from "./src/engine/wasm/programs.ts";
export type { Kernels } from "./src/engine/wasm/module.ts";
export * from "./src/engine/wasm/wasm_engine.ts";
export type { GpuTraining } from "./src/engine/webgpu/capacity.ts";
export type { Tile } from "./src/engine/webgpu/kernels/product.ts";
export type {
  AdapterDescription,
  WebGpuDevice,
} from "./src/engine/webgpu_device.ts";

// Objectives
export type { Iwae, IwaeOptions, IwaeTerms } from "./src/objective/iwae.ts";
export { iwaeTerms } from "./src/objective/iwae.ts";
export type { ElboSampled } from "./src/objective/elbo.ts";
export type { GradientEstimator } from "./src/objective/gradients.ts";
export type { Mcem } from "./src/objective/mcem.ts";
export { MCEM } from "./src/objective/mcem.ts";
export * from "./src/objective/kl_weighting.ts";
export type {
  DeviceBatch,
  EvaluationTerms,
  Objective,
  TrainingTerms,
} from "./src/objective/objective.ts";
export * from "./src/objective/schedule.ts";
export type { ObjectiveSpec } from "./src/objective/spec.ts";
export {
  evaluationColumns,
  importanceSamples,
  objectiveLabel,
  objectiveOf,
  takesTwoLayers,
  timesEvaluated,
  trainingColumns,
} from "./src/objective/spec.ts";

// Markov chains over z, and ln p(x) by them
export * from "./src/inference/ais.ts";
export type { InferenceKey } from "./src/inference/draws.ts";
export * from "./src/inference/estimate.ts";
export * from "./src/inference/fitted_gaussian.ts";
export * from "./src/inference/hmc.ts";
export * from "./src/inference/hmc_log_likelihood.ts";
export * from "./src/inference/joint_density.ts";
export * from "./src/inference/step_size.ts";

// The model
export * from "./src/model/affine.ts";
export * from "./src/model/convolution.ts";
export * from "./src/model/elbo.ts";
export * from "./src/model/exact_elbo.ts";
export {
  type FullGaussian,
  klBetweenGaussians,
  logDensity,
  matrix,
} from "./src/model/full_gaussian.ts";
export * from "./src/model/generate.ts";
export type { Inference, InferenceOptions } from "./src/model/inference.ts";
export * from "./src/model/kl.ts";
export * from "./src/model/layers.ts";
export type { Gaussian } from "./src/model/likelihood/gaussian.ts";
export * from "./src/model/likelihood/likelihood.ts";
export {
  float32Uniforms,
  observationNoise,
} from "./src/model/likelihood/noise.ts";
export { likelihoodOf } from "./src/model/likelihood/on_tfjs.ts";
export * from "./src/model/linear_gaussian.ts";
export type { OptimizerSpec } from "./src/model/optimizers.ts";
export { Optimizer, OPTIMIZERS } from "./src/model/optimizers.ts";
export * from "./src/model/parameters.ts";
export * from "./src/model/posterior.ts";
export * from "./src/model/ppca.ts";
export * from "./src/model/prior.ts";
export * from "./src/model/reductions.ts";
export type {
  Activation,
  AffineLayer,
  DecoderMean,
  DecoderVariance,
  Initialisation,
  LikelihoodSpec,
  ParameterShape,
  PosteriorFamily,
  UpperLayer,
  VaeSpec,
} from "./src/model/spec.ts";
export {
  affineLayers,
  countParameters,
  isTrained,
  parameterShapes,
  totalLatentDim,
} from "./src/model/spec.ts";
export * from "./src/model/vae.ts";

// Figures
export * from "./src/plot/gap_curves.ts";
export * from "./src/plot/image_grid.ts";
export * from "./src/plot/learning_curves.ts";
export * from "./src/plot/svg.ts";
export * from "./src/plot/terms_against.ts";
export type { Heading } from "./src/plot/theme.ts";

export { UserError } from "./src/errors.ts";
