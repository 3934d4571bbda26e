import { assertEquals } from "@std/assert";
import * as elboLab from "../mod.ts";
import { UserError } from "../src/errors.ts";

/** The public surface: a change of it is a change of these lists. */
const VALUES = words(`
  BACKENDS Batches ESTIMATORS PURPOSES QUANTITIES RunningMoments SIDES
  TOY_GRADIENTS UserError Vae WARM_UP adaptedImportance addParts aevbFigure2 aevbFigure3
  afterWarmUp aisLogLikelihood budgetLabel checkPublished createVae dataset decode
  disentanglement drawPictures
  elboTerms encode encodeRows evaluate evaluateRun exactElboTerms
  exactLogLikelihood factorVaeScore field
  firstRows fraction gapCurves gather generate glyphs gradientSignalToNoise
  hashSplits hmcLogLikelihood imageGrid importanceBound inStages inUserUnits inferenceGaps
  integer iwaeTerms klBetweenGaussians klIsotropic klToStandardNormal
  likelihoodOf linearGaussian loadDataset logJoint main meanElbo
  meanExactLogLikelihood meanOverRows measureMain methodOf mutualInformation
  nonNegative openBackend openDrawEngine paretoShape plotRuns positive posteriorScatter
  ppcaOptimum
  principalComponents readEvaluations readFinishedRun reconstruct reliabilityOf restoreRun
  sampleObservations samplePrior saveFigure signalToNoise slopeStart stepsAtPoints stepsPerEpoch stream tableRuns
  toySignal
  train trainRowCount trainRowsAsTest valueAt weightedKl word
`);

const TYPES = words(`
  Activation AdaptedImportanceOptions AdapterDescription AisOptions
  Backend BackendChoice BandName Batch BatchSource Binarisation BoundSpec Bounds
  BuiltIn Cell ClassLabel Codes Condition Control Convolution Counted
  DataConfig DataRequest DataRows DataSource Dataset DatasetChoice DatasetLoader
  DatasetName DatasetSource DecoderMean DecoderVariance Defaults Derivation
  DeviceBatch Disentanglement DisentanglementScores DrawBatch DrawEngine DrawPicturesOptions ElboOptions
  ElboSampled ElboTerms EncodedRows Encoding EncodingOptions Engine
  EngineDescription EngineState Estimate Estimator EvaluateRunOptions
  Evaluated Evaluation EvaluationConfig EvaluationRequest EvaluationRow EvaluationSums
  ExactElboTerms Examples Experiment Factor FactorVaeOptions Field FieldRow
  Fields Figure2Curve Figure2Dataset Figure2Point Figure3Curve FigureRequest FigureRules
  FinalEvaluation FinishedRun Flag FlagRules FullGaussian GapCurve
  GapPoint Gaussian GaussianBounds GitState GlyphFactors GlyphOptions Glyphs GradientDraws
  GradientEstimator GridOptions Heading HiddenLayer HmcLogLikelihoodOptions
  ImageSize Images ImportanceEstimates ImportanceOptions Inference InferenceGaps InferenceGapsOptions InferenceKey InferenceOptions
  Initialisation Iwae IwaeOptions IwaeTerms JointDensity KlEstimator
  KlWeighting Label LatentRows LearningStage Likelihood LikelihoodSpec LinearGaussian
  LinearGaussianOptions LogLikelihoodEstimate MadeDataset MadeSplits Mcem
  MeanElbo MeanInterval Measured MeasuringExperiment Method ModelConfig Moments
  MutualInformationOptions NameRules NoiseKind NumberFlag ObjectiveConfig ObjectiveSpec
  OnProgress OptimizerSpec OutputBias OwnActivation OwnData OwnFacts
  OwnLikelihood OwnObjective OwnPart OwnSettings OwnTerms ParameterValues Parts
  Picture PlannedRun PointLabels Posterior PosteriorFamily PpcaOptimum Preparation
  PrincipalComponents
  PublishedPoint Purpose Quantity RealLabel Reliability Report Results Row RowEstimates
  RowTerms Run RunConfig RunJson RunRules RunTable RunsOf SavedRows SavedRowsOptions Scale ScatterAxis Schedule
  Schema ScriptData
  ScriptLabel Selection Setup SharedSpread Side SignalToNoise Split SplitChoice StepDraws
  StepSettings StepTerms StoppingRule Stream StreamAddress Support TableGroup TableRequest TableRow Terms
  Text TextRow Texts ToyGradient ToyOptions ToySignal TrainOptions TrainRow Trained TrainingConfig TrainingData
  TrainingTerms Traits Unit UnitFactor Units UpperLayer VaeSpec Value ValueKind
  WebGpuDevice
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

Deno.test("mod.ts exports by name what scripts use, and nothing else", async () => {
  const source = await Deno.readTextFile(new URL("../mod.ts", import.meta.url));
  const exported = [...source.matchAll(/^export (type )?\{([^}]*)\} from/gm)];
  const named = (isType: boolean) =>
    exported.filter(([, type]) => (type !== undefined) === isType)
      .flatMap(([, , names]) => words(names!.replaceAll(",", " "))).toSorted();
  assertEquals(named(false), VALUES);
  assertEquals(named(true), TYPES);
  // By name alone: no export was passed over above.
  assertEquals(source.match(/^export/gm)!.length, exported.length);
  assertEquals(Object.keys(elboLab).toSorted(), VALUES);
});

Deno.test("UserError is an Error of its own name", () => {
  const error = new UserError("--latent 0: expected an integer from 1");
  assertEquals(error instanceof Error, true);
  assertEquals(error.name, "UserError");
  assertEquals(String(error), `UserError: ${error.message}`);
  assertEquals(elboLab.UserError, UserError);
});
