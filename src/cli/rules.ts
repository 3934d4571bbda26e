/** Flags that clash: each has an effect, but not beside the other. */

import {
  datasetLabel,
  datasetRow,
  mistakenSize,
  rowsBeforeValidation,
} from "../data/load.ts";
import { likelihoodsOf, VALUE_KIND_TABLE } from "../data/own/range.ts";
import { mistakenFraction } from "../data/validation.ts";
import { UserError } from "../errors.ts";
import { encoderFeatures, type Features, widestOf } from "../model/layers.ts";
import {
  familiesOf,
  familyOf,
  takesMissing,
} from "../model/likelihood/families.ts";
import {
  type LikelihoodSpec,
  parameterShapes,
  POSTERIOR_TABLE,
  totalLatentDim,
  type VaeSpec,
} from "../model/spec.ts";
import { formatSchedule, lengthOf } from "../objective/schedule.ts";
import {
  importanceSamples,
  ofTwoLayers,
  takesTwoLayers,
  traitsOf,
} from "../objective/spec.ts";
import type { RunConfig } from "../train/config.ts";
import { counted } from "../text.ts";
import { vaeSpec } from "../train/create_vae.ts";
import { LAYERS } from "../train/fields/model.ts";
import { evaluatedSteps } from "../train/loop.ts";

/** Why a config cannot be trained, and the remedy; undefined: it can. */
type Rule = (config: RunConfig) => string | undefined;

/** Checks a config before data are loaded. @throws {UserError} flags clash */
export function checkRules(config: RunConfig): void {
  for (const rule of RULES) {
    const reason = rule(config);
    if (reason !== undefined) throw new UserError(reason);
  }
}

const likelihoodFitsData: Rule = (config) => {
  const { family } = config.likelihood;
  const { values } = datasetRow(config);
  const fitting = likelihoodsOf(values);
  if (fitting.includes(family)) return;
  const remedy = values === "reals" && config.own ? ", or --scale 0..1" : "";
  return `--likelihood ${family}: ${datasetLabel(config)} has ` +
    `${VALUE_KIND_TABLE[values].help}; use ${fitting.join(" or ")}${remedy}`;
};

/** Whether it can be of pixels that are 0 or 1, and not of grey levels alone. */
function takesBits(likelihood: LikelihoodSpec): boolean {
  const { support } = familyOf(likelihood);
  return support === "bits" || support === "reals";
}

const gaussianFitsData: Rule = (config) => {
  const { likelihood, objective } = config;
  if (likelihood.family !== "gaussian") return;
  const { variance, mean } = likelihood;
  const { values } = datasetRow(config);
  const dataset = datasetLabel(config);
  if (variance === "optimal" && traitsOf(objective).weights === "importance") {
    return "--decoder-variance optimal: it is the optimum of the mean of log " +
      `p(x|z), not of --objective ${objective.name}'s log of a mean; use ` +
      "learned";
  }
  if (mean === "sigmoid" && values === "reals") {
    return `--decoder-mean ${mean}: ${dataset} has values outside [0, 1]; ` +
      "use linear";
  }
};

const likelihoodTakesMissing: Rule = ({ own, likelihood }) =>
  own?.missing === undefined || takesMissing(likelihood)
    ? undefined
    : `--missing ${own.missing}: --likelihood ${likelihood.family} has no ` +
      "missing values; use another";

const binarisationFits: Rule = (config) => {
  const { binarize, likelihood } = config;
  if (binarize === "none") return;
  const { values } = datasetRow(config);
  if (values === "reals" || values === "unit") {
    const dataset = datasetLabel(config);
    return `--binarize ${binarize}: ${dataset} has no grey levels; use none`;
  }
  if (!takesBits(likelihood)) {
    return `--binarize ${binarize}: --likelihood ${likelihood.family} is of ` +
      `grey levels; use none, or --likelihood ${
        familiesOf(["bits"]).join(" or ")
      }`;
  }
};

const objectiveFitsLayers: Rule = ({ upper, objective }) =>
  upper === null || takesTwoLayers(objective)
    ? undefined
    : `--upper-latent ${upper.latentDim}: --objective ${objective.name} is of ` +
      `one layer of latent variables; use ${ofTwoLayers()}`;

const schedulesFitRun: Rule = (config) => {
  const schedules = {
    "beta": config.beta,
    "free-bits": config.freeBits,
    "capacity": config.capacity,
    "learning-rate": config.learningRate,
  };
  for (const [flag, schedule] of Object.entries(schedules)) {
    if (schedule === null || lengthOf(schedule) <= config.steps) continue;
    return `--${flag} ${formatSchedule(schedule)}: ${
      lengthOf(schedule)
    } steps ` +
      `are more than the run's --steps ${config.steps}; shorten the schedule ` +
      "or lengthen the run";
  }
};

const validationFits: Rule = (config) =>
  mistakenFraction(rowsBeforeValidation(config), config.validationFraction);

/** How often a run of all its steps is evaluated. */
function evaluationCount(config: RunConfig): number {
  const { steps, evalEvery } = config;
  const asked = typeof evalEvery === "number"
    ? Math.floor(steps / evalEvery)
    : evalEvery.filter((step) => step <= steps).length;
  // The last step is evaluated anyway.
  return asked + (evaluatedSteps(config)(steps) ? 0 : 1);
}

/** What depends on evaluations has enough of them to have an effect. */
const evaluationsSuffice: Rule = (config) => {
  const { stopping, keep } = config;
  const count = evaluationCount(config);
  const are = `the run has ${counted(count, "evaluation")} in all`;
  const remedy = "; evaluate more often (--eval-every), or leave it out";
  if (keep === "best" && count < 2) return `--keep best: ${are}${remedy}`;
  // The first has a gain, and after the last there is nothing to leave out.
  if (stopping === undefined || stopping.after + 1 < count) return;
  return `--stop-after ${stopping.after}: ${are}, and would never be ` +
    `stopped${remedy}`;
};

/** The rows of train.csv count samples, in integers that are exact. */
const samplesCount: Rule = ({ steps, batchSize }) =>
  Number.isSafeInteger(steps * batchSize)
    ? undefined
    : `--steps ${steps}: times --batch-size ${batchSize} these are more ` +
      `samples than can be counted; at most ${Number.MAX_SAFE_INTEGER}`;

/** Values that an array of an engine may have: 4 GiB of float32. */
const MOST_VALUES = 2 ** 30;

/**
 * The model that the config asks for, or a larger one, without its data; a
 * conditional one without its y, of a few numbers more.
 */
export function largestSpec(config: RunConfig): VaeSpec {
  return vaeSpec(config, datasetRow(config));
}

/** Hidden layers fit the data, and arrays the engines. */
const modelFits: Rule = (config) => {
  const { samples, evalSamples, batchSize, latentDim, hidden } = config;
  const { upper, posterior } = config;
  const spec = largestSpec(config);
  let features: Features[];
  try {
    features = encoderFeatures(spec);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `--hidden ${LAYERS.write(hidden)}: ${error.message}`;
  }
  const k = importanceSamples(config.objective);
  // A factor of the covariance for each datapoint, and for each draw of z1.
  const { offDiagonals } = POSTERIOR_TABLE[posterior];
  const factor = (d: number) => offDiagonals(d) > 0 ? d ** 2 : 0;
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
    [`--posterior ${posterior} and --latent`]: Math.max(500, batchSize) *
      factor(latentDim),
  };
  const tooLarge = Object.entries(arrays)
    .find(([, values]) => values > MOST_VALUES);
  if (tooLarge === undefined) return;
  const [flags, values] = tooLarge;
  return `${flags}: ${values} values in one array; at most ${MOST_VALUES} fit`;
};

const RULES: readonly Rule[] = [
  mistakenSize,
  samplesCount,
  likelihoodFitsData,
  gaussianFitsData,
  likelihoodTakesMissing,
  binarisationFits,
  objectiveFitsLayers,
  schedulesFitRun,
  validationFits,
  evaluationsSuffice,
  modelFits,
];
