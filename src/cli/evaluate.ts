/**
 * `deno task evaluate`: what finished runs are worth, from their checkpoints.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { z } from "zod";
import { aligned } from "../compare/text_table.ts";
import { type Backend, BACKENDS, openBackend } from "../engine/backend.ts";
import { UserError } from "../errors.ts";
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
import { writeAtomically } from "../results/files.ts";
import {
  type FinishedRun,
  readFinishedRun,
  restoreRun,
} from "../sweep/finished_run.ts";
import { downloadProgress, say, stageProgress } from "./progress.ts";
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
  backend: ["NAME", `${BACKENDS.join(", ")} (default: auto)`],
} as const satisfies Record<string, [string, string]>;

const SWITCHES = {
  quiet: "print no progress",
  help: "print this",
} as const;

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  k: once(integer(1, MOST)),
  rows: once(integer(1)),
  samples: once(integer(1, MOST)),
  estimators: once(swept(word(ESTIMATORS))),
  "data-dir": once(text()),
  backend: once(word(BACKENDS)),
  quiet: z.boolean(),
  help: z.boolean(),
});

type Flags = z.output<typeof flagsSchema>;

function readFlags(args: readonly string[]): Flags {
  const names = Object.keys(FLAGS);
  const parsed = parseArgs([...args], {
    string: ["_", ...names],
    collect: names,
    boolean: Object.keys(SWITCHES),
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      throw new UserError(`${arg}: no such flag; --help lists them`);
    },
  });
  const result = flagsSchema.safeParse(parsed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const typed = (parsed as Record<string, unknown>)[name];
  throw new UserError(`--${name} ${typed}: ${issue?.message}`);
}

/** The text of `--help`. */
export function helpText(): string {
  const flags = [
    ...Object.entries(FLAGS).map(([name, [value, help]]) => [
      `--${name} ${value}`,
      help,
    ]),
    ...Object.entries(SWITCHES).map(([name, help]) => [`--${name}`, help]),
  ];
  return [
    "Evaluates finished runs on their test split, from their last checkpoint.",
    "",
    "Usage: deno task evaluate RUN... [FLAGS]",
    "",
    "RUN is a folder such as results/latent-sweep/glyphs-z2-L1-seed1. Two files",
    `are written into it, such as evaluation-k${K}.csv and`,
    `evaluation-k${K}-units.csv; README says what they hold.`,
    "",
    ...aligned(flags).map((line) => `  ${line}`),
    "",
    "ais and hmc run Markov chains, for small latent spaces and few rows.",
  ].join("\n");
}

/**
 * Runs the command.
 *
 * @throws {UserError} a mistake, said in one line
 */
export async function evaluate(args: readonly string[]): Promise<void> {
  const flags = readFlags(args);
  if (flags.help) return console.log(helpText());
  if (flags._.length === 0) {
    throw new UserError(
      "no run is named; name a folder such as results/EXPERIMENT/RUN",
    );
  }
  // All of them before the first is evaluated, which takes its time.
  const runs: FinishedRun[] = [];
  for (const path of flags._) runs.push(await readFinishedRun(path));
  const backend = await openBackend(flags.backend ?? "auto");
  if (!flags.quiet) say(backend.notice);
  for (const run of runs) {
    const evaluation = await evaluateOne(run, flags, backend);
    console.log(report(run, evaluation));
  }
}

async function evaluateOne(
  run: FinishedRun,
  flags: Flags,
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
  const evaluation = await evaluateVae(vae, restored.data.test, {
    ...request,
    seed: config.seed,
    check,
    onProgress: stageProgress(json.run, "rows", { quiet: flags.quiet }),
  });
  for (const { name, text } of evaluationFiles(evaluation)) {
    await write(`${folder}/${name}`, text);
  }
  return evaluation;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(path, text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The advice is that for results of experiments.
    const mend = "copy the run to another folder, and evaluate it there";
    throw new UserError(error.message.replace("use another --out DIR", mend));
  }
}

/** What is printed of an evaluation. */
function report({ folder }: FinishedRun, evaluation: Evaluation): string {
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
    `${folder}: ${rows} rows${k}, S = ${request.samples}`,
    ...aligned(table).map((line) => `  ${line}`),
    `written: ${files.join(", ")}`,
  ].join("\n");
}

if (import.meta.main) {
  try {
    await evaluate(Deno.args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    Deno.exitCode = 2;
  }
}
