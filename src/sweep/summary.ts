/** summary.csv: one row per run of an experiment's folder. */

import { objectiveLabel } from "../objective/spec.ts";
import { formatRows, type Row } from "../results/csv_file.ts";
import { writeAtomically } from "../results/files.ts";
import { readRunJson } from "../results/run_json.ts";
import { runConfigSchema } from "../train/config.ts";
import { UserError } from "../errors.ts";
import { readEvaluations } from "./finished_run.ts";
import { latentLabel, type PlannedRun } from "./runs.ts";

const COLUMNS = [
  "run",
  "status",
  "dataset",
  "posterior",
  "objective",
  "latent_dim",
  "samples",
  "seed",
  "step",
  "samples_seen",
  "test_elbo",
  "test_reconstruction",
  "test_kl",
] as const;

async function summaryRow(folder: string): Promise<Row | null> {
  const run = await readRunJson(folder);
  if (run === null) return null;
  const config = runConfigSchema.safeParse(run.config);
  if (!config.success) {
    throw new UserError(
      `${folder}/run.json: config.${config.error.issues[0]?.path.join(".")} ` +
        "is not of this version; remove the folder or use another --out DIR",
    );
  }
  const { dataset, posterior, objective, samples, seed } = config.data;
  const last = (await readEvaluations(folder)).at(-1);
  return {
    run: run.run,
    status: run.status,
    dataset,
    posterior,
    objective: objectiveLabel(objective),
    latent_dim: latentLabel(config.data),
    samples,
    seed,
    step: last?.["step"] ?? "",
    samples_seen: last?.["samples_seen"] ?? "",
    test_elbo: last?.["elbo"] ?? "",
    test_reconstruction: last?.["reconstruction"] ?? "",
    test_kl: last?.["kl"] ?? "",
  };
}

const collator = new Intl.Collator("en", { numeric: true });

/**
 * Writes `summary.csv` from all runs in the folder of an experiment, those of
 * earlier commands too: what evaluations said last, by run name.
 */
export async function writeSummary(experimentFolder: string): Promise<void> {
  const rows = await readSummary(experimentFolder);
  await writeAtomically(
    `${experimentFolder}/summary.csv`,
    formatRows(COLUMNS, rows, { headers: true }),
  );
}

/**
 * The rows of `summary.csv`, from the runs; none where there is no folder yet.
 *
 * @throws {UserError} a run is damaged
 */
export async function readSummary(experimentFolder: string): Promise<Row[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(experimentFolder)) {
      if (entry.isDirectory && !entry.name.endsWith(".partial")) {
        names.push(entry.name);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  names.sort(collator.compare);
  const rows: Row[] = [];
  for (const name of names) {
    const row = await summaryRow(`${experimentFolder}/${name}`);
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** The runs that took their places, finished or failed, in their order. */
export async function completeRuns(
  experimentFolder: string,
  runs: readonly PlannedRun[],
): Promise<PlannedRun[]> {
  const complete: PlannedRun[] = [];
  for (const run of runs) {
    const json = await readRunJson(`${experimentFolder}/${run.name}`);
    if (json !== null) complete.push(run);
  }
  return complete;
}
