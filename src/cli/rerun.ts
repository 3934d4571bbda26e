/** Runs made again from their records alone, as `reproduce` and `verify` do. */

import { join, resolve } from "node:path";
import { datasetRow, loadDataset } from "../data/load.ts";
import { findAdapter } from "../engine/webgpu_device.ts";
import { V8_FLAGS } from "../engine/wasm/wide.ts";
import { UserError } from "../errors.ts";
import { targetOf } from "../files.ts";
import { type Measurement, readMeasurement } from "../published/measurement.ts";
import { isScriptOf, lockSha256, versions } from "../results/provenance.ts";
import {
  endOf,
  readMade,
  readRunJson,
  removedFlags,
  type RunJson,
} from "../results/run_json.ts";
import { configOf, scriptOf } from "../sweep/finished_run.ts";
import { formatDuration, say } from "./progress.ts";
import { flagsOf } from "./request.ts";
import {
  type Script,
  scriptFor,
  type Startable,
  startOf,
} from "./run_script.ts";
import { permissions } from "./task_command.ts";

const ROOT = new URL("../../", import.meta.url);

/** As tasks that train are started. */
const WIDE = { DENO_V8_FLAGS: V8_FLAGS.join(",") };

/** A result that can be made again. */
export interface Repeatable extends Startable {
  /** what its training took; undefined: git has no times */
  readonly milliseconds: number | undefined;
  /** what can be expected of it on this machine, as a message says it */
  readonly expected: string;
  /** Its experiment's flags. @throws {UserError} this version cannot make it */
  flags(data: Whereabouts): string[];
  /** @throws {UserError} the user's own data are missing or have changed */
  requireData(data: Whereabouts): Promise<void>;
}

/** Where data are; undefined: where they are found without being told. */
export interface Whereabouts {
  readonly "data-dir"?: string | undefined;
  readonly data?: string | undefined;
}

/** Says what will be run, and what can be expected of it. */
export function announce(runs: readonly Repeatable[]): void {
  const known = runs.flatMap(({ milliseconds }) => milliseconds ?? []);
  const sum = known.reduce((sum, milliseconds) => sum + milliseconds, 0);
  const whose = known.length === runs.length
    ? "their training"
    : `the training of ${known.length}, whose times are known here,`;
  say(
    `${runs.length} ${runs.length === 1 ? "run" : "runs"}` +
      (known.length === 0
        ? ":"
        : `; ${whose} took ${formatDuration(sum)} on the machines that made ` +
          "them:"),
  );
  for (const { path, expected } of runs) say(`  ${path}  ${expected}`);
}

/** @throws {UserError} a flag says where data are that no run has */
export function requireUse(
  runs: readonly Repeatable[],
  data: Whereabouts,
): void {
  const uses = (flag: string) => ({ flags }: Repeatable) => {
    try {
      return flags(data).includes(flag);
    } catch (error) {
      if (error instanceof UserError) return true; // said when it is run
      throw error;
    }
  };
  for (const name of ["data-dir", "data"] as const) {
    const path = data[name];
    if (path === undefined || runs.some(uses(`--${name}`))) continue;
    throw new UserError(
      `--${name} ${path}: no run has data from there; leave it out`,
    );
  }
}

/**
 * Runs a task by the script of runs that need it.
 *
 * @param options.script that runs the task already, if one does
 * @param options.signal stops it
 * @returns the exit code; null: none of the runs needs a script
 */
export async function byItsScript(
  task: "reproduce" | "verify",
  args: readonly string[],
  { runs, script, signal }: {
    readonly runs: readonly Repeatable[];
    readonly script: Script | undefined;
    readonly signal: AbortSignal;
  },
): Promise<number | null> {
  const other = script === undefined ? await scriptFor(runs) : undefined;
  if (other === undefined) return null;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions(task), other, task, ...args],
    stdin: "null",
  }).spawn();
  using _ = stopping(child, signal);
  return (await child.status).code;
}

/** How runs are made again. */
interface Again {
  /** where they go */
  readonly out: string;
  /** ends it early */
  readonly signal: AbortSignal;
  /** that runs the task, if one does */
  readonly script: Script | undefined;
}

/**
 * Runs them again, one after the other.
 *
 * @returns how many cannot be made here, which is said
 * @throws {UserError} it is all of them
 */
export async function runAllAgain(
  runs: readonly Repeatable[],
  data: Whereabouts,
  { out, signal, script }: Again,
): Promise<{ missing: number }> {
  const missing: UserError[] = [];
  for (const [i, one] of runs.entries()) {
    say(`${i + 1}/${runs.length}  ${one.path}`);
    try {
      await one.requireData(data);
      const start = await startOf(one, script);
      await runAgain(one, start, data, out, signal);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missing.push(error);
      say(`  not made again: ${error.message}`);
    }
    if (signal.aborted) return { missing: missing.length };
  }
  if (missing.length === runs.length) throw missing[0]!;
  return { missing: missing.length };
}

/** Stops a process when this one is to stop, until the end of the block. */
function stopping(child: Deno.ChildProcess, interrupt: AbortSignal) {
  const stop = () => child.kill("SIGTERM");
  interrupt.addEventListener("abort", stop);
  return {
    [Symbol.dispose]: () => interrupt.removeEventListener("abort", stop),
  };
}

/**
 * Runs one again, into `out`, with the permissions of its task.
 *
 * @param start see {@linkcode startOf}
 * @throws {UserError} it cannot be run here, or was killed
 */
async function runAgain(
  { path, flags }: Repeatable,
  start: readonly string[],
  data: Whereabouts,
  out: string,
  interrupt: AbortSignal,
): Promise<void> {
  // The task may start any program: allowed deno alone, it could not where
  // LD_LIBRARY_PATH is set, by which a GPU's libraries may be found.
  const child = new Deno.Command(Deno.execPath(), {
    args: [...start, ...flags(data), "--quiet", "--out", out],
    // Where tasks start; a toolkit from a registry has none.
    ...(ROOT.protocol === "file:" && { cwd: ROOT }),
    env: { ...WIDE, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  using _ = stopping(child, interrupt);
  const { code, signal, stderr } = await child.output();
  if (interrupt.aborted) return;
  // 1: the run failed, as it may have before; the comparison will show it.
  if (code === 0 || (code === 1 && await readRunJson(`${out}/${path}`))) return;
  if (signal !== null) {
    throw new UserError(
      `${path}: its process was killed by ${signal}; see whether there is ` +
        "memory enough",
    );
  }
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  const line = lines.findLast((line) => line.startsWith("error: "));
  throw new UserError(`${path}: ${line?.slice(7) ?? lines.at(-1)}`);
}

/** What is expected where nothing that computes is another. */
export const SAME_BITS = "the same bits are expected";

const withinTolerance = (reason: string) =>
  `within tolerance is expected: ${reason}`;

/** What computes here in another version; the project's own does not count. */
function differingVersions(then: RunJson["versions"]): string[] {
  return Object.entries(versions())
    .filter(([key, value]) =>
      key !== "project" && then[key as keyof typeof then] !== value
    ).map(([key]) => key);
}

/**
 * What lies at a path: a run, or a measurement of exp:gradient-snr.
 *
 * @throws {UserError} it is neither, or damaged
 */
export async function readRepeatable(
  results: string,
  path: string,
): Promise<Repeatable> {
  const folder = `${results}/${path}`;
  const run = await readRunJson(folder);
  if (run !== null) return await repeatableRun(folder, path, run);
  const measurement = await readMeasurement(folder);
  if (measurement !== null) return repeatableMeasurement(path, measurement);
  throw new UserError(
    `${folder} has no run.json, which says how it was made; remove it, or ` +
      "choose other runs with --run",
  );
}

/** Where a run had the user's own data; undefined: it had none. */
function pathOf(folder: string, { data: { path } }: RunJson) {
  return path === undefined ? undefined : join(folder, path);
}

/** A run: its config alone says how, its command which flags there are. */
async function repeatableRun(
  folder: string,
  path: string,
  run: RunJson,
): Promise<Repeatable> {
  const script = scriptOf(folder, run);
  const prospect = await prospectOf(run);
  const { backend } = prospect;
  const isChanged = run.script !== undefined && script !== undefined &&
    await targetOf(script) !== null && !isScriptOf(run.script, script);
  const { timing } = await readMade(folder, run);
  return {
    path,
    milliseconds: timing &&
      timing.millisecondsPerStep * endOf(run).step,
    expected: isChanged
      ? "its script has changed, and other numbers may come of it"
      : prospect.text,
    script,
    parts: run.parts,
    flags: ({ "data-dir": dataDir, data = pathOf(folder, run) }) => {
      const config = configOf(folder, run);
      const offered = run.command.split(" ");
      const removed = removedFlags(run.engine);
      if (removed !== null) {
        throw new UserError(
          `${path} was trained with ${removed}, which this version lacks`,
        );
      }
      const { tiles } = run.engine;
      return [
        ...flagsOf(config).filter((text, i, all) =>
          offered.includes(i % 2 === 0 ? text : all[i - 1]!)
        ),
        ...dataDir === undefined || datasetRow(config).folder === null
          ? []
          : ["--data-dir", resolve(dataDir)],
        ...data === undefined || !config.own ? [] : ["--data", resolve(data)],
        ...["--backend", backend, "--engine", engineHere(run, backend)],
        ...tiles ? ["--tiles", tiles] : [],
      ];
    },
    async requireData({ data = pathOf(folder, run) }) {
      if (data === undefined || run.config["own"] === undefined) return;
      await loadDataset(configOf(folder, run), { data });
    },
  };
}

/** A measurement, which no backend has a part in. */
function repeatableMeasurement(
  path: string,
  { seed, rows, ks, draws, versions, seconds }: Measurement,
): Repeatable {
  const flags = { seed, rows, k: ks.at(-1)!, budget: draws };
  const differing = differingVersions(versions);
  return {
    path,
    milliseconds: seconds * 1000,
    expected: differing.length === 0
      ? SAME_BITS
      : withinTolerance(`another ${differing.join(", ")}`),
    flags: () =>
      Object.entries(flags)
        .flatMap(([name, value]) => [`--${name}`, String(value)]),
    requireData: () => Promise.resolve(),
  };
}

/** The engine that made a run, or another where this machine lacks it. */
function engineHere({ engine }: RunJson, backend: string): string {
  return engine.name === "webgpu" && backend !== "webgpu"
    ? "auto"
    : engine.name;
}

/** A backend for a run on this machine, and what can be expected of it. */
interface Prospect {
  readonly backend: string;
  readonly text: string;
}

async function prospectOf(run: RunJson): Promise<Prospect> {
  const { name, adapter } = run.backend;
  const { bits } = run.engine;
  const within = (backend: string, reason: string): Prospect => ({
    backend,
    text: withinTolerance(reason),
  });
  if (bits === "portable") return { backend: name, text: SAME_BITS };
  const removed = removedFlags(run.engine);
  if (removed !== null) {
    return { backend: name, text: `it cannot be made again: ${removed}` };
  }
  const here = name === "webgpu"
    ? (await findAdapter())?.description ?? null
    : null;
  if (name === "webgpu" && here === null) {
    return within("auto", "no WebGPU adapter here");
  }
  const differing = [
    ...JSON.stringify(here) === JSON.stringify(adapter) ? [] : ["adapter"],
    ...differingVersions(run.versions),
    ...await lockSha256() === run.lockSha256 ? [] : ["deno.lock"],
  ];
  if (differing.length > 0) {
    return within(name, `another ${differing.join(", ")}`);
  }
  const driver = adapter === null ? "" : ", if the driver is the same";
  return { backend: name, text: SAME_BITS + driver };
}
