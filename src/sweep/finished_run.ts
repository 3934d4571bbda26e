/** A run that is finished, read back from its folder. */

import { dirname, join } from "node:path";
import type { DataSource } from "../data/files.ts";
import { loadDataset, type TrainingData } from "../data/load.ts";
import { offeredAs } from "../data/own/own.ts";
import { UserError } from "../errors.ts";
import { finalEvaluationName } from "../evaluate/evaluate_run.ts";
import { unless } from "../files.ts";
import { OPTIMIZER_ARRAYS } from "../model/optimizers.ts";
import { type ParameterValues, requireShapes } from "../model/parameters.ts";
import { parameterShapes } from "../model/spec.ts";
import { Vae } from "../model/vae.ts";
import { OBJECTIVE_ARRAYS } from "../objective/spec.ts";
import { readFinalArrays } from "../results/checkpoint.ts";
import { endOf, readRunJson, type RunJson } from "../results/run_json.ts";
import { isFolder } from "../results/run_place.ts";
import { type RunConfig, runConfigSchema } from "../train/config.ts";
import { vaeSpec } from "../train/create_vae.ts";
import { partChanges } from "../train/parts.ts";
import { endColumn, type Evaluated } from "../train/stopping.ts";
import { readCsv, readSteps, type TextRow } from "../results/csv_table.ts";
import { EVAL_COLUMNS } from "../results/columns.ts";

/** What a finished run left. */
export interface FinishedRun {
  /** where it is */
  readonly folder: string;
  /** what it was */
  readonly json: RunJson;
  /** what its numbers depend on */
  readonly config: RunConfig;
  /** the model's parameters */
  readonly parameters: readonly ParameterValues[];
}

/**
 * Reads a run's run.json and the checkpoint of its model.
 *
 * @param path of its folder, EXPERIMENT/RUN
 * @param task that is run, such as `encode`, for messages; absent: none is
 * @throws {UserError} there is no such run, it is not finished, or has no
 *   checkpoint
 */
export async function readFinishedRun(
  path: string,
  task?: string,
): Promise<FinishedRun> {
  const folder = path.replace(/(?<=.)\/+$/, "");
  const json = await recordOf(folder);
  const config = configOf(folder, json, task);
  const arrays = await readFinalArrays(folder, endOf(json).kept);
  if (arrays === null) {
    throw new UserError(
      `${folder} has no checkpoint of step ${endOf(json).kept}, which git ` +
        `does not keep; make the run again: ${commandOf(folder, json)}`,
    );
  }
  const parameters = arrays.filter(({ name }) =>
    ![OPTIMIZER_ARRAYS, OBJECTIVE_ARRAYS].some((own) => name.startsWith(own))
  );
  return { folder, json, config, parameters };
}

/** Where the script of a run was; undefined: a task starts it. */
export function scriptOf(
  folder: string,
  { script }: Pick<RunJson, "script">,
): string | undefined {
  return script?.path === undefined ? undefined : join(folder, script.path);
}

/**
 * Where the user's own data of a run are; undefined: it has none.
 *
 * @throws {UserError} its script alone has them
 */
function ownDataOf(
  folder: string,
  json: RunJson,
  task: string | undefined,
): string | undefined {
  const { name = "", path } = json.data;
  if (path !== undefined) return join(folder, path);
  if (json.config["own"] === undefined) return undefined;
  const offered = offeredAs(name);
  if (offered !== undefined) return offered;
  throw scriptNeeded(folder, json, `data ${name}`, task);
}

/** The refusal of a run whose script alone has what it needs. */
function scriptNeeded(
  folder: string,
  json: RunJson,
  needed: string,
  task: string | undefined,
): UserError {
  const script = scriptOf(folder, json) ?? json.script?.name ?? "SCRIPT.ts";
  return new UserError(
    `${folder}: its script alone has the ${needed}; run that instead: ` +
      `deno run -A ${script}` +
      (task === undefined ? "" : ` ${task} ${folder}`),
  );
}

/**
 * The config of a run.
 *
 * @param task see {@linkcode readFinishedRun}
 * @throws {UserError} it is of another version, or has parts that a script
 *   alone has
 */
export function configOf(
  folder: string,
  json: RunJson,
  task?: string,
): RunConfig {
  const { missing: [part] } = partChanges(json.parts);
  if (part !== undefined) {
    throw scriptNeeded(folder, json, `${part.kind} ${part.name}`, task);
  }
  const config = runConfigSchema.safeParse(json.config);
  if (config.success) return config.data;
  throw new UserError(
    `${folder}/run.json: config.${config.error.issues[0]?.path.join(".")} ` +
      `does not fit this version; remove ${folder}, and make the run again: ` +
      commandOf(folder, json),
  );
}

/** @throws {UserError} there is no finished run */
async function recordOf(folder: string): Promise<RunJson> {
  const isPartial = folder.endsWith(".partial");
  const json = isPartial || !await isFolder(folder)
    ? null
    : await readRunJson(folder);
  if (json === null) {
    if (await isFolder(isPartial ? folder : `${folder}.partial`)) {
      throw new UserError(
        `${folder} is not finished; repeat its experiment's command, ` +
          "which continues it",
      );
    }
    const what = await isFolder(folder) ? "has no run.json" : "is not a folder";
    throw new UserError(
      `${folder} ${what}; name a run, such as results/EXPERIMENT/RUN`,
    );
  }
  if (json.status === "finished") return json;
  throw new UserError(
    `${folder} is not finished: it ${
      json.status === "failed" ? `failed (${json.error})` : "was interrupted"
    }; name a finished run`,
  );
}

/** The command that makes a run again, in its place. */
function commandOf(folder: string, { command }: RunJson): string {
  return `${command} --out ${dirname(dirname(folder))}`;
}

/**
 * The data that a run was trained on, and its model on the current tfjs
 * backend, which the caller frees.
 *
 * @param task see {@linkcode readFinishedRun}
 * @throws {UserError} the data are missing or have changed, or the
 *   checkpoint is not of the model in run.json
 */
export async function restoreRun(
  { folder, json, config, parameters }: FinishedRun,
  source: DataSource = {},
  task?: string,
): Promise<{ data: TrainingData; vae: Vae }> {
  const again = `make the run again: ${commandOf(folder, json)}`;
  const data = await loadDataset(config, {
    ...source,
    data: source.data ?? ownDataOf(folder, json, task),
  });
  if (data.sha256 !== json.data.sha256) {
    const [is, was] = [data.sha256, json.data.sha256].map((hash) =>
      hash.slice(0, 8)
    );
    throw new UserError(
      `the data of ${folder} have changed: their SHA-256 is ${is}, not ` +
        `${was}; ${again}`,
    );
  }
  const spec = vaeSpec(config, data);
  try {
    requireShapes(parameterShapes(spec), parameters);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      `the checkpoint of ${folder} does not fit its run.json: ` +
        `${error.message}; ${again}`,
    );
  }
  return { data, vae: new Vae(spec, parameters) };
}

/**
 * The rows of a run's eval.csv, as texts by column; none where the run failed
 * before its first evaluation.
 *
 * @throws {UserError} a row lacks a number, or steps do not rise
 */
export async function readEvaluations(folder: string): Promise<TextRow[]> {
  return await readSteps(`${folder}/eval.csv`, EVAL_COLUMNS);
}

/** Evaluations as the end of a run depends on them, from rows of eval.csv. */
export function evaluatedOf(
  rows: readonly TextRow[],
  config: Pick<RunConfig, "validationFraction">,
): Evaluated[] {
  const column = endColumn(config);
  return rows.map((row) => ({
    step: Number(row["step"]),
    elbo: Math.fround(Number(row[column])),
  }));
}

/** The row of eval.csv that is of a run's model; of a failed run the last. */
export function keptRow(
  rows: readonly TextRow[],
  json: Pick<RunJson, "ended" | "config">,
): TextRow | undefined {
  const { kept } = endOf(json);
  return rows.find(({ step }) => Number(step) === kept) ?? rows.at(-1);
}

/**
 * The quantities of the evaluation of the model that a run's config
 * asks for, as texts of its file; null: it asks for none, or there is no file.
 */
export async function readFinalQuantities(
  folder: string,
  { finalEvaluation }: Pick<RunConfig, "finalEvaluation">,
): Promise<ReadonlyMap<string, string> | null> {
  if (finalEvaluation === null) return null;
  const reads = readCsv(
    `${folder}/${finalEvaluationName(finalEvaluation)}.csv`,
    ["value"],
  );
  const rows = await unless(["ENOENT"], reads);
  return rows && new Map(
    rows.map(({ quantity, value }) => [quantity ?? "", value!]),
  );
}
