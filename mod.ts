/**
 * elbo-lab: seeded, repeatable experiments with variational auto-encoders.
 *
 * The encoder is q(z|x), the prior p(z) = N(0, I), the decoder p(x|z):
 *
 *     log p(x) = ELBO + KL(q(z|x) || p(z|x))
 *     ELBO = E_q[log p(x|z)] - KL(q(z|x) || p(z))
 *
 * All log terms are in nats per datapoint, summed over pixels. An experiment is
 * a script that calls {@linkcode main}; README.md has a whole one. Without it
 * the functions are of use, too. Here the best that a linear VAE can do:
 *
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { linearGaussian, ppcaOptimum, principalComponents } from "./mod.ts";
 *
 * const data = await linearGaussian({ train: 1000, latentDim: 4 });
 * const rows = Float32Array.from(data.train.values);
 * const components = principalComponents(rows, data.dim);
 * const best = [1, 2, 4, 6].map((latentDim) =>
 *   ppcaOptimum(components, { latentDim }).logLikelihood
 * ); // the mean of log p(x) over the rows, nats: -33.7, -31.1, -20.2, -20.2
 * assertAlmostEquals(best[2]!, -20.184, 1e-3);
 * ```
 *
 * @module
 */

// An experiment, from its flags to its figures
export type { Defaults } from "./src/cli/flags.ts";
export type { FigureRules } from "./src/cli/gather.ts";
export { main } from "./src/cli/main.ts";
export type { Experiment } from "./src/cli/main.ts";
export type { Results, Run } from "./src/cli/run.ts";
export { measureMain } from "./src/cli/measure.ts";
export type {
  Measured,
  MeasuringExperiment,
  NumberFlag,
} from "./src/cli/measure.ts";
export type { FlagRules, Setup } from "./src/cli/read_flags.ts";
export type { Derivation, RunRules } from "./src/cli/request.ts";
export type { NameRules } from "./src/cli/run_names.ts";
export { UserError } from "./src/errors.ts";

// Data
export type { Binarisation } from "./src/data/binarise.ts";
export { firstRows, hashSplits } from "./src/data/dataset.ts";
export type {
  Condition,
  Dataset,
  Examples,
  Units,
} from "./src/data/dataset.ts";
export type { ClassLabel, Label, RealLabel } from "./src/data/labels.ts";
export type { OnProgress } from "./src/data/download.ts";
export type { DataSource } from "./src/data/files.ts";
export { dataset } from "./src/data/own/own.ts";
export type {
  OwnData,
  OwnFacts,
  OwnSettings,
  ScriptData,
  ScriptLabel,
} from "./src/data/own/own.ts";
export type { ValueKind } from "./src/data/own/range.ts";
export { inUserUnits } from "./src/data/own/scale.ts";
export type { Scale } from "./src/data/own/scale.ts";
export type { Selection } from "./src/data/own/sheet.ts";
export { glyphs } from "./src/data/glyphs.ts";
export type { GlyphFactors, GlyphOptions, Glyphs } from "./src/data/glyphs.ts";
export { linearGaussian } from "./src/data/linear_gaussian.ts";
export type { LinearGaussianOptions } from "./src/data/linear_gaussian.ts";
export {
  loadDataset,
  trainRowCount,
  trainRowsAsTest,
} from "./src/data/load.ts";
export type {
  BuiltIn,
  DataRequest,
  DatasetChoice,
  DatasetLoader,
  DatasetName,
  DatasetSource,
  TrainingData,
} from "./src/data/load.ts";
export type { Preparation } from "./src/data/prepare.ts";

// Training
export { BACKENDS, openBackend } from "./src/engine/backend.ts";
export type { Backend, BackendChoice } from "./src/engine/backend.ts";
export type {
  Batch,
  BatchSource,
  DataRows,
  DrawBatch,
  Encoding,
  Engine,
  EngineState,
  EvaluationSums,
  LatentRows,
  RowTerms,
  StepSettings,
  StepTerms,
} from "./src/engine/engine.ts";
export type { StepDraws } from "./src/objective/objective.ts";
export type { DrawEngine } from "./src/engine/draw_engine.ts";
export type { Trained } from "./src/engine/generate.ts";
export type {
  AdapterDescription,
  WebGpuDevice,
} from "./src/engine/webgpu_device.ts";
export { Batches, gather } from "./src/train/batches.ts";
export type { RunConfig } from "./src/train/config.ts";
export { addParts } from "./src/train/parts.ts";
export type { Parts } from "./src/train/parts.ts";
export type { DataConfig } from "./src/train/fields/data.ts";
export type { ModelConfig } from "./src/train/fields/model.ts";
export type { ObjectiveConfig } from "./src/train/fields/objective.ts";
export type {
  EvaluationConfig,
  FinalEvaluation,
  StoppingRule,
  TrainingConfig,
} from "./src/train/fields/training.ts";
export type { OutputBias } from "./src/model/initialisations.ts";
export type { OptimizerSpec } from "./src/model/optimizers.ts";
export { createVae } from "./src/train/create_vae.ts";
export { evaluate, train } from "./src/train/loop.ts";
export type {
  EvaluationRow,
  Report,
  Terms,
  TrainOptions,
  TrainRow,
} from "./src/train/loop.ts";
export type { Evaluated } from "./src/train/stopping.ts";
export type { Counted } from "./src/train/samples_evaluated.ts";

// The model
export type { Activation } from "./src/model/activations.ts";
export { elboTerms, meanElbo } from "./src/model/elbo.ts";
export type {
  ElboOptions,
  ElboTerms,
  KlEstimator,
  MeanElbo,
} from "./src/model/elbo.ts";
export { klBetweenGaussians } from "./src/model/full_gaussian.ts";
export type { FullGaussian } from "./src/model/full_gaussian.ts";
export {
  decode,
  encode,
  generate,
  reconstruct,
  sampleObservations,
  samplePrior,
} from "./src/engine/generate.ts";
export type { Inference, InferenceOptions } from "./src/model/inference.ts";
export type { Initialisation } from "./src/model/initialisations.ts";
export { klIsotropic, klToStandardNormal } from "./src/model/kl.ts";
export type {
  Convolution,
  HiddenLayer,
  ImageSize,
} from "./src/model/layers.ts";
export type { LikelihoodSpec } from "./src/model/likelihood/families.ts";
export type {
  DecoderMean,
  DecoderVariance,
  Gaussian,
} from "./src/model/likelihood/gaussian.ts";
export type { Likelihood } from "./src/model/likelihood/likelihood.ts";
export { likelihoodOf } from "./src/model/likelihood/on_tfjs.ts";
export type { ParameterValues } from "./src/model/parameters.ts";
export type { Posterior } from "./src/model/posterior.ts";
export type {
  Bounds,
  PosteriorFamily,
  UpperLayer,
  VaeSpec,
} from "./src/model/spec.ts";
export { Vae } from "./src/model/vae.ts";

// Linear models, where every term is exact
export { exactElboTerms } from "./src/evaluate/exact_elbo.ts";
export type { ExactElboTerms } from "./src/evaluate/linear_terms.ts";
export {
  exactLogLikelihood,
  meanExactLogLikelihood,
} from "./src/model/linear_gaussian.ts";
export type { LinearGaussian } from "./src/model/linear_gaussian.ts";
export { ppcaOptimum, principalComponents } from "./src/model/ppca.ts";
export type { PpcaOptimum, PrincipalComponents } from "./src/model/ppca.ts";

// Objectives
export type { ElboSampled } from "./src/objective/elbo.ts";
export type { GradientEstimator } from "./src/objective/gradients.ts";
export { iwaeTerms } from "./src/objective/iwae.ts";
export type { Iwae, IwaeOptions, IwaeTerms } from "./src/objective/iwae.ts";
export type { KlWeighting } from "./src/objective/kl_weighting.ts";
export type { Mcem } from "./src/objective/mcem.ts";
export { valueAt } from "./src/objective/schedule.ts";
export type { Schedule } from "./src/objective/schedule.ts";
export type { ObjectiveSpec } from "./src/objective/spec.ts";

// Parts of a script's own
export { field } from "./src/config/field.ts";
export type {
  Field,
  FieldRow,
  Fields,
  Flag,
  Text,
  Texts,
} from "./src/config/field.ts";
export {
  fraction,
  integer,
  nonNegative,
  positive,
  word,
} from "./src/config/value.ts";
export type { Value } from "./src/config/value.ts";
export type { Schema } from "./src/lazy_zod.ts";
export type { MadeDataset, MadeSplits } from "./src/data/own/made.ts";
export type { OwnActivation } from "./src/model/activations.ts";
export type {
  NoiseKind,
  OwnLikelihood,
  SharedSpread,
  Support,
} from "./src/model/likelihood/family.ts";
export { weightedKl } from "./src/objective/kl_weighting.ts";
export type {
  DeviceBatch,
  OwnObjective,
  OwnTerms,
  TrainingTerms,
  Traits,
} from "./src/objective/objective.ts";
export type { OwnPart } from "./src/results/run_json.ts";
export type { TableRow } from "./src/table.ts";

// Evaluation of a trained model
export { openDrawEngine } from "./src/engine/open_engine.ts";
export type { EngineDescription } from "./src/engine/open_engine.ts";
export { adaptedImportance } from "./src/evaluate/adapted_importance.ts";
export type { AdaptedImportanceOptions } from "./src/evaluate/adapted_importance.ts";
export type { Control } from "./src/evaluate/device.ts";
export type { Codes, Factor } from "./src/evaluate/disentanglement/codes.ts";
export { factorVaeScore } from "./src/evaluate/disentanglement/factor_vae.ts";
export type { FactorVaeOptions } from "./src/evaluate/disentanglement/factor_vae.ts";
export { disentanglement } from "./src/evaluate/disentanglement/scores.ts";
export type {
  Disentanglement,
  DisentanglementScores,
  UnitFactor,
} from "./src/evaluate/disentanglement/scores.ts";
export { encodeRows } from "./src/evaluate/encode_rows.ts";
export type {
  EncodedRows,
  EncodingOptions,
} from "./src/evaluate/encode_rows.ts";
export { meanOverRows, RunningMoments } from "./src/evaluate/estimates.ts";
export type { Estimate, RowEstimates } from "./src/evaluate/estimates.ts";
export { evaluateRun } from "./src/evaluate/evaluate_run.ts";
export type { EvaluateRunOptions } from "./src/evaluate/evaluate_run.ts";
export { ESTIMATORS, QUANTITIES } from "./src/evaluate/evaluate_vae.ts";
export type {
  Estimator,
  Evaluation,
  EvaluationRequest,
  Quantity,
} from "./src/evaluate/evaluate_vae.ts";
export {
  gradientSignalToNoise,
  SIDES,
} from "./src/evaluate/gradient_signal_to_noise.ts";
export type {
  BoundSpec,
  GradientDraws,
  Side,
} from "./src/evaluate/gradient_signal_to_noise.ts";
export {
  paretoShape,
  reliabilityOf,
} from "./src/evaluate/importance_weights.ts";
export type {
  ImportanceEstimates,
  Reliability,
} from "./src/evaluate/importance_weights.ts";
export { importanceBound } from "./src/evaluate/importance.ts";
export type { SavedRows, SavedRowsOptions } from "./src/evaluate/saved_rows.ts";
export type { ImportanceOptions } from "./src/evaluate/importance.ts";
export { inferenceGaps } from "./src/evaluate/inference_gaps.ts";
export type {
  GaussianBounds,
  InferenceGaps,
  InferenceGapsOptions,
} from "./src/evaluate/inference_gaps.ts";
export { mutualInformation } from "./src/evaluate/mutual_information.ts";
export type { MutualInformationOptions } from "./src/evaluate/mutual_information.ts";
export { signalToNoise } from "./src/evaluate/signal_to_noise.ts";
export type { SignalToNoise } from "./src/evaluate/signal_to_noise.ts";
export { TOY_GRADIENTS } from "./src/evaluate/gaussian_toy.ts";
export type { ToyGradient } from "./src/evaluate/gaussian_toy.ts";
export { toySignal } from "./src/evaluate/toy_signal.ts";
export type { ToyOptions, ToySignal } from "./src/evaluate/toy_signal.ts";
export type { Unit } from "./src/evaluate/units.ts";
export { aisLogLikelihood } from "./src/inference/ais.ts";
export type { AisOptions } from "./src/inference/ais.ts";
export type { InferenceKey } from "./src/inference/draws.ts";
export type { LogLikelihoodEstimate } from "./src/inference/estimate.ts";
export { hmcLogLikelihood } from "./src/inference/hmc_log_likelihood.ts";
export type { HmcLogLikelihoodOptions } from "./src/inference/hmc_log_likelihood.ts";
export { logJoint } from "./src/inference/joint_density.ts";
export type { JointDensity } from "./src/inference/joint_density.ts";

// Results
export type { Cell, Row } from "./src/results/csv_text.ts";
export type { TextRow } from "./src/results/csv_table.ts";
export type { GitState, RunJson } from "./src/results/run_json.ts";
export {
  readEvaluations,
  readFinishedRun,
  restoreRun,
} from "./src/sweep/finished_run.ts";
export type { FinishedRun } from "./src/sweep/finished_run.ts";

// Figures
export { gapCurves } from "./src/plot/gap_curves.ts";
export type { GapCurve, GapPoint } from "./src/plot/gap_curves.ts";
export { imageGrid } from "./src/plot/image_grid.ts";
export type { GridOptions, Images } from "./src/plot/image_grid.ts";
export { posteriorScatter } from "./src/plot/posterior_scatter.ts";
export type { PointLabels, ScatterAxis } from "./src/plot/posterior_scatter.ts";
export type { Heading } from "./src/plot/theme.ts";
export { plotRuns } from "./src/figures/plot_runs.ts";
export type { FigureRequest } from "./src/figures/request.ts";
export type { SplitChoice } from "./src/figures/measure.ts";
export type { BandName } from "./src/figures/series.ts";
export { tableRuns } from "./src/figures/table_runs.ts";
export type {
  RunTable,
  TableGroup,
  TableRequest,
} from "./src/figures/run_table.ts";
export type { MeanInterval } from "./src/statistics/mean_interval.ts";
export type { Moments } from "./src/statistics/moments.ts";
export { saveFigure } from "./src/figures/save_figure.ts";
export { drawPictures } from "./src/sweep/pictures.ts";
export type { DrawPicturesOptions, Picture } from "./src/sweep/pictures.ts";

// Published set-ups
export { methodOf } from "./src/published/aevb.ts";
export { stepsAtPoints } from "./src/published/curves.ts";
export { stepsPerEpoch } from "./src/published/examples.ts";
export { slopeStart } from "./src/published/gradients.ts";
export type { RunsOf } from "./src/published/obtained.ts";
export { aevbFigure2, aevbFigure3 } from "./src/published/reference.ts";
export type {
  Figure2Curve,
  Figure2Dataset,
  Figure2Point,
  Figure3Curve,
  Method,
  PublishedPoint,
  Split,
} from "./src/published/reference.ts";
export { checkPublished } from "./src/published/sections.ts";
export { afterWarmUp, inStages, WARM_UP } from "./src/published/stages.ts";
export type { LearningStage } from "./src/published/stages.ts";
export { budgetLabel } from "./src/sweep/runs.ts";
export type { PlannedRun } from "./src/sweep/runs.ts";

// Random streams
export { PURPOSES, stream } from "./src/random/stream.ts";
export type { Purpose, Stream, StreamAddress } from "./src/random/stream.ts";
