/** An experiment from the command line to its exit code. */

import type { TrainingData } from "../data/load.ts";
import type { DataSource } from "../data/files.ts";
import { type Backend, openBackend } from "../engine/backend.ts";
import { UserError } from "../errors.ts";
import type { Row } from "../results/csv_file.ts";
import { gitState, versions } from "../results/provenance.ts";
import { checkFolder } from "../results/run_folder.ts";
import { type Axis, drawFigures } from "../sweep/figures.ts";
import { OpenRun } from "../sweep/open_run.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { Picture } from "../sweep/pictures.ts";
import { readSummary, writeSummary } from "../sweep/summary.ts";
import type { RunConfig } from "../train/config.ts";
import { DivergedError, type Report, type TrainRow } from "../train/loop.ts";
import { type Request, requestOf } from "./config.ts";
import { type Defaults, helpText, readFlags } from "./flags.ts";
import {
  downloadProgress,
  formatTerms,
  say,
  startProgress,
} from "./progress.ts";
import type { Vae } from "../model/vae.ts";

/** An experiment: what it is called and shows, and how its flags differ. */
export interface Experiment {
  /** of its folder under `--out`, and of its task, `exp:NAME` */
  readonly name: string;
  /** one line for `--help` */
  readonly shows: string;
  /** the swept value along the x axis of the figure of the ELBO's terms */
  readonly axis: Axis;
  /** defaults of its own, as they would be typed */
  readonly defaults?: Defaults;
  /** Draws figures of its own, when all runs are done. */
  readonly figures?: (
    folder: string,
    runs: readonly PlannedRun[],
  ) => Promise<void>;
  /** flags that it sets and that nobody may change, as they would be typed */
  readonly fixed?: Defaults;
}

/** What the body of an experiment has of one run. */
export interface Run {
  /** of its folder */
  readonly name: string;
  /** what its numbers depend on */
  readonly config: RunConfig;
  /** where files of data sets are found */
  readonly source: DataSource;
  /** what computes */
  readonly backend: Backend;
  /** aborts when the user or the system wants the program to end */
  readonly signal: AbortSignal;
  /** Opens the run's folder; nothing is written before. */
  open(data: TrainingData, vae: Vae): Promise<Results>;
}

/** The results of a run, while they are written. */
export interface Results {
  /**
   * Writes rows of train.csv, or a row of eval.csv.
   *
   * @param extra more columns of an evaluation, after the others
   */
  record(report: Report, extra?: Row): Promise<void>;
  /** Adds pictures to the run's folder. */
  addPictures(pictures: readonly Picture[]): Promise<void>;
}

/** Exit codes of the command line. */
const EXIT = { failed: 1, mistake: 2, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs an experiment as a program: reads the flags, trains every run of the
 * sweep with `body`, writes the summary and the figures, and exits.
 *
 * Exit code 0: all runs finished; 1: one failed; 2: the user has something to
 * mend, said in one line on stderr; 130, 143: SIGINT, SIGTERM.
 *
 * @param body trains one run
 */
export async function main(
  experiment: Experiment,
  body: (run: Run) => Promise<void>,
): Promise<never> {
  try {
    Deno.exit(await runExperiment(experiment, body, Deno.args));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    Deno.exit(EXIT.mistake);
  }
}

async function runExperiment(
  experiment: Experiment,
  body: (run: Run) => Promise<void>,
  args: readonly string[],
): Promise<number> {
  const { name, shows, defaults = {}, fixed } = experiment;
  const flags = readFlags(args, defaults, fixed);
  if (flags.help) {
    console.log(helpText({ task: `exp:${name}`, shows }, defaults, fixed));
    return 0;
  }
  const request = requestOf(flags);
  if (flags.list) {
    for (const { name } of request.runs) console.log(name);
    return 0;
  }
  const folder = `${request.out}/${name}`;
  for (const { name, config } of request.runs) {
    await checkFolder(`${folder}/${name}`, { ...config });
  }
  await readSummary(folder); // damaged runs of earlier commands
  const backend = await openBackend(request.backend);
  if (!request.quiet) say(backend.notice);
  const interrupt = listenForSignals();
  const failures = await trainAll(experiment, body, request, {
    folder,
    backend,
    signal: interrupt.signal,
  });
  if (interrupt.signal.aborted) return interrupt.exitCode();
  await drawFigures(folder, shows, experiment.axis, request.runs);
  await experiment.figures?.(folder, request.runs);
  if (!request.quiet) say(`results in ${folder}`);
  return failures === 0 ? 0 : EXIT.failed;
}

/** Aborts at the first signal; the second ends the program at once. */
function listenForSignals() {
  const controller = new AbortController();
  let code = 0;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      if (controller.signal.aborted) Deno.exit(EXIT[name]);
      code = EXIT[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}

/** Trains the runs one after the other. @returns how many failed */
async function trainAll(
  experiment: Experiment,
  body: (run: Run) => Promise<void>,
  { runs, dataDir, quiet }: Request,
  { folder, backend, signal }: {
    folder: string;
    backend: Backend;
    signal: AbortSignal;
  },
): Promise<number> {
  const provenance = { versions: versions(), git: await gitState() };
  const source: DataSource = {
    dataDir,
    onProgress: quiet ? undefined : downloadProgress(),
  };
  let failures = 0;
  for (const plan of runs) {
    if (signal.aborted) break;
    const progress = startProgress(plan.name, plan.config.steps, { quiet });
    let opened: OpenRun | undefined;
    try {
      await body({
        name: plan.name,
        config: plan.config,
        source,
        backend,
        signal,
        async open(data, vae) {
          opened = await OpenRun.create({
            path: `${folder}/${plan.name}`,
            plan,
            experiment: experiment.name,
            backend,
            ...provenance,
            data,
            vae,
            onRow: (row) => progress.update(row.step, formatTerms(row)),
          });
          return opened;
        },
      });
      if (opened === undefined) throw new Error("the body opened no run");
      const status = opened.lastRow?.step === plan.config.steps
        ? "finished"
        : "interrupted";
      const isKept = await opened.close(status);
      progress.end(outcome(status, opened.lastRow, isKept));
    } catch (error) {
      if (!(error instanceof DivergedError && opened !== undefined)) {
        await opened?.discard();
        throw error;
      }
      failures += 1;
      await opened.close("failed", error.message);
      say(`${plan.name} failed: ${error.message}; its rows are kept`);
    }
    await writeSummary(folder);
  }
  return failures;
}

function outcome(
  status: string,
  row: TrainRow | undefined,
  isKept: boolean,
): string {
  const where = row === undefined
    ? ""
    : ` at step ${row.step}, ${formatTerms(row)}`;
  return `${status}${where}` +
    (isKept ? "" : "; the finished run from before stays");
}
