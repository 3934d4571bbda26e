/** summary.csv: one row per run of an experiment's folder. */

import { createHash } from "node:crypto";
import { datasetLabel } from "../data/load.ts";
import type { Quantity } from "../evaluate/evaluate_vae.ts";
import { objectiveLabel } from "../objective/spec.ts";
import { formatRows, type Row } from "../results/csv_text.ts";
import { writeAtomically } from "../results/files.ts";
import { endOf } from "../results/run_json.ts";
import {
  keptRow,
  readEvaluations,
  readFinalQuantities,
} from "./finished_run.ts";
import { latentLabel } from "./runs.ts";
import { columnOf, settingsOf, varying } from "../train/settings.ts";
import { testChose } from "../train/stopping.ts";
import type { StoredRun } from "./stored_runs.ts";

const FINAL_QUANTITIES = [
  "nll",
  "active_units",
  "ess",
  "pareto_k",
  "unreliable_share",
] as const satisfies readonly Quantity[];

/** Settings of runs that have columns anyway, some of them in other words. */
const ALWAYS = [
  "dataset",
  "posterior",
  "objective",
  "latent_dim",
  "samples",
  "seed",
] as const;

/** Of the evaluation after the step that is kept, and of that of the model. */
const FOUND = [
  "step",
  "samples_seen",
  "test_elbo",
  "test_reconstruction",
  "test_kl",
  // of the evaluation of the trained model, as its file names them
  ...FINAL_QUANTITIES,
] as const;

/** Where training ended, if a rule said it of one of the runs. */
const LAST_STEP = "last_step";

/** What chose the state that is the model, if the test split did for a run. */
const CHOSEN_BY = "chosen_by";

/** Characters of a setting; of longer ones a part stands, and a hash. */
const LONGEST = 100;

function settingCell(text = ""): string {
  if (text.length <= LONGEST) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${text.slice(0, LONGEST - 12)}...${hash}`;
}

/** Whether the test split chose which state of a run is its model. */
const isChosenByTest = ({ json }: Pick<StoredRun, "json">) =>
  json.status === "finished" && testChose(endOf(json), json.config);

async function summaryRow(
  { name, folder, json, config }: StoredRun,
  varied: readonly string[],
) {
  const { posterior, objective, samples, seed } = config;
  const settings = settingsOf(config);
  const kept = keptRow(await readEvaluations(folder), json);
  const final = await readFinalQuantities(folder, config);
  return {
    run: name,
    status: json.status,
    dataset: datasetLabel(config),
    posterior,
    objective: objectiveLabel(objective),
    latent_dim: latentLabel(config),
    samples,
    seed,
    ...Object.fromEntries(
      varied.map((flag) => [columnOf(flag), settingCell(settings.get(flag))]),
    ),
    step: kept?.["step"] ?? "",
    [LAST_STEP]: json.status === "finished" ? endOf(json).step : "",
    [CHOSEN_BY]: isChosenByTest({ json }) ? "test split" : "",
    samples_seen: kept?.["samples_seen"] ?? "",
    test_elbo: kept?.["elbo"] ?? "",
    test_reconstruction: kept?.["reconstruction"] ?? "",
    test_kl: kept?.["kl"] ?? "",
    ...Object.fromEntries(
      FINAL_QUANTITIES.map((name) => [name, final?.get(name) ?? ""]),
    ),
  };
}

/**
 * The text of `summary.csv`: every setting that varies among the runs, and what
 * evaluations said of its model, by run name. Of a run without the evaluation of its
 * trained model these quantities are empty.
 *
 * @throws {UserError} a run is damaged
 */
export async function summaryOf(runs: readonly StoredRun[]): Promise<string> {
  const rows: Row[] = [];
  const always: readonly string[] = ALWAYS;
  const varied = varying(runs)
    .filter((flag) => !always.includes(columnOf(flag)));
  for (const run of runs) rows.push(await summaryRow(run, varied));
  const columns = [
    "run",
    "status",
    ...ALWAYS,
    ...varied.map(columnOf),
    ...FOUND,
    ...runs.some(({ json }) => json.ended) ? [LAST_STEP] : [],
    ...runs.some(isChosenByTest) ? [CHOSEN_BY] : [],
  ];
  return formatRows(columns, rows, { headers: true });
}

/** Writes `summary.csv` of the runs in the folder of their experiment. */
export async function writeSummary(
  experiment: string,
  runs: readonly StoredRun[],
): Promise<void> {
  if (runs.length === 0) return; // perhaps there is no folder yet
  await writeAtomically(`${experiment}/summary.csv`, await summaryOf(runs));
}
