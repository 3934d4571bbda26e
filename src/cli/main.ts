/** An experiment from the command line to its exit code. */

import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import type { DatasetSource, TrainingData } from "../data/load.ts";
import { offer, openOwn, type OwnData, settingsOf } from "../data/own/own.ts";
import { type Backend, findBackend } from "../engine/backend.ts";
import type { Engine, EngineState } from "../engine/engine.ts";
import { type EngineDescription, openEngine } from "../engine/open_engine.ts";
import { WebGpuEngine } from "../engine/webgpu/webgpu_engine.ts";
import { MachineError, UserError } from "../errors.ts";
import type { Evaluation } from "../evaluate/evaluate_vae.ts";
import type { Vae } from "../model/vae.ts";
import type { Row } from "../results/csv_text.ts";
import type { RunJson } from "../results/run_json.ts";
import {
  checkClean,
  computedNotice,
  lockSha256,
  sourceState,
  versions,
} from "../results/provenance.ts";
import { identityOf } from "../results/identity.ts";
import { greyNote } from "../data/own/notes.ts";
import { checkFolder } from "../results/run_folder.ts";
import { cleanUp } from "../results/run_place.ts";
import { OpenRun } from "../sweep/open_run.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { Picture } from "../sweep/pictures.ts";
import { requireSetting, typedSettings } from "../train/settings.ts";
import { shorterRuns } from "../sweep/shorter_runs.ts";
import { summaryOf } from "../sweep/summary.ts";
import type { RunConfig } from "../train/config.ts";
import { DivergedError, type Report } from "../train/loop.ts";
import { addParts, type Parts } from "../train/parts.ts";
import { type Evaluated, testChose } from "../train/stopping.ts";
import { inCell, runsBeside } from "./cell.ts";
import { checkListed } from "./cluster/sweep_file.ts";
import { deriveResults, type FigureRules, nameMissing } from "./gather.ts";
import { helpText } from "./help.ts";
import { jobsOf, threadsNotice, threadsOf, trainAll } from "./jobs.ts";
import type { RunContext, Session, TrainRun } from "./session.ts";
import { fromProject, standWithUser } from "./place.ts";
import { formatTerms, print, say } from "./progress.ts";
import { type FlagRules, readFlags } from "./read_flags.ts";
import {
  derivedHelp,
  flagsOf,
  type Request,
  requestOf,
  type RunRules,
} from "./request.ts";
import { engineOfEach, referenceNotice } from "./run_engines.ts";
import { listRuns } from "./list.ts";
import { listenForSignals } from "./signals.ts";
import { commandLine, hasTask, startOf } from "./task_command.ts";
import { TileChoice } from "./tile_choice.ts";
import { taskOf } from "./tasks.ts";
import { serveRuns } from "./worker.ts";

/** An experiment: what it is called and shows, and how its flags differ. */
export interface Experiment extends FlagRules, RunRules, FigureRules {
  /** of its folder under `--out`, and of its task, `exp:NAME` */
  readonly name: string;
  /** data of its own, from `dataset`; `--dataset` and `--data` are then none */
  readonly data?: OwnData;
  /** likelihoods, objectives, data sets and activations of its own */
  readonly parts?: Parts;
  /**
   * Compares runs with what was published, for `--check`, and says what is
   * not as published, a line each; none: everything that is decided agrees.
   */
  readonly check?: (
    runs: { readonly folder: string; readonly names: ReadonlySet<string> },
  ) => Promise<string[]>;
}

/** One run, as the body of an experiment gets it. */
export interface Run {
  /** of its folder */
  readonly name: string;
  /** what its numbers depend on */
  readonly config: RunConfig;
  /** where data sets come from */
  readonly source: DatasetSource;
  /** the tfjs backend, which computes all but the steps of other engines */
  readonly backend: Backend;
  /** what trains the run, and evaluates it at its end */
  readonly engine: EngineDescription;
  /** threads of the wasm engine: the run's share of the cores */
  readonly threads: number;
  /** aborts when the user or the system wants the program to end */
  readonly signal: AbortSignal;
  /** steps between checkpoints */
  readonly checkpointEvery: number;
  /** the evaluations so far, of processes before this one, too */
  readonly evaluated: readonly Evaluated[];
  /** The state after one of them that is kept: `open` comes before. */
  stateAt(step: number): Promise<EngineState>;
  /** where it is written until it is complete; undefined before `open` */
  readonly folder: string | undefined;
  /** Opens the engine that trains the model, which outlives it. */
  openEngine(vae: Vae): Promise<Engine & Disposable>;
  /**
   * Opens the run's folder; nothing is written before. Where an earlier
   * process left a checkpoint, the engine continues from there.
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
  /**
   * mean of the ELBO over the minibatches since the last evaluation, each at
   * the parameters before its update; nats per datapoint
   */
  readonly minibatchElbo: number;
  /** Adds what `evaluateRun` found, as CSV files, to the run's folder. */
  addEvaluation(evaluation: Evaluation | null): Promise<void>;
  /** Adds pictures to the run's folder. */
  addPictures(pictures: readonly Picture[]): Promise<void>;
}

/** Exit codes of the command line. */
const EXIT = { failed: 1, mistake: 2 } as const;

/**
 * Runs an experiment as a program: reads the flags, trains every run of the
 * sweep with `body`, writes the summary and the figures, and exits. Workers
 * that train runs side by side start the program again, up to here.
 *
 * A command line that begins with the name of a task on runs, such as `evaluate`
 * or `reproduce`, is that task, which so knows the script's own parts.
 *
 * Exit code 0: all runs finished; 1: one failed, or a thread or the GPU's device
 * was lost; 2: a mistake in the command, named in one line on stderr; 130 and
 * 143: SIGINT and SIGTERM.
 *
 * @param body trains one run
 */
export async function main(
  { data, parts = {}, ...rest }: Experiment,
  body: (run: Run) => Promise<void>,
): Promise<never> {
  const experiment = data === undefined
    ? rest
    : { ...rest, fixed: { ...rest.fixed, data: offer(data) } };
  const train: TrainRun = (plan, session, means) =>
    trainOne(experiment, body, plan, session, means);
  try {
    addParts(parts);
    if (!isMainThread) return await serveRuns(train);
    await standWithUser();
    const task = taskOf(Deno.args, {
      experiment: experiment.name,
      request: (args) => requestOf(readFlags(args, experiment), experiment),
    });
    Deno.exit(
      await task?.() ?? await runExperiment(experiment, train, Deno.args),
    );
  } catch (error) {
    if (error instanceof UserError) {
      say(`error: ${error.message}`);
      Deno.exit(EXIT.mistake);
    }
    if (!(error instanceof MachineError)) throw error;
    say(`error: ${error.message}; repeat the command to continue`);
    Deno.exit(EXIT.failed);
  }
}

async function runExperiment(
  experiment: Experiment,
  train: TrainRun,
  args: readonly string[],
): Promise<number> {
  const { name, shows, fixed } = experiment;
  const command = readFlags(args, experiment);
  if (command.switches.help) {
    const defaults = { ...derivedHelp(experiment), ...command.defaults };
    print(helpText({ command: startOf(name), shows }, defaults, fixed));
    return 0;
  }
  const whole = requestOf(command, experiment);
  if (whole.sweepFile !== undefined) {
    await checkListed(whole.sweepFile, whole.runs);
  }
  const request = inCell(whole);
  if (request.check && experiment.check === undefined) {
    throw new UserError(`--check: exp:${name} has no published targets`);
  }
  const { axis } = experiment;
  if (axis !== undefined) requireSetting(axis, "the experiment's axis");
  const folder = `${request.out}/${name}`;
  if (command.switches.list) {
    await listRuns(request, name, folder, command.switches.json);
    return 0;
  }
  const own = ownDataOf(request);
  if (!request.quiet && own !== undefined) {
    const taken = request.runs
      .flatMap(({ config }) => greyNote(config, own.range) ?? []);
    new Set([...own.notes, ...taken]).forEach(say);
  }
  if (request.gather) return await gather(experiment, request, folder);
  const revision = await sourceState();
  if (request.requireClean) checkClean(revision);
  if (!request.quiet && revision.loadsComputed) say(computedNotice(revision));
  const source = identityOf(revision);
  for (const { name, config } of request.runs) {
    const path = `${folder}/${name}`;
    await cleanUp(path);
    await checkFolder(path, { ...config }, {
      source: request.fresh ? undefined : source,
      flagsOf: typedSettings,
    });
  }
  const isCell = request.cell !== undefined;
  const stored = await runsBeside(request, folder);
  if (!isCell) await summaryOf(stored);
  const backend = await findBackend(request.backend);
  if (!request.quiet) say(backend.notice);
  const tiles = new TileChoice(request, folder, backend);
  const engines = await engineOfEach(request, backend, tiles);
  const slower = referenceNotice(request, backend, engines);
  if (!request.quiet && slower !== null) say(slower);
  const wasm = [...engines.values()].find(({ name }) => name === "wasm");
  const jobs = jobsOf(request, backend);
  if (!request.quiet && wasm !== undefined) {
    say(threadsNotice(jobs));
  }
  if (!request.quiet) tiles.notices().forEach(say);
  const interrupt = listenForSignals();
  const session = {
    main: Deno.mainModule,
    request,
    folder,
    backend: backend.name,
    engines,
    shorter: await shorterRuns(folder, request.runs, stored),
    files: own?.files.length
      ? { path: request.data!, names: own.files }
      : undefined,
    jobs,
    revision,
    versions: versions(),
    lockSha256: await lockSha256(),
  };
  const failures = await trainAll(train, session, backend, interrupt.signal);
  if (interrupt.signal.aborted) return interrupt.exitCode();
  const off = isCell ? 0 : (await complete(experiment, request, folder)).off;
  if (interrupt.signal.aborted) return interrupt.exitCode();
  if (!request.quiet) say(`results in ${folder}`);
  return failures + off === 0 ? 0 : EXIT.failed;
}

/**
 * Writes the summary and the figures, and compares with what was published.
 *
 * @param count also counts the runs that are not finished, and names them
 * @returns how much is not as it should be, which is said; whether there is any
 *   of the runs
 */
async function complete(
  experiment: Experiment,
  { runs, swept, check }: Request,
  folder: string,
  { count = false } = {},
): Promise<{ readonly off: number; readonly isAny: boolean }> {
  const names = await deriveResults(experiment, folder, { runs, swept });
  const missing = count ? await nameMissing(folder, runs) : 0;
  const off = check ? await experiment.check!({ folder, names }) : [];
  for (const line of off) say(line);
  return { off: missing + off.length, isAny: names.size > 0 };
}

/** The stage of an array after its cells. */
async function gather(
  experiment: Experiment,
  request: Request,
  folder: string,
): Promise<number> {
  for (const { name, config } of request.runs) {
    await checkFolder(`${folder}/${name}`, { ...config }, {
      flagsOf: typedSettings,
    });
  }
  const { off, isAny } = await complete(experiment, request, folder, {
    count: true,
  });
  if (!request.quiet && isAny) say(`results in ${folder}`);
  return off === 0 ? 0 : EXIT.failed;
}

/** The user's own data, which all runs of a command share. */
function ownDataOf({ data, runs }: Request): OwnData | undefined {
  const { own, dataSeed } = runs[0]!.config;
  return data === undefined || own === undefined
    ? undefined
    : openOwn(data, { ...settingsOf(own), seed: dataSeed });
}

/** Path of the script, where the toolkit has no task that starts it. */
function scriptOf(experiment: string, main: string): string | undefined {
  return hasTask(experiment, main) || !main.startsWith("file:")
    ? undefined
    : fileURLToPath(main);
}

/** Says where a run does not start at its beginning, or could have. */
function sayStart(
  name: string,
  { resumedFrom, shorter }: OpenRun,
  say: (line: string) => void,
): void {
  if (shorter !== null && shorter.why !== null && resumedFrom === 0) {
    say(`${name}  does not go on from ${shorter.name}: ${shorter.why}`);
  }
  if (resumedFrom === 0) return;
  const of = shorter?.why === null ? ` of ${shorter.name}` : "";
  say(`${name}  continues from step ${resumedFrom}${of}`);
}

/** How a finished run ended, in a few words. */
function endText({ step, kept }: OpenRun["ended"], { steps }: RunConfig) {
  return (step < steps ? `stopped at step ${step} of ${steps}` : "finished") +
    (kept < step ? `, with the state of step ${kept},` : "");
}

/** Trains one run and says how it ended. */
async function trainOne(
  experiment: Experiment,
  body: (run: Run) => Promise<void>,
  plan: PlannedRun,
  session: Session,
  { backend, slot, source, signal, progress, say }: RunContext,
): Promise<RunJson["status"]> {
  const { main, request, folder, files, engines, jobs, revision } = session;
  const { versions, lockSha256 } = session;
  const { quiet, fresh, checkpointEvery } = request;
  const { name, config } = plan;
  const engine = engines.get(name)!;
  const facts = {
    experiment: experiment.name,
    engine,
    backend: { name: backend.name, adapter: backend.adapter },
    versions,
    lockSha256,
    command: commandLine(experiment.name, [
      ...files === undefined ? [] : ["--data", fromProject(files.path)],
      ...flagsOf(config, experiment.fixed),
      ...["--engine", engine.name],
      ...engine.tiles ? ["--tiles", engine.tiles] : [],
      ...["--backend", backend.name],
    ], main),
  };

  const threads = threadsOf(jobs);
  let opened: OpenRun | undefined;
  try {
    await body({
      name,
      config,
      source,
      backend,
      engine,
      threads,
      signal,
      checkpointEvery,
      get evaluated() {
        return opened?.evaluated ?? [];
      },
      async stateAt(step) {
        if (opened === undefined) throw new Error("the run is not open");
        return await opened.stateAt(step);
      },
      get folder() {
        return opened?.folder;
      },
      openEngine: (vae) =>
        slot === undefined
          ? openEngine(engine, vae, { ...config, backend, threads })
          : WebGpuEngine.create(vae, slot),
      async open(data, engine) {
        opened = await OpenRun.create({
          path: `${folder}/${name}`,
          plan,
          facts,
          files,
          source: revision,
          script: scriptOf(experiment.name, main),
          fresh,
          shorter: session.shorter.get(name),
          data,
          engine,
          onRow: (row) =>
            progress.update(row.step, formatTerms("minibatch", row)),
        });
        progress.begin(opened.resumedFrom);
        if (!quiet) sayStart(name, opened, say);
        return opened;
      },
    });
    if (opened === undefined) throw new Error("the body opened no run");
    const status = opened.isFinished ? "finished" : "interrupted";
    const dropped = await opened.close(status);
    if (dropped.length > 0) {
      say(
        `${name}  ${dropped.join(", ")} of the run before are gone: its ` +
          "training gave other numbers",
      );
    }
    const { lastRow, testTerms, ended } = opened;
    if (opened.isFinished) {
      const terms = testTerms ? formatTerms("test", testTerms) : "";
      const chosen = testChose(ended, config) ? "chosen by the test split" : "";
      const notes = [terms, chosen].filter((note) => note !== "");
      progress.end(endText(ended, config), notes.join("; "));
    } else {
      const terms = lastRow && formatTerms("minibatch", lastRow);
      const step = lastRow?.step ?? opened.resumedFrom;
      progress.end(`interrupted at step ${step}`, terms ?? "");
    }
    return status;
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      await opened?.close("interrupted");
      const during = opened === undefined
        ? "before its first step"
        : "in its evaluation";
      progress.end(`interrupted ${during}`, "");
      return "interrupted";
    }
    if (!(error instanceof DivergedError && opened !== undefined)) {
      await opened?.abandon();
      // What fails after the device has failed does so because of it.
      backend.check();
      throw error;
    }
    await opened.close("failed", error.message);
    say(`${name} failed: ${error.message}; its rows are kept`);
    return "failed";
  }
}
