/** What the tasks that take finished runs have in common, beside flags. */

import { z } from "zod";
import { datasetRow, type TrainingData } from "../data/load.ts";
import {
  type Backend,
  type BackendChoice,
  BACKENDS,
  findBackend,
} from "../engine/backend.ts";
import type { DrawEngine } from "../engine/draw_engine.ts";
import {
  type EngineDescription,
  openDrawEngine,
  REFERENCE,
} from "../engine/open_engine.ts";
import { UserError } from "../errors.ts";
import { statOf, targetOf } from "../files.ts";
import type { Vae } from "../model/vae.ts";
import type { RunJson } from "../results/run_json.ts";
import { addOutputs } from "../results/outputs.ts";
import { isFolder, withRunLock } from "../results/run_place.ts";
import { writeAtomically } from "../results/files.ts";
import {
  type FinishedRun,
  readFinishedRun,
  restoreRun,
} from "../sweep/finished_run.ts";
import { partChanges } from "../train/parts.ts";
import { DATA_DIR_HELP } from "./flags.ts";
import { downloadProgress, say } from "./progress.ts";
import type { TaskFlags } from "./task.ts";
import { checkPlace, holds } from "./user_files.ts";
import { once } from "../config/texts.ts";
import { text, word } from "../config/value.ts";

/** The flags that every such task has. */
export const RUN_FLAGS = {
  "data-dir": ["DIR", DATA_DIR_HELP],
  data: ["PATH", "your own data (default: where the run had them)"],
  backend: ["NAME", `${BACKENDS.join(", ")} (default: the run's own)`],
  quiet: ["", "print no progress"],
} as const satisfies TaskFlags;

/** The values of {@linkcode RUN_FLAGS}, and the paths of the runs. */
export const runFlagsSchema = {
  _: z.array(z.coerce.string()),
  "data-dir": once(text()),
  data: once(text()),
  backend: once(word(BACKENDS)),
  quiet: z.boolean(),
} as const;

/** What they are read as. */
export type RunFlags = z.output<z.ZodObject<typeof runFlagsSchema>>;

/** A finished run, with its model on the current tfjs backend. */
export interface RestoredRun {
  readonly run: FinishedRun;
  /** the trained model */
  readonly vae: Vae;
  /** what it was trained on */
  readonly data: TrainingData;
  /** the current one: that of --backend, or else the run's own */
  readonly backend: Backend;
  /** what computes at rows and draws of z, and what opened it */
  readonly engine: EngineDescription;
  readonly draws: DrawEngine;
}

/** What evaluates what an engine trained: tfjs ops, for the webgpu engine. */
export const EVALUATING: Readonly<
  Record<RunJson["engine"]["name"], EngineDescription>
> = {
  reference: REFERENCE,
  wasm: { name: "wasm", bits: "portable" },
  webgpu: REFERENCE,
};

/**
 * Restores the runs, one after the other, and works on each. All runs are read
 * and checked, and all backends opened, before any work, which takes its time.
 * Files beside runs, as a shell's * names them, are passed over.
 *
 * @param task its name
 * @param check refuses a run
 * @param engineOf what computes: by default what the run was trained with, or
 *   the reference on the backend that --backend names
 * @throws {UserError} no run is named, or one is not finished, or no longer
 *   fits its data or backend, or a file cannot be written
 */
export async function forEachRun(
  task: string,
  flags: RunFlags,
  {
    check,
    engineOf = ({ json }) =>
      flags.backend === undefined ? EVALUATING[json.engine.name] : REFERENCE,
    work,
    labels = false,
    writes = {},
  }: {
    /** files that are of one run, by the flags that name them */
    writes?: Readonly<Record<string, string | undefined>>;
    /** whether labels are read that have files of their own */
    labels?: boolean;
    check?: (run: FinishedRun) => void;
    engineOf?: (run: FinishedRun, backend: Backend) => EngineDescription;
    work: (restored: RestoredRun) => Promise<void>;
  },
): Promise<void> {
  const paths = await foldersOf(flags._);
  await checkPlaces(writes, paths);
  const runs = await readRuns(paths, task);
  for (const { folder, json } of runs) {
    for (const { kind, name } of partChanges(json.parts).changed) {
      say(`the ${kind} ${name} has another text than when ${folder} was made`);
    }
  }
  if (check) runs.forEach(check);
  if (flags.data !== undefined && runs.every(({ config }) => !config.own)) {
    throw new UserError(
      `--data ${flags.data}: no run has data of your own; leave it out`,
    );
  }
  const dataDir = flags["data-dir"];
  const hasFiles = runs.some(({ config }) =>
    datasetRow(config).folder !== null
  );
  if (dataDir !== undefined && !hasFiles) {
    throw new UserError(
      `--data-dir ${dataDir}: the data of no run have files there; leave it out`,
    );
  }
  const choiceOf = ({ json }: FinishedRun) =>
    flags.backend ?? json.backend.name;
  const backends = new Map<BackendChoice, Backend>();
  for (const choice of new Set(runs.map(choiceOf))) {
    const backend = await findBackend(choice);
    if (!flags.quiet) say(backend.notice);
    backends.set(choice, backend);
  }
  for (const run of runs) {
    const backend = backends.get(choiceOf(run))!;
    await backend.choose();
    const { vae, data } = await restoreRun(run, {
      dataDir,
      data: flags.data,
      labels,
      onProgress: flags.quiet ? undefined : downloadProgress(),
    }, task);
    using _ = vae;
    const engine = engineOf(run, backend);
    using draws = await openDrawEngine(
      engine,
      vae,
      navigator.hardwareConcurrency,
    );
    await work({ run, vae, data, backend, engine, draws });
  }
}

/** The paths without those of files, if there are others; that is said. */
export async function foldersOf(
  paths: readonly string[],
): Promise<readonly string[]> {
  const [folders, files]: [string[], string[]] = [[], []];
  for (const path of paths) {
    const isFile = await targetOf(path) !== null && !await isFolder(path);
    (isFile ? files : folders).push(path);
  }
  if (folders.length === 0 || files.length === 0) return paths;
  const [first, ...others] = files;
  say(
    `passed over, as no run: ${first}` +
      (others.length === 0 ? "" : ` and ${others.length} more`),
  );
  return folders;
}

/**
 * Checks before any work that files can be written.
 *
 * @throws {UserError} several runs, or a place that cannot be written
 */
async function checkPlaces(
  files: Readonly<Record<string, string | undefined>>,
  runs: readonly string[],
): Promise<void> {
  for (const [flag, path] of Object.entries(files)) {
    if (path === undefined) continue;
    if (runs.length > 1) {
      throw new UserError(
        `--${flag} ${path}: one file for ${runs.length} runs; name one run`,
      );
    }
    await checkPlace(flag, path);
  }
}

/** @throws {UserError} there is none, or one is not finished */
async function readRuns(
  paths: readonly string[],
  task: string,
): Promise<FinishedRun[]> {
  if (paths.length === 0) {
    throw new UserError(
      "no run is named; name a folder such as results/EXPERIMENT/RUN",
    );
  }
  const runs: FinishedRun[] = [];
  for (const path of paths) runs.push(await readFinishedRun(path, task));
  return runs;
}

/**
 * Writes files into a run's folder, all or none.
 *
 * @throws {UserError} they cannot be written, or one exists with other content
 */
export async function writeIntoRun(
  { folder }: FinishedRun,
  files: readonly { name: string; text: string | Uint8Array }[],
): Promise<void> {
  await withRunLock(folder, async () => {
    for (const { name, text } of files) {
      const path = `${folder}/${name}`;
      if (await statOf(path) === null || await holds(path, text)) continue;
      throw new UserError(
        `${path} exists with other content and was not overwritten; remove it ` +
          "and repeat the command",
      );
    }
    for (const { name, text } of files) {
      await writeAtomically(`${folder}/${name}`, text, REMEDY);
    }
    await addOutputs(folder, files.map(({ name }) => name), REMEDY);
  }, REMEDY);
}

/** What helps where a run's folder cannot be written. */
export const REMEDY = "copy the run to another folder, and evaluate it there";
