/**
 * `deno task evaluate`: how good finished runs are, from their checkpoints.
 *
 * @module
 */

import { z } from "zod";
import { aligned } from "../text.ts";
import {
  describeEngine,
  type EngineDescription,
  ENGINES,
} from "../engine/open_engine.ts";
import { DRAWS_OBJECTIVE } from "../engine/step_plan.ts";
import { UserError } from "../errors.ts";
import {
  type Estimator,
  ESTIMATORS,
  evaluateVae,
  type Evaluation,
  type EvaluationRequest,
  hasWeights,
  type Quantity,
} from "../evaluate/evaluate_vae.ts";
import { MOST_ADAPTED_DIMS } from "../evaluate/adapted_importance.ts";
import { RELIABLE_PARETO_K } from "../evaluate/importance_weights.ts";
import {
  EVALUATION_SAMPLES,
  evaluationFiles,
  openSavedRows,
} from "../evaluate/evaluate_run.ts";
import { isSaturated } from "../evaluate/mutual_information.ts";
import { MOST_FITTED_DIMS } from "../inference/hmc_log_likelihood.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { FinishedRun } from "../sweep/finished_run.ts";
import {
  EVALUATING,
  forEachRun,
  REMEDY,
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
  writeIntoRun,
} from "./finished_runs.ts";
import { print, stageProgress } from "./progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "./task.ts";
import { once } from "../config/texts.ts";
import { integer, MOST, swept, word } from "../config/value.ts";

/** The default number of importance samples. */
const K = 5000;

const FLAGS = {
  k: ["K", `importance samples of the bound L_k (default: ${K})`],
  rows: ["N", "test rows, from the first (default: all)"],
  samples: [
    "S",
    `draws of z per row in all other terms (default: ${EVALUATION_SAMPLES})`,
  ],
  estimators: [
    "NAME,...",
    `of log p(x): ${ESTIMATORS.join(", ")} (default: importance)`,
  ],
  engine: ["NAME", `${ENGINES.join(", ")} (default: the run's own)`],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  k: once(integer(1, MOST)),
  rows: once(integer(1)),
  samples: once(integer(1, MOST)),
  estimators: once(swept(word(ESTIMATORS))),
  engine: once(word(ENGINES)),
});

type Flags = z.output<typeof flagsSchema>;

export const EVALUATE: Task<Flags> = {
  usage: [
    "Evaluates finished runs on their test split, from their last checkpoint.",
    "",
    "Usage: deno task evaluate RUN... [FLAGS]",
    "",
    "RUN is a folder such as results/latent-sweep/glyphs-z2-L1-seed1. Two files",
    `are written into it, such as evaluation-k${K}.csv and`,
    `evaluation-k${K}-units.csv; results/README.md describes them. A file that`,
    "exists with other content is left as it is. An evaluation that was ended",
    "early goes on where it was when the command is repeated.",
  ],
  flags: FLAGS,
  notes: [
    "ais and hmc run Markov chains, for small latent spaces and few rows.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function evaluate(args: readonly string[]): Promise<void> {
  const flags = readTask(args, EVALUATE);
  if (flags === null) return;
  const request: EvaluationRequest = {
    k: flags.k ?? K,
    rows: flags.rows ?? null,
    samples: flags.samples ?? EVALUATION_SAMPLES,
    estimators: flags.estimators ?? ["importance"],
  };
  if (flags.k !== undefined && !request.estimators.some(hasWeights)) {
    throw new UserError(
      `--k ${flags.k}: only the estimators importance and adapted have ` +
        "samples of that kind; add one to --estimators, or leave --k out",
    );
  }
  await forEachRun("evaluate", flags, {
    check: (run) => requireFit(run, request),
    engineOf({ json, config }, backend) {
      const { name } = flags.engine === undefined
        ? json.engine
        : describeEngine(
          flags.engine,
          { ...config, objective: DRAWS_OBJECTIVE },
          { asked: flags.backend ?? "auto", backend },
        );
      return EVALUATING[name];
    },
    work: (restored) => evaluateOne(restored, request, flags),
  });
}

/** So small a share of rows with heavy tails is not worth a warning. */
const FEW_ROWS = 0.05;

/** The most latent dimensions, of estimators that fit a Gaussian to draws. */
const MOST_DIMS: Partial<Record<Estimator, number>> = {
  adapted: MOST_ADAPTED_DIMS,
  hmc: MOST_FITTED_DIMS,
};

/** @throws {UserError} a run cannot be evaluated as requested */
function requireFit(
  { folder, json, config }: FinishedRun,
  { rows, estimators }: EvaluationRequest,
): void {
  const { test } = json.data;
  if (rows !== null && rows > test) {
    throw new UserError(
      `--rows ${rows}: ${folder} has a test split of ${test} rows; leave ` +
        "--rows out for all of them",
    );
  }
  const width = totalLatentDim(config);
  for (const [estimator, most] of Object.entries(MOST_DIMS)) {
    if (!estimators.some((name) => name === estimator) || width <= most) {
      continue;
    }
    throw new UserError(
      `--estimators ${estimator}: it takes at most ${most} latent ` +
        `dimensions, and ${folder} has ${width}; take importance or ais`,
    );
  }
}

async function evaluateOne(
  { run, vae, data, backend, engine, draws }: RestoredRun,
  request: EvaluationRequest,
  flags: Flags,
): Promise<void> {
  const { json, config, folder } = run;
  const saved = await openSavedRows(folder, vae, {
    ...{ config, request, engine, remedy: REMEDY },
  });
  const evaluation = await evaluateVae(vae, data.test, {
    ...request,
    saved,
    seed: config.seed,
    check: backend.check,
    engine: draws,
    onProgress: stageProgress(json.run, "rows", { quiet: flags.quiet }),
  });
  const files = evaluationFiles(evaluation);
  print(report(run, evaluation, engine));
  await writeIntoRun(run, files);
  await saved.remove();
  print(`written: ${files.map(({ name }) => name).join(", ")}`);
}

/** What is printed of an evaluation. */
function report(
  { folder }: FinishedRun,
  evaluation: Evaluation,
  { name }: EngineDescription,
): string[] {
  const { request, rows, quantities } = evaluation;
  const table = [...quantities].map(([quantity, { value, error }]) => [
    quantity,
    quantity === "active_units" ? String(value) : value.toFixed(4),
    errorText(error) +
    (quantity === "mutual_information" && isSaturated(value, rows)
      ? `, saturated: at most log ${rows} = ${Math.log(rows).toFixed(4)}`
      : "") +
    warningOf(quantity, quantities),
  ]);
  const k = request.estimators.some(hasWeights) ? `, k = ${request.k}` : "";
  return [
    `${folder}: ${rows} rows${k}, S = ${request.samples}, engine ${name}`,
    ...aligned(table).map((line) => `  ${line}`),
  ];
}

/** The share of rows whose tail of weights says that an estimate is too low. */
const SHARES: Partial<Record<Quantity, Quantity>> = {
  iwae_bound: "unreliable_share",
  nll: "unreliable_share",
  bits_per_dim: "unreliable_share",
  nll_active_units: "unreliable_share_active_units",
  nll_adapted: "unreliable_share_adapted",
};

/** The standard error, where it is known. */
function errorText(error: number): string {
  if (Number.isNaN(error)) return "";
  return error === 0 ? "exact" : `+- ${error.toPrecision(2)}`;
}

/** What is said where the error hides that rows' weights have a heavy tail. */
function warningOf(
  quantity: Quantity,
  quantities: Evaluation["quantities"],
): string {
  const of = SHARES[quantity];
  const share = of === undefined ? undefined : quantities.get(of)?.value;
  if (share === undefined || share <= FEW_ROWS) return "";
  return Number.isNaN(share)
    ? ", k-hat is not known: it takes 21 draws"
    : `, unreliable: k-hat is above ${RELIABLE_PARETO_K} in ` +
      `${(100 * share).toFixed(0)} % of rows`;
}

if (import.meta.main) await runTask(evaluate);
