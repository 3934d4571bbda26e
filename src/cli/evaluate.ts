/**
 * `deno task evaluate`: what finished runs are worth, from their checkpoints.
 *
 * @module
 */

import { z } from "zod";
import { aligned } from "../compare/text_table.ts";
import { type Backend, BACKENDS, openBackend } from "../engine/backend.ts";
import {
  describeEngine,
  type EngineDescription,
  ENGINES,
  openDrawEngine,
} from "../engine/open_engine.ts";
import { DRAWS_OBJECTIVE } from "../engine/step_plan.ts";
import {
  ESTIMATORS,
  evaluateVae,
  type Evaluation,
  type EvaluationRequest,
} from "../evaluate/evaluate_vae.ts";
import {
  EVALUATION_SAMPLES,
  evaluationFiles,
} from "../evaluate/evaluation_files.ts";
import { type FinishedRun, restoreRun } from "../sweep/finished_run.ts";
import { downloadProgress, say, stageProgress } from "./progress.ts";
import {
  readRuns,
  readTaskFlags,
  runTask,
  switches,
  taskHelp,
  writeIntoRun,
} from "./run_task.ts";
import { integer, once, swept, text, word } from "./values.ts";

/** Importance samples where nobody asks for another number. */
const K = 5000;

const MOST = 1_000_000;

/** Flags with a value: what stands for it, and what they do. */
const FLAGS = {
  k: ["K", `importance samples of the bound L_k (default: ${K})`],
  rows: ["N", "test rows, from the first (default: all)"],
  samples: [
    "S",
    `draws of z per row in all other terms (default: ${EVALUATION_SAMPLES})`,
  ],
  estimators: [
    "NAME,...",
    "of log p(x): importance, ais, hmc (default: importance)",
  ],
  "data-dir": [
    "DIR",
    "where the files of mnist, mnist-fixed, freyface are",
  ],
  engine: ["NAME", `${ENGINES.join(", ")} (default: auto)`],
  backend: ["NAME", `${BACKENDS.join(", ")} (default: auto)`],
} as const satisfies Record<string, [string, string]>;

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  k: once(integer(1, MOST)),
  rows: once(integer(1)),
  samples: once(integer(1, MOST)),
  estimators: once(swept(word(ESTIMATORS))),
  "data-dir": once(text()),
  engine: once(word(ENGINES)),
  backend: once(word(BACKENDS)),
  ...switches,
});

type Flags = z.output<typeof flagsSchema>;

/** The text of `--help`. */
export function helpText(): string {
  return taskHelp(
    [
      "Evaluates finished runs on their test split, from their last checkpoint.",
      "",
      "Usage: deno task evaluate RUN... [FLAGS]",
      "",
      "RUN is a folder such as results/latent-sweep/glyphs-z2-L1-seed1. Two files",
      `are written into it, such as evaluation-k${K}.csv and`,
      `evaluation-k${K}-units.csv; README says what they hold.`,
    ],
    FLAGS,
    ["ais and hmc run Markov chains, for small latent spaces and few rows."],
  );
}

/**
 * Runs the command.
 *
 * @throws {UserError} a mistake, said in one line
 */
export async function evaluate(args: readonly string[]): Promise<void> {
  const flags = readTaskFlags(args, FLAGS, flagsSchema);
  if (flags.help) return console.log(helpText());
  const runs = await readRuns(flags._);
  const asked = flags.backend ?? "auto";
  const backend = await openBackend(asked);
  if (!flags.quiet) say(backend.notice);
  for (const run of runs) {
    const engine = describeEngine(
      flags.engine ?? "auto",
      { ...run.config, objective: DRAWS_OBJECTIVE },
      { asked, backend },
    );
    const evaluation = await evaluateOne(run, flags, engine, backend);
    console.log(report(run, evaluation, engine));
  }
}

async function evaluateOne(
  run: FinishedRun,
  flags: Flags,
  engine: EngineDescription,
  { check }: Backend,
): Promise<Evaluation> {
  const { folder, json, config } = run;
  const request: EvaluationRequest = {
    k: flags.k ?? K,
    rows: flags.rows ?? null,
    samples: flags.samples ?? EVALUATION_SAMPLES,
    estimators: flags.estimators ?? ["importance"],
  };
  const restored = await restoreRun(run, {
    dataDir: flags["data-dir"],
    onProgress: flags.quiet ? undefined : downloadProgress(),
  });
  using vae = restored.vae;
  using draws = await openDrawEngine(
    engine,
    vae,
    navigator.hardwareConcurrency,
  );
  const evaluation = await evaluateVae(vae, restored.data.test, {
    ...request,
    seed: config.seed,
    check,
    engine: draws,
    onProgress: stageProgress(json.run, "rows", { quiet: flags.quiet }),
  });
  for (const { name, text } of evaluationFiles(evaluation)) {
    await writeIntoRun(`${folder}/${name}`, text);
  }
  return evaluation;
}

/** What is printed of an evaluation. */
function report(
  { folder }: FinishedRun,
  evaluation: Evaluation,
  { name }: EngineDescription,
): string {
  const { request, rows, quantities } = evaluation;
  const table = [...quantities].map(([quantity, { value, error }]) => [
    quantity,
    quantity === "active_units" ? String(value) : value.toFixed(4),
    error === 0 ? "exact" : `+- ${error.toPrecision(2)}`,
  ]);
  const files = evaluationFiles(evaluation).map(({ name }) => name);
  const k = request.estimators.includes("importance")
    ? `, k = ${request.k}`
    : "";
  return [
    `${folder}: ${rows} rows${k}, S = ${request.samples}, engine ${name}`,
    ...aligned(table).map((line) => `  ${line}`),
    `written: ${files.join(", ")}`,
  ].join("\n");
}

if (import.meta.main) await runTask(evaluate);
