/** Command lines that start an experiment. */

import project from "../../deno.json" with { type: "json" };

/** The command of a task; undefined: there is none of that name. */
export function commandOf(task: string): string | undefined {
  const tasks: Partial<Record<string, string | { command: string }>> =
    project.tasks;
  const known = tasks[task];
  return typeof known === "object" ? known.command : known;
}

/** The command line that starts an experiment with these arguments. */
export function commandLine(
  experiment: string,
  args: readonly string[],
): string {
  return `deno task exp:${experiment} ${shellWords(args)}`;
}

/** Arguments as they are typed in a shell. */
export function shellWords(args: readonly string[]): string {
  return args
    .map((arg) => /^[\w@%+=:,./-]+$/.test(arg) ? arg : quoted(arg))
    .join(" ");
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
