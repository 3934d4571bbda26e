/** An experiment from the command line to its exit code. */

import { isMainThread } from "node:worker_threads";
import { offer, openOwn, type OwnData, settingsOf } from "../data/own/own.ts";
import { findBackend } from "../engine/backend.ts";
import { MachineError, UserError } from "../errors.ts";
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
import { requireSetting, typedSettings } from "../train/settings.ts";
import { shorterRuns } from "../sweep/shorter_runs.ts";
import { summaryOf } from "../sweep/summary.ts";
import { addParts, type Parts } from "../train/parts.ts";
import { inCell, runsBeside } from "./cell.ts";
import { checkListed } from "./cluster/sweep_file.ts";
import { deriveResults, type FigureRules, nameMissing } from "./gather.ts";
import { helpText } from "./help.ts";
import { jobsOf, threadsNotice, trainAll } from "./jobs.ts";
import { standWithUser } from "./place.ts";
import { print, say } from "./progress.ts";
import { type FlagRules, readFlags } from "./read_flags.ts";
import {
  derivedHelp,
  type Request,
  requestOf,
  type RunRules,
} from "./request.ts";
import { engineOfEach, referenceNotice } from "./run_engines.ts";
import { listRuns } from "./list.ts";
import type { Run } from "./run.ts";
import type { TrainRun } from "./session.ts";
import { listenForSignals } from "./signals.ts";
import { startOf } from "./task_command.ts";
import { TileChoice } from "./tile_choice.ts";
import { taskOf } from "./tasks.ts";
import { trainOne } from "./train_one.ts";
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
  const failures = await trainAll(train, session, backend, interrupt);
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
