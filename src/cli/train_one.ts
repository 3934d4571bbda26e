/** One run of an experiment, from its folder to what is said of its end. */

import { fileURLToPath } from "node:url";
import { openEngine } from "../engine/open_engine.ts";
import { WebGpuEngine } from "../engine/webgpu/webgpu_engine.ts";
import type { RunJson } from "../results/run_json.ts";
import { OpenRun } from "../sweep/open_run.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { RunConfig } from "../train/config.ts";
import { DivergedError } from "../train/loop.ts";
import { testChose } from "../train/stopping.ts";
import type { Defaults } from "./flags.ts";
import { threadsOf } from "./jobs.ts";
import { fromProject } from "./place.ts";
import { formatTerms } from "./progress.ts";
import { flagsOf } from "./request.ts";
import type { Run } from "./run.ts";
import type { RunContext, Session } from "./session.ts";
import { commandLine, hasTask } from "./task_command.ts";

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

/**
 * Trains one run of an experiment with its body, and says how it ended.
 *
 * @throws {UserError} a mistake of the user, which stops all runs
 */
export async function trainOne(
  experiment: { readonly name: string; readonly fixed?: Defaults },
  body: (run: Run) => Promise<void>,
  plan: PlannedRun,
  session: Session,
  { backend, slot, source, signal, atOnce, progress, say }: RunContext,
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
  using start = atOnce();
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
        start[Symbol.dispose]();
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
