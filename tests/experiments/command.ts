/** Experiments as a user starts them: processes, with the tasks' permissions. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { say } from "../../src/cli/progress.ts";
import { UserError } from "../../src/errors.ts";
import {
  MADE_JSON,
  type MadeJson,
  readMade,
  readRunJson,
} from "../../src/results/run_json.ts";
import { filesBelow, sha256 } from "../data/helpers.ts";

/** The project's folder, with a "/" at its end. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Words of a command line without quotes. */
export function words(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

const TINY = {
  "train-size": 200,
  "test-size": 50,
  steps: 4,
  "batch-size": 10,
  "eval-every": 2,
  "final-k": 3,
  "final-rows": 10,
  jobs: 1,
};

/** Flags by name. */
export type Flags = Readonly<Record<string, string | number>>;

/** Flags with which a run takes a moment, and more, or others. */
export function tiny(more: Flags = {}): string[] {
  const { "final-rows": rows, ...flags } = { ...TINY, ...more };
  const all = flags["final-k"] === 0 ? flags : { ...flags, "final-rows": rows };
  return Object.entries(all)
    .flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** {@linkcode tiny} for one run of a net with a hidden layer. */
export function tinyNet(more: Flags = {}): string[] {
  return tiny({ hidden: 8, latent: 2, backend: "cpu", ...more });
}

/** Experiments of published set-ups: they draw no pictures. */
export const PUBLISHED: readonly string[] = [
  "aevb-figure2",
  "aevb-figure3",
  "iwae-table1",
  "linear-vae",
  "posterior-collapse",
  "examples",
  "sigma-vae",
  "beta-sweep",
  "inference-gaps",
];

/** The names of all experiments with a task, from their files. */
export async function experiments(): Promise<string[]> {
  const files = await filesBelow(`${ROOT}experiments`);
  return files.filter((file) => /^[^/]+\.ts$/.test(file))
    .map((file) => file.replace(".ts", "").replaceAll("_", "-"));
}

/** How else a command is started. */
export interface Start {
  /** more variables of the environment */
  readonly env?: Record<string, string>;
  /** a command that the command is the end of, as in `nice deno ...` */
  readonly under?: readonly string[];
  /** whether names of runs have all settings, see short_names.ts */
  readonly hasWholeNames?: true;
  /** a script to run with the task's permissions, in place of its own */
  readonly script?: string;
}

/** No folder has libraries that the system has not. */
export const LD_LIBRARY_PATH = "/nowhere";

/**
 * The command of a task of deno.json, without the variables that it sets: so
 * that tests run with V8's checks of bounds.
 */
export function commandOf(name: string): string {
  const tasks: Record<string, { command: string }> = project.tasks;
  const task = tasks[name];
  assert(task !== undefined, `deno.json has no task ${name}`);
  return task.command.slice(task.command.indexOf("deno "));
}

/** A process that runs an experiment's task. */
export function start(
  experiment: string,
  args: readonly string[],
  options: Start = {},
): Deno.ChildProcess {
  return startCommand(commandOf(`exp:${experiment}`), args, options);
}

/** A process that runs a command, which begins with `deno`. */
function startCommand(
  command: string,
  args: readonly string[],
  { env = {}, under = [], script, hasWholeNames }: Start = {},
): Deno.ChildProcess {
  const [deno, ...rest] = words(command);
  assertEquals(deno, "deno");
  if (script !== undefined) rest.splice(-1, 1, script);
  if (!hasWholeNames && !/^(src|tests\/(faults|bench))\//.test(rest.at(-1)!)) {
    rest.splice(1, 0, `--preload=${ROOT}tests/experiments/short_names.ts`);
  }
  const [file, ...all] = [...under, Deno.execPath(), ...rest, ...args];
  return new Deno.Command(file!, {
    args: all,
    cwd: ROOT,
    env: {
      XDG_RUNTIME_DIR: tmpdir(),
      INIT_CWD: ROOT, // where paths are from: not where the tests were started
      NO_COLOR: "1",
      LD_LIBRARY_PATH, // set, as on machines with CUDA: see src/git.ts
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** How a process ended, and what it said. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for the end of a process. */
export async function ended(child: Deno.ChildProcess): Promise<Outcome> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** The names of the runs that `--list` printed, a line each. */
export function namesListed({ stdout }: Outcome): string[] {
  return stdout.trimEnd().split("\n").map((line) => words(line)[0]!);
}

/** Waits for something that a process does before it ends. */
export async function beforeEnd(
  outcome: Promise<Outcome>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  let end: Outcome | undefined;
  outcome.then((outcome) => end = outcome);
  while (!await isDone()) {
    assert(end === undefined, `the process ended too early: ${end?.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs an experiment's task to its end. */
export async function run(
  experiment: string,
  args: readonly string[],
  options?: Start,
): Promise<Outcome> {
  return await ended(start(experiment, args, options));
}

/** How an experiment ended that was run in this process. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.code = code;
  }
}

let turn: Promise<unknown> = Promise.resolve();
/** A script as a module: what it exports, and itself as a function. */
interface Script {
  readonly program: () => Promise<never>;
}

const scripts = new Map<string, Script>();

/**
 * A script whose program can be called, and called again.
 *
 * @param path from the project's folder
 * @typeParam Exports further exports of the script
 */
export async function loadScript<Exports = unknown>(
  path: string,
): Promise<Script & Exports> {
  const text = (await Deno.readTextFile(`${ROOT}${path}`))
    .replace("\nawait main(", "\nexport const program = () => main(")
    .replace("\nconst experiment =", "\nexport const experiment =")
    .replaceAll(
      /^(import|.*from) "(\.[^"]*)"/gm,
      (_, start, other) =>
        `${start} "${new URL(other, `file://${ROOT}${path}`)}"`,
    )
    .replaceAll(
      /from "@elbo\/lab([^"]*)"/g,
      (specifier) => `from "${import.meta.resolve(specifier.slice(6, -1))}"`,
    );
  const script = scripts.get(path) ??
    await import(`data:application/typescript,${encodeURIComponent(text)}`);
  scripts.set(path, script);
  return script;
}

/**
 * Runs an experiment's script to its end in this process, one after the other,
 * which saves the start of a process. Not with several jobs: their workers
 * start the main program, which is a test here.
 */
export function runHere(
  experiment: string,
  args: readonly string[],
  options?: StartHere,
): Promise<Outcome> {
  return inTurn(() => runNow(experiment, args, options));
}

/**
 * How else an experiment is started in this process. Names are whole only in a
 * file whose runs here have no others.
 */
export interface StartHere extends Pick<Start, "script" | "hasWholeNames"> {
  /** whether runs say that the task's script made them, not this one */
  readonly isAsTask?: true;
}

/** {@linkcode runHere} of latent-sweep as {@linkcode startBare} has it. */
export function runBareHere(
  args: readonly string[],
  options?: StartHere,
): Promise<Outcome> {
  return runHere("latent-sweep", args, { script: BARE, ...options });
}

/** Runs a task's function as its program does, but in this process. */
export function taskHere(
  task: (args: readonly string[]) => Promise<number | void>,
  args: readonly string[],
): Promise<Outcome> {
  return inTurn(() =>
    heard(async () => {
      try {
        return await task(args) ?? 0;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        say(`error: ${error.message}`);
        return 2;
      }
    })
  );
}

function inTurn(run: () => Promise<Outcome>): Promise<Outcome> {
  const outcome = turn.then(run);
  turn = outcome.catch(() => {});
  return outcome;
}

/** What an action writes, and the exit code that it gives. */
async function heard(action: () => Promise<number>): Promise<Outcome> {
  const said = { stdout: "", stderr: "" };
  const decoder = new TextDecoder();
  const { stdout, stderr } = Deno;
  const writers = [stdout.writeSync, stderr.writeSync] as const;
  const hear = (name: keyof typeof said) => (bytes: Uint8Array) => {
    said[name] += decoder.decode(bytes);
    return bytes.length;
  };
  stdout.writeSync = hear("stdout");
  stderr.writeSync = hear("stderr");
  try {
    return { code: await action(), ...said };
  } finally {
    [stdout.writeSync, stderr.writeSync] = writers;
  }
}

async function runNow(
  experiment: string,
  args: readonly string[],
  { script, hasWholeNames, isAsTask }: StartHere = {},
): Promise<Outcome> {
  const ofTask = words(commandOf(`exp:${experiment}`)).at(-1)!;
  if (!hasWholeNames) await import("./short_names.ts");
  const loaded = await loadScript(script ?? ofTask);
  const { exit, addSignalListener } = Deno;
  const before = ["args", "mainModule"].map((name) =>
    [name, Object.getOwnPropertyDescriptor(Deno, name)!] as const
  );
  const main = isAsTask ? ofTask : script ?? ofTask;
  const mainModule = `file://${ROOT}${main}`;
  for (const [name, value] of Object.entries({ args, mainModule })) {
    Object.defineProperty(Deno, name, { value, configurable: true });
  }
  Deno.exit = (code = 0) => {
    throw new Exit(code);
  };
  Deno.addSignalListener = () => {};
  try {
    return await heard(async () => {
      try {
        return await loaded.program();
      } catch (error) {
        if (error instanceof Exit) return error.code;
        throw error;
      }
    });
  } finally {
    for (const [name, property] of before) {
      Object.defineProperty(Deno, name, property);
    }
    Object.assign(Deno, { exit, addSignalListener });
  }
}

/** A script of latent-sweep without pictures and figures. */
const BARE = "tests/experiments/bare.ts";

/**
 * A process that runs latent-sweep without its pictures and figures, which take
 * most of the time of a tiny run.
 */
export function startBare(
  args: readonly string[],
  options: Start = {},
): Deno.ChildProcess {
  return start("latent-sweep", args, { script: BARE, ...options });
}

/** Runs {@linkcode startBare} to its end. */
export async function runBare(
  args: readonly string[],
  options?: Start,
): Promise<Outcome> {
  return await ended(startBare(args, options));
}

/** Runs another task, such as `evaluate`, to its end. */
export async function runTask(
  name: string,
  args: readonly string[],
  options?: Start,
): Promise<Outcome> {
  return await runCommand(commandOf(name), args, options);
}

/** A process that runs a task. */
export function startTask(
  name: string,
  args: readonly string[],
  options?: Start,
): Deno.ChildProcess {
  return startCommand(commandOf(name), args, options);
}

/** Runs a command, which begins with `deno`, to its end. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options?: Start,
): Promise<Outcome> {
  return await ended(startCommand(command, args, options));
}

/** Does the jobs, three at a time; the results are in the order of the jobs. */
export async function threeAtATime<T>(
  jobs: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const results: T[] = [];
  const left = jobs.entries();
  async function work() {
    for (const [i, job] of left) results[i] = await job();
  }
  await Promise.all([work(), work(), work()]);
  return results;
}

/** Asserts a run that finished, and that was asked to be quiet. */
export function assertQuietSuccess(outcome: Outcome): void {
  assertEquals(outcome, { code: 0, stdout: "", stderr: "" });
}

/**
 * Asserts exit code 2 and one line on stderr that has all parts; lines about
 * backend and engine may come before, and nothing after.
 */
export function assertMistake(
  { code, stdout, stderr }: Outcome,
  ...parts: readonly string[]
): void {
  const lines = stderr.split("\n").filter((line) =>
    !/^(backend|engine): /.test(line)
  );
  assertEquals(code, 2, stderr);
  assertEquals(stdout, "");
  assertEquals(lines.length, 2, stderr);
  assertEquals(lines[1], "");
  assert(lines[0]!.startsWith("error: "), stderr);
  for (const part of parts) assertStringIncludes(lines[0]!, part);
}

/** The SHA-256 of every file below a folder, by path; made.json has times. */
export async function digests(
  folder: string,
): Promise<Record<string, string>> {
  const paths = (await filesBelow(folder))
    .filter((path) => !path.endsWith(MADE_JSON));
  const entries = await Promise.all(paths.map(async (path) => {
    const bytes = await Deno.readFile(`${folder}/${path}`);
    return [path, await sha256(bytes)] as const;
  }));
  return Object.fromEntries(entries);
}

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** When a run was made, and how long it took. */
export async function timingOf(
  run: string,
): Promise<NonNullable<MadeJson["timing"]>> {
  return (await readMade(run, (await readRunJson(run))!)).timing!;
}
