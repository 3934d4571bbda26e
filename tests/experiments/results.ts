/** Checks of what every run and every experiment must leave behind. */

import { readFinalQuantities } from "../../src/sweep/finished_run.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
} from "@std/assert";
import { spreadColumn } from "../../src/model/likelihood/families.ts";
import { totalLatentDim } from "../../src/model/spec.ts";
import { type Schedule, valueAt } from "../../src/objective/schedule.ts";
import { objectiveLabel } from "../../src/objective/spec.ts";
import { readCsv } from "../../src/results/csv_table.ts";
import { formatFloat32 } from "../../src/results/csv_text.ts";
import { type RunJson, runJsonSchema } from "../../src/results/run_json.ts";
import { latentLabel } from "../../src/sweep/runs.ts";
import { type RunConfig, runConfigSchema } from "../../src/train/config.ts";
import { filesBelow } from "../data/helpers.ts";
import { ROOT, timingOf } from "./command.ts";

/** A CSV file's cells by column: float32, or integers. */
export type Table = readonly Readonly<Record<string, number>>[];

/** A run's files, read and checked. */
export interface CheckedRun {
  readonly json: RunJson;
  readonly config: RunConfig;
  readonly train: Table;
  readonly evaluations: Table;
}

const TRAIN = "step,samples_seen,elbo,reconstruction,kl,learning_rate";
const EVALUATION = "step,samples_seen,elbo,reconstruction,kl";

/** Reads a CSV of numbers; every cell must be the shortest text of a float32. */
export async function readNumbers(
  path: string,
): Promise<{ header: string; rows: Table }> {
  const text = await Deno.readTextFile(path);
  assert(text.endsWith("\n") && !text.includes("\r"), `${path} ends in LF`);
  const [header, ...lines] = text.slice(0, -1).split("\n");
  const names = header!.split(",");
  const rows = lines.map((line) => {
    const cells = line.split(",");
    assertEquals(cells.length, names.length, line);
    return Object.fromEntries(cells.map((cell, i) => {
      const exact = Number(cell);
      if (Number.isSafeInteger(exact)) return [names[i]!, exact];
      const single = Math.fround(exact);
      assertEquals(formatFloat32(single), cell, path);
      return [names[i]!, single];
    }));
  });
  return { header: header!, rows };
}

function checkTerms(rows: Table, { batchSize }: RunConfig): void {
  for (const row of rows) {
    const { step, samples_seen, elbo, reconstruction, kl } = row;
    assertEquals(samples_seen, step! * batchSize);
    assertEquals(elbo, Math.fround(reconstruction! - kl!));
  }
}

/** Reads a finished run's folder, and checks all that every one must keep. */
export async function checkRun(folder: string): Promise<CheckedRun> {
  const json = runJsonSchema.parse(
    JSON.parse(await Deno.readTextFile(`${folder}/run.json`)),
  );
  const config = runConfigSchema.parse(json.config);
  assertEquals(folder.endsWith(`/${json.run}`), true);
  assertEquals([json.status, json.error], ["finished", null]);
  assertEquals(json.streams.seed, config.seed);
  assertEquals(json.data.train, config.trainSize);
  assertEquals(json.data.test, config.testSize);
  assertMatch(json.data.sha256, /^[0-9a-f]{64}$/);
  assertMatch(json.git.commit ?? "0".repeat(40), /^[0-9a-f]{40}$/);
  assert(json.parameters > 0 && !("timing" in json));
  const { started, seconds } = await timingOf(folder);
  assertMatch(started, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert(seconds > 0);

  const train = await readNumbers(`${folder}/train.csv`);
  assert(train.header.startsWith(TRAIN), train.header);
  assertEquals(
    train.rows.map(({ step }) => step!),
    Array.from({ length: config.steps }, (_, i) => i + 1),
  );
  checkTerms(train.rows, config);
  for (const row of train.rows) {
    const scheduled = (schedule: Schedule) =>
      Math.fround(valueAt(schedule, row["step"]!));
    assertEquals(row["learning_rate"], scheduled(config.learningRate));
    assertEquals(row["beta"], scheduled(config.beta));
  }

  const { header, rows } = await readNumbers(`${folder}/eval.csv`);
  const perDimension = Array.from(
    { length: totalLatentDim(config) },
    (_, i) => `kl_${i + 1}`,
  );
  const spread = spreadColumn(config.likelihood);
  const columns = [EVALUATION, ...perDimension, ...spread ? [spread] : []]
    .join();
  assert(header.startsWith(columns), header);
  assertEquals(rows.at(-1)!["step"], config.steps);
  checkTerms(rows, config);
  for (const row of rows) {
    const sum = perDimension.reduce((sum, name) => sum + row[name]!, 0);
    assertAlmostEquals(row["kl"]!, sum, 1e-6 * Math.max(1, Math.abs(sum)));
  }
  await checkEvaluation(folder, config);
  return { json, config, train: train.rows, evaluations: rows };
}

/** Checks the evaluation after the last step, which every run of a test has. */
async function checkEvaluation(
  folder: string,
  { finalEvaluation, latentDim, upper }: RunConfig,
): Promise<void> {
  assert(finalEvaluation !== null);
  const name = `evaluation-k${finalEvaluation.k}-n${finalEvaluation.rows}`;
  const quantities = new Map(
    (await readCsv(`${folder}/${name}.csv`, ["value", "standard_error"]))
      .map((row) => [row["quantity"], Math.fround(Number(row["value"]))]),
  );
  const of = (quantity: string) => quantities.get(quantity)!;
  assertEquals(of("elbo"), Math.fround(of("reconstruction") - of("kl")));
  assertEquals([of("rate"), of("distortion"), of("nll")], [
    of("kl"),
    -of("reconstruction"),
    -of("iwae_bound"),
  ]);
  assertEquals(quantities.has("marginal_kl"), upper === null);
  if (upper === null) {
    assertEquals(
      of("marginal_kl"),
      Math.fround(of("rate") - of("mutual_information")),
    );
  }
  const units = await readNumbers(`${folder}/${name}-units.csv`);
  assertEquals(units.header, "unit,kl,mean_variance,active");
  assertEquals(units.rows.length, latentDim + (upper?.latentDim ?? 0));
  const active = units.rows.filter((row) => row["active"] === 1);
  assertEquals(of("active_units"), active.length);
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Asserts that a run has the pictures of its data, and no others. */
export async function checkPictures(folder: string): Promise<void> {
  const names = await filesBelow(folder);
  const { dataset, latentDim, upper } = (await checkRun(folder)).config;
  const top = upper?.latentDim ?? latentDim;
  const manifold = top === 2 ? ["manifold.png"] : [];
  assertEquals(
    names.filter((name) => name.endsWith(".png")),
    dataset === "linear-gaussian"
      ? []
      : ["data.png", ...manifold, "reconstructions.png", "samples.png"],
  );
}

/**
 * Checks an experiment's folder: summary.csv against the runs, a PNG beside
 * each SVG, and no date, clock or path in what must be the same everywhere.
 */
export async function checkExperiment(
  folder: string,
  runs: readonly string[],
): Promise<void> {
  const files = await filesBelow(folder);
  assertEquals(files.filter((file) => file.includes(".partial")), []);

  const summary = await Deno.readTextFile(`${folder}/summary.csv`);
  const expected = await Promise.all(runs.map(async (name) => {
    const { config } = await checkRun(`${folder}/${name}`);
    const text = await Deno.readTextFile(`${folder}/${name}/eval.csv`);
    const last = text.trimEnd().split("\n").at(-1)!.split(",");
    const { dataset, posterior, samples, seed } = config;
    const objective = objectiveLabel(config.objective);
    const dims = latentLabel(config);
    const final = await readFinalQuantities(`${folder}/${name}`, config);
    const quantities = [
      ...["nll", "active_units", "ess", "pareto_k", "unreliable_share"],
    ]
      .map((quantity) => final?.get(quantity) ?? "");
    return [name, "finished", dataset, posterior, objective, dims, samples]
      .concat(seed, last.slice(0, 5), quantities).join();
  }));
  assertEquals(summary.split("\n"), [
    "run,status,dataset,posterior,objective,latent_dim,samples,seed,step," +
    "samples_seen,test_elbo,test_reconstruction,test_kl,nll,active_units," +
    "ess,pareto_k,unreliable_share",
    ...expected,
    "",
  ]);

  const figures = files.filter((file) => file.endsWith(".svg"));
  assert(figures.length > 0, "no figure");
  for (const figure of figures) {
    assert(files.includes(figure.replace(".svg", ".png")), figure);
  }
  for (const file of files.filter((name) => name.endsWith(".png"))) {
    const bytes = await Deno.readFile(`${folder}/${file}`);
    assertEquals([...bytes.subarray(0, 8)], PNG, file);
  }
  for (const file of files.filter((name) => /\.(csv|svg)$/.test(name))) {
    const text = await Deno.readTextFile(`${folder}/${file}`);
    assert(!/\d{4}-\d\d-\d\d|\d\d:\d\d/.test(text), `${file} has a date`);
    for (const path of [folder, ROOT, Deno.execPath()]) {
      assert(!text.includes(path), `${file} has ${path}`);
    }
  }
}
