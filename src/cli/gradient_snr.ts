/**
 * `deno task gradient-snr`: how much of the gradients is signal, for finished
 * runs, from their checkpoints.
 *
 * @module
 */

import { z } from "zod";
import { aligned } from "../compare/text_table.ts";
import { type Backend, BACKENDS, openBackend } from "../engine/backend.ts";
import {
  FEWEST_GRADIENT_DRAWS,
  GRADIENT_SNR_COLUMNS,
  type GradientSnrRow,
  gradientSnrRows,
} from "../evaluate/gradient_snr.ts";
import { formatRows } from "../results/csv_file.ts";
import { type FinishedRun, restoreRun } from "../sweep/finished_run.ts";
import { Batches } from "../train/batches.ts";
import { downloadProgress, say } from "./progress.ts";
import {
  readRuns,
  readTaskFlags,
  runTask,
  switches,
  taskHelp,
  writeIntoRun,
} from "./run_task.ts";
import { integer, once, swept, text, word } from "./values.ts";

/** What is measured where nobody asks for anything else. */
const [KS, DRAWS] = [[1, 5, 50], 100] as const;

const MOST = 1_000_000;

const FLAGS = {
  k: ["K,...", `importance samples of the bound (default: ${KS.join(",")})`],
  draws: ["N", `gradients drawn of each kind (default: ${DRAWS})`],
  "data-dir": ["DIR", "where the files of mnist, mnist-fixed, freyface are"],
  backend: ["NAME", `${BACKENDS.join(", ")} (default: auto)`],
} as const;

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  k: once(swept(integer(1, MOST))),
  draws: once(integer(FEWEST_GRADIENT_DRAWS, MOST)),
  "data-dir": once(text()),
  backend: once(word(BACKENDS)),
  ...switches,
});

type Flags = z.output<typeof flagsSchema>;

/** The text of `--help`. */
export function helpText(): string {
  return taskHelp(
    [
      "Measures the signal to noise of the gradients of the importance weighted",
      "bound at the parameters of finished runs, for encoder and decoder, with",
      "the plain, stl and dreg estimators. The data are the minibatch that the",
      "next training step would have.",
      "",
      "Usage: deno task gradient-snr RUN... [FLAGS]",
    ],
    FLAGS,
    ["The table is printed, and written into the run's folder as a CSV file."],
  );
}

/**
 * Runs the command.
 *
 * @throws {UserError} a mistake, said in one line
 */
export async function gradientSnr(args: readonly string[]): Promise<void> {
  const flags = readTaskFlags(args, FLAGS, flagsSchema);
  if (flags.help) return console.log(helpText());
  const runs = await readRuns(flags._);
  const backend = await openBackend(flags.backend ?? "auto");
  if (!flags.quiet) say(backend.notice);
  for (const run of runs) await measure(run, flags, backend);
}

async function measure(
  run: FinishedRun,
  flags: Flags,
  { check }: Backend,
): Promise<void> {
  const { folder, config } = run;
  const { k: ks = [...KS], draws = DRAWS } = flags;
  const { vae, data } = await restoreRun(run, {
    dataDir: flags["data-dir"],
    onProgress: flags.quiet ? undefined : downloadProgress(),
  });
  using _ = vae;
  const { x } = new Batches(data, config).training(config.steps + 1);
  const rows = await gradientSnrRows(vae, x, {
    ks,
    draws,
    seed: config.seed,
    samples: config.samples,
    check,
  });
  const name = `gradient-snr-k${ks.join("-")}-draws${draws}.csv`;
  await writeIntoRun(
    `${folder}/${name}`,
    formatRows(GRADIENT_SNR_COLUMNS, rows, { headers: true }),
  );
  console.log(`${folder}\n${report(rows)}\nwritten: ${name}`);
}

function report(rows: readonly GradientSnrRow[]): string {
  const cells = rows.map((row) => [
    `k ${row.k}`,
    row.gradient,
    row.group,
    withError(row.snr, row.snr_error),
    withError(row.vector_snr_squared, row.vector_snr_squared_error),
  ]);
  const heads = ["", "gradient", "of", "snr", "vector_snr_squared"];
  return aligned([heads, ...cells])
    .map((line) => `  ${line}`).join("\n");
}

function withError(value: number, error: number): string {
  return `${value.toPrecision(3)} +- ${error.toPrecision(1)}`;
}

if (import.meta.main) await runTask(gradientSnr);
