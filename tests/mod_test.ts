import { assertEquals } from "@std/assert";
import * as elboLab from "../mod.ts";
import { UserError } from "../src/errors.ts";

/** The public surface: a change of it is a change of these lists. */
const VALUES = words(`
  BACKENDS Batches ESTIMATORS PURPOSES QUANTITIES RunningMoments SIDES
  UserError Vae WARM_UP adaptedImportance aevbFigure2 aevbFigure3 afterWarmUp
  aisLogLikelihood budgetLabel createVae dataset drawPictures elboTerms encode
  evaluate evaluateRun exactElboTerms exactLogLikelihood firstRows gapCurves
  gather generate glyphs gradientSignalToNoise hashSplits hmcLogLikelihood
  imageGrid importanceBound inStages inUserUnits iwaeTerms klBetweenGaussians
  klIsotropic klToStandardNormal learningCurves likelihoodOf linearGaussian
  loadDataset logJoint main meanElbo meanExactLogLikelihood meanOverRows
  measureMain methodOf mutualInformation offPublished openBackend
  openDrawEngine ppcaOptimum principalComponents readEvaluations
  readFinishedRun reconstruct restoreRun sampleObservations saveFigure
  signalToNoise stepsAtPoints stream termsAgainst train trainRowCount
  trainRowsAsTest valueAt
`);

const TYPES = words(`
  Activation AdaptedImportanceOptions AdapterDescription AisOptions Axis
  Backend BackendChoice Batch BatchSource Binarisation BlasLibrary BoundSpec
  BuiltIn Cell ClassLabel Control Convolution Counted Curve CurvePoint
  DataConfig DataRequest DataSource Dataset DatasetChoice DatasetLoader
  DatasetName DatasetSource DecoderMean DecoderVariance Defaults Derivation
  DrawEngine ElboOptions ElboSampled ElboTerms Encoding Engine EngineDescription
  EngineState Estimate Estimator EvaluateRunOptions Evaluation EvaluationConfig
  EvaluationRequest EvaluationRow EvaluationSums ExactElboTerms Examples
  Experiment Figure2Curve Figure3Curve FinalEvaluation FinishedRun FlagRules
  FullGaussian GapCurve GapPoint Gaussian GlyphFactors GlyphOptions Glyphs
  GradientDraws GradientEstimator GridOptions Heading HiddenLayer
  HmcLogLikelihoodOptions ImageSize Images ImportanceOptions Inference
  InferenceKey InferenceOptions Initialisation Iwae IwaeOptions IwaeTerms
  JointDensity KlEstimator KlWeighting Label LearningStage Likelihood
  LikelihoodSpec LinearGaussian LinearGaussianOptions LogLikelihoodEstimate Mcem
  MeanElbo Measured MeasuringExperiment Method ModelConfig
  MutualInformationOptions NumberFlag ObjectiveConfig ObjectiveSpec OnProgress
  OptimizerSpec OutputBias OwnData OwnFacts OwnSettings ParameterValues Picture
  PlannedRun Posterior PosteriorFamily PpcaOptimum PrincipalComponents
  PublishedPoint Purpose Quantity RealLabel Report Results Row RowEstimates
  RowTerms Run RunConfig RunJson RunRules RunsOf Scale Schedule ScriptData
  ScriptLabel Selection Setup Side SignalToNoise Split StepDraws StepSettings
  StepTerms Stream StreamAddress SweptAxis Terms TermsRow TextRow TrainOptions
  TrainRow TrainingConfig TrainingData Unit Units UpperLayer VaeSpec ValueKind
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
