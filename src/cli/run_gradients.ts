/**
 * `deno task gradient-snr`: the signal to noise of the gradients of finished
 * runs, at the parameters of their last checkpoints.
 *
 * @module
 */

import { z } from "zod";
import { aligned } from "../text.ts";
import { REFERENCE } from "../engine/open_engine.ts";
import {
  FEWEST_GRADIENT_DRAWS,
  GRADIENT_SNR_COLUMNS,
  type GradientSnrRow,
  gradientSnrRows,
} from "../evaluate/gradient_signal_to_noise.ts";
import { formatRows } from "../results/csv_text.ts";
import { endOf } from "../results/run_json.ts";
import { Batches } from "../train/batches.ts";
import {
  forEachRun,
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
  writeIntoRun,
} from "./finished_runs.ts";
import { print } from "./progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "./task.ts";
import { once } from "../config/texts.ts";
import { integer, MOST, swept } from "../config/value.ts";

/** Defaults of --k and --draws. */
const [KS, DRAWS] = [[1, 5, 50], 100] as const;

const FLAGS = {
  k: ["K,...", `importance samples of the bound (default: ${KS.join(",")})`],
  draws: ["N", `gradients drawn of each kind (default: ${DRAWS})`],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  k: once(swept(integer(1, MOST))),
  draws: once(integer(FEWEST_GRADIENT_DRAWS, MOST)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Measures the signal to noise of the gradients of the importance weighted",
    "bound at the parameters of finished runs, for encoder and decoder, with",
    "the plain, stl and dreg estimators. The data are the minibatch that the",
    "next training step would have.",
    "",
    "Usage: deno task gradient-snr RUN... [FLAGS]",
  ],
  flags: FLAGS,
  notes: [
    "The table is printed, and written into the run's folder as a CSV file.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function gradientsOfRuns(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  await forEachRun("gradient-snr", flags, {
    engineOf: () => REFERENCE,
    work: (restored) => measure(restored, flags),
  });
}

async function measure(
  { run, vae, data, backend: { check } }: RestoredRun,
  { k: ks = [...KS], draws = DRAWS }: Flags,
): Promise<void> {
  const { folder, config, json } = run;
  const batches = new Batches(data, config);
  const { x, condition } = batches.training(endOf(json).kept + 1);
  const rows = await gradientSnrRows(vae, x, {
    ks,
    draws,
    seed: config.seed,
    samples: config.samples,
    condition,
    check,
  });
  const name = `gradient-snr-k${ks.join("-")}-draws${draws}.csv`;
  print([folder, ...report(rows)]);
  const text = formatRows(GRADIENT_SNR_COLUMNS, rows, { headers: true });
  await writeIntoRun(run, [{ name, text }]);
  print(`written: ${name}`);
}

function report(rows: readonly GradientSnrRow[]): string[] {
  const cells = rows.map((row) => [
    `k ${row.k}`,
    row.gradient,
    row.group,
    withError(row.snr, row.snr_error),
    withError(row.vector_snr_squared, row.vector_snr_squared_error),
  ]);
  const heads = ["", "gradient", "of", "snr", "vector_snr_squared"];
  return aligned([heads, ...cells])
    .map((line) => `  ${line}`);
}

function withError(value: number, error: number): string {
  return `${value.toPrecision(3)} +- ${error.toPrecision(1)}`;
}

if (import.meta.main) await runTask(gradientsOfRuns);
