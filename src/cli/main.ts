/** An experiment from the command line to its exit code. */

import type { TrainingData } from "../data/load.ts";
import type { DataSource } from "../data/files.ts";
import { type Backend, openBackend } from "../engine/backend.ts";
import type { Engine } from "../engine/engine.ts";
import {
  type Arithmetic,
  checkEngine,
  describeEngine,
  type EngineDescription,
  openEngine,
} from "../engine/open_engine.ts";
import { MachineError, UserError } from "../errors.ts";
import type { Evaluation } from "../evaluate/evaluate_vae.ts";
import type { Vae } from "../model/vae.ts";
import type { Row } from "../results/csv_file.ts";
import type { RunJson } from "../results/run_json.ts";
import {
  lockSha256,
  type Source,
  sourceState,
  versions,
} from "../results/provenance.ts";
import { checkFolder, isFinished } from "../results/run_folder.ts";
import { type Axis, drawFigures } from "../sweep/figures.ts";
import { OpenRun } from "../sweep/open_run.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { Picture } from "../sweep/pictures.ts";
import { readSummary, writeSummary } from "../sweep/summary.ts";
import type { RunConfig } from "../train/config.ts";
import { DivergedError, type Report } from "../train/loop.ts";
import {
  arithmeticFlagsOf,
  arithmeticNotice,
  findArithmetic,
} from "./arithmetic.ts";
import { flagsOf, largestSpec, type Request, requestOf } from "./config.ts";
import { type Defaults, readFlags } from "./flags.ts";
import { helpText } from "./help.ts";
import {
  downloadProgress,
  formatTerms,
  say,
  startProgress,
} from "./progress.ts";
import { taskCommand } from "./task_command.ts";

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
  /** the tfjs backend, which computes all but the steps of other engines */
  readonly backend: Backend;
  /** aborts when the user or the system wants the program to end */
  readonly signal: AbortSignal;
  /** steps between checkpoints */
  readonly checkpointEvery: number;
  /** Opens the engine that trains the model, which outlives it. */
  openEngine(vae: Vae): Promise<Engine & Disposable>;
  /**
   * Opens the run's folder; nothing is written before. Where an earlier
   * process left a checkpoint, the engine goes on from there.
   */
  open(data: TrainingData, engine: Engine): Promise<Results>;
}

/** The results of a run, while they are written. */
export interface Results {
  /**
   * Writes rows of train.csv, a row of eval.csv, or a checkpoint.
   *
   * @param extra more columns of an evaluation, after the others
   */
  record(report: Report, extra?: Row): Promise<void>;
  /** Adds what `evaluateRun` found, as CSV files, to the run's folder. */
  addEvaluation(evaluation: Evaluation | null): Promise<void>;
  /** Adds pictures to the run's folder. */
  addPictures(pictures: readonly Picture[]): Promise<void>;
}

/** Exit codes of the command line. */
const EXIT = { failed: 1, mistake: 2, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs an experiment as a program: reads the flags, trains every run of the
 * sweep with `body`, writes the summary and the figures, and exits.
 *
 * Exit code 0: all runs finished; 1: one failed, or a thread died; 2: the user has something to
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
    if (error instanceof UserError) {
      say(`error: ${error.message}`);
      Deno.exit(EXIT.mistake);
    }
    if (!(error instanceof MachineError)) throw error;
    say(`error: ${error.message}; give the command again to go on`);
    Deno.exit(EXIT.failed);
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
  const revision = await sourceState();
  if (request.requireClean) checkClean(revision);
  const folder = `${request.out}/${name}`;
  for (const { name, config } of request.runs) {
    await checkFolder(`${folder}/${name}`, { ...config });
  }
  await readSummary(folder); // damaged runs of earlier commands
  const arithmetic = findArithmetic(request.arithmetic, name, args);
  const backend = await openBackend(request.backend);
  if (!request.quiet) say(backend.notice);
  const engines = engineOfEach(request, backend, arithmetic);
  const wasm = [...engines.values()].find(({ name }) => name === "wasm");
  if (!request.quiet && wasm !== undefined) {
    say(arithmeticNotice(wasm, THREADS));
  }
  const interrupt = listenForSignals();
  const failures = await trainAll(experiment, body, request, {
    folder,
    backend,
    engines,
    revision,
    versions: versions(),
    lockSha256: await lockSha256(),
    signal: interrupt.signal,
  });
  if (interrupt.signal.aborted) return interrupt.exitCode();
  await drawFigures(folder, shows, experiment.axis, request.runs);
  await experiment.figures?.(folder, request.runs);
  if (interrupt.signal.aborted) return interrupt.exitCode();
  if (!request.quiet) say(`results in ${folder}`);
  return failures === 0 ? 0 : EXIT.failed;
}

/** Of the wasm engine. */
const THREADS = navigator.hardwareConcurrency;

/**
 * The engine that trains each run, by its name.
 *
 * @throws {UserError} it cannot train one of them
 */
function engineOfEach(
  { runs, engine, backend: asked }: Request,
  backend: Backend,
  arithmetic: Arithmetic,
): Map<string, EngineDescription> {
  return new Map(
    runs.map(({ name, config }) => {
      const by = { asked, backend, arithmetic };
      const description = describeEngine(engine, config, by);
      checkEngine(description, largestSpec(config), config);
      return [name, description];
    }),
  );
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

/** @throws {UserError} the source differs from its commit, or has none */
function checkClean({ git: { commit, dirty } }: Source): void {
  if (dirty === false) return;
  throw new UserError(
    commit === null
      ? "--require-clean: the source is in no git repository; clone it"
      : `--require-clean: the source differs from commit ${
        commit.slice(0, 8)
      }; commit or stash the changes that git status shows`,
  );
}

/** What the runs of one command share. */
interface Session {
  readonly folder: string;
  readonly backend: Backend;
  /** what trains each run, by its name */
  readonly engines: ReadonlyMap<string, EngineDescription>;
  readonly revision: Source;
  readonly versions: RunJson["versions"];
  readonly lockSha256: RunJson["lockSha256"];
  readonly signal: AbortSignal;
}

/** Trains the runs one after the other. @returns how many failed */
async function trainAll(
  experiment: Experiment,
  body: (run: Run) => Promise<void>,
  request: Request,
  session: Session,
): Promise<number> {
  const { folder, signal } = session;
  const { fresh, quiet } = request;
  let failures = 0;
  for (const plan of request.runs) {
    if (signal.aborted) break;
    const { name, config } = plan;
    const path = `${folder}/${name}`;
    const by = {
      engine: session.engines.get(name)!,
      backend: session.backend.name,
    };
    if (!fresh && await isFinished(path, config.steps, by)) {
      if (!quiet) say(`${name}  finished before; --fresh runs it again`);
    } else {
      const status = await trainOne(experiment, body, plan, request, session);
      if (status === "failed") failures += 1;
    }
    await writeSummary(folder);
  }
  return failures;
}

/** Trains one run and says how it ended. */
async function trainOne(
  experiment: Experiment,
  body: (run: Run) => Promise<void>,
  plan: PlannedRun,
  request: Request,
  session: Session,
): Promise<RunJson["status"]> {
  const { quiet, fresh, dataDir, checkpointEvery } = request;
  const { folder, backend, revision, signal } = session;
  const { name, config } = plan;
  const engine = session.engines.get(name)!;
  const progress = startProgress(name, config.steps, { quiet });
  const facts = {
    experiment: experiment.name,
    engine,
    backend: { name: backend.name, adapter: backend.adapter },
    versions: session.versions,
    git: revision.git,
    lockSha256: session.lockSha256,
    command: [
      taskCommand(experiment.name, { callsLibraries: "blas" in engine }),
      ...flagsOf(config, experiment.fixed),
      ...["--engine", engine.name, ...arithmeticFlagsOf(engine)],
      ...["--backend", backend.name],
    ].join(" "),
  };
  const onProgress = quiet ? undefined : downloadProgress();

  let opened: OpenRun | undefined;
  try {
    await body({
      name,
      config,
      source: { dataDir, onProgress },
      backend,
      signal,
      checkpointEvery,
      openEngine: (vae) =>
        openEngine(engine, vae, { ...config, backend, threads: THREADS }),
      async open(data, engine) {
        opened = await OpenRun.create({
          path: `${folder}/${name}`,
          plan,
          facts,
          patch: revision.patch,
          sourceSha256: revision.contentSha256,
          fresh,
          data,
          engine,
          onRow: (row) => progress.update(row.step, formatTerms(row)),
        });
        if (opened.resumedFrom > 0 && !quiet) {
          say(`${name}  goes on from step ${opened.resumedFrom}`);
        }
        return opened;
      },
    });
    if (opened === undefined) throw new Error("the body opened no run");
    const status = opened.isFinished ? "finished" : "interrupted";
    await opened.close(status);
    const { lastRow } = opened;
    progress.end(
      lastRow === undefined
        ? status
        : `${status} at step ${lastRow.step}, ${formatTerms(lastRow)}`,
    );
    return status;
  } catch (error) {
    if (opened !== undefined && signal.aborted && error === signal.reason) {
      await opened.close("interrupted");
      progress.end("interrupted in its evaluation");
      return "interrupted";
    }
    if (!(error instanceof DivergedError && opened !== undefined)) {
      await opened?.abandon();
      throw error;
    }
    await opened.close("failed", error.message);
    say(`${name} failed: ${error.message}; its rows are kept`);
    return "failed";
  }
}
