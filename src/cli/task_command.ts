/** Command lines that start an experiment. */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { fromProject } from "./place.ts";

/** A task's arguments of Deno; undefined: there is none of that name. */
export function argsOf(task: string): string[] | undefined {
  const tasks: Partial<Record<string, { command: string }>> = project.tasks;
  const words = tasks[task]?.command.split(" ");
  // Variables of the environment stand before.
  return words?.slice(words.indexOf("deno") + 1);
}

/** The tasks that run experiments. */
export function experimentTasks(): string[] {
  return Object.keys(project.tasks).filter((name) => name.startsWith("exp:"));
}

/** The script that a task starts, as an URL; undefined: there is no such task. */
function scriptOf(task: string): string | undefined {
  const path = argsOf(task)?.at(-1);
  return path && new URL(`../../${path}`, import.meta.url).href;
}

/** The task whose permissions suit a script. */
export const SWEEP = "exp:latent-sweep";

/** Whether a task of the toolkit starts the experiment. */
export function hasTask(experiment: string, main: string): boolean {
  return scriptOf(`exp:${experiment}`) === main;
}

/**
 * What starts an experiment: its task; or its script, where no task does, from
 * the current folder.
 *
 * @param main URL of its script
 */
export function startOf(
  experiment: string,
  main = Deno.mainModule,
): string {
  if (hasTask(experiment, main)) return `deno task exp:${experiment}`;
  const script = main.startsWith("file:")
    ? fromProject(relative(Deno.cwd(), fileURLToPath(main)))
    : main;
  return `deno run ${permissions(SWEEP).join(" ")} ${shellWords([script])}`;
}

/** Flags of the permissions of a task, or of all if this process has all. */
export function permissions(task: string): string[] {
  const all = ["read", "write", "net", "env", "run", "ffi", "sys"] as const;
  const isGranted = (name: typeof all[number]) =>
    Deno.permissions.querySync({ name }).state === "granted";
  return all.every(isGranted) ? ["-A"] : argsOf(task)!.slice(1, -1);
}

/** Flags of the permissions that the experiment of this script runs with. */
export function permissionsOf(experiment: string): string[] {
  return hasTask(experiment, Deno.mainModule)
    ? argsOf(`exp:${experiment}`)!.slice(1, -1)
    : permissions(SWEEP);
}

/** The command line of a task that this script runs for its experiment. */
export function taskLine(
  task: string,
  experiment: string,
  args: readonly string[],
): string {
  const start = hasTask(experiment, Deno.mainModule)
    ? `deno task ${task} exp:${experiment}`
    : `${startOf(experiment)} ${task}`;
  return `${start} ${shellWords(args)}`.trimEnd();
}

/**
 * The command line that starts an experiment with these arguments.
 *
 * @param main URL of its script
 */
export function commandLine(
  experiment: string,
  args: readonly string[],
  main: string,
): string {
  return `${startOf(experiment, main)} ${shellWords(args)}`;
}

/** Arguments as they are typed in a shell. */
export function shellWords(args: readonly string[]): string {
  return args
    .map((arg) => /^[\w@%+=:,./-]+$/.test(arg) ? arg : quoted(arg))
    .join(" ");
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The words of a command line as {@linkcode shellWords} writes it. */
export function wordsOfShell(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /'([^']*)'|\\(')/g,
      (_, inside?: string, quote?: string) => inside ?? quote!,
    )
  );
}
