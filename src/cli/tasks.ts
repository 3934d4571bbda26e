/**
 * The tasks that a script runs, too: `deno run -A my_script.ts evaluate RUN`.
 * They then know the script's own parts, and need no clone of the toolkit.
 */

type RunTask = (args: readonly string[]) => Promise<number | void>;

/** Loaded where it is asked for: an experiment starts without them. */
const TASKS: Readonly<Record<string, () => Promise<RunTask>>> = {
  "evaluate": async () => (await import("./evaluate.ts")).evaluate,
  "gradient-snr": async () =>
    (await import("./run_gradients.ts")).gradientsOfRuns,
  "diff": async () => (await import("./diff.ts")).diff,
  "reproduce": async () => (await import("./reproduce.ts")).reproduce,
};

/** Their names, as a script takes them. */
export const SCRIPT_TASKS: readonly string[] = Object.keys(TASKS);

/** The task that a command line begins with; undefined: it begins with none. */
export function taskOf(
  [name, ...args]: readonly string[],
): (() => Promise<number>) | undefined {
  if (name === undefined || !Object.hasOwn(TASKS, name)) return undefined;
  return async () => await (await TASKS[name]!())(args) ?? 0;
}
