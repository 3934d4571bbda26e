/** An experiment's script, which knows the runs of its sweeps. */

import { fileURLToPath } from "node:url";
import { UserError } from "../../errors.ts";
import { didYouMean } from "../../table.ts";
import { nearest } from "../../text.ts";
import { SWITCHES } from "../flags.ts";
import { noSuchFlag } from "../parse_flags.ts";
import { whereabouts } from "../place.ts";
import { valuedFlags } from "../read_flags.ts";
import type { TaskFlags } from "../task.ts";
import { argsOf, experimentTasks } from "../task_command.ts";

/**
 * The arguments of a task, and those of the experiment, which is given both.
 *
 * @throws {UserError} a flag is nearly one of the task
 */
export function ownArgs(
  args: readonly string[],
  flags: TaskFlags,
): { own: string[]; rest: string[] } {
  const offered: TaskFlags = { ...flags, help: ["", ""] };
  const [own, rest]: [string[], string[]] = [[], []];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const [, name, value] = /^--([^=]+)(=.*)?$/s.exec(arg) ?? [];
    if (name !== undefined && Object.hasOwn(offered, name)) {
      own.push(arg);
      const takesNext = offered[name]![0] !== "" && value === undefined;
      if (takesNext && i + 1 < args.length) own.push(args[++i]!);
      continue;
    }
    if (name !== undefined) requireKnown(arg, name, Object.keys(offered));
    rest.push(arg);
  }
  return { own, rest };
}

/** @throws {UserError} there is no such flag, and the nearest is the task's */
function requireKnown(arg: string, name: string, own: readonly string[]): void {
  const others = [...valuedFlags().keys(), ...Object.keys(SWITCHES)];
  if (others.includes(name)) return;
  const all = [...own, ...others];
  if (own.includes(nearest(name, all) ?? "")) {
    throw new UserError(noSuchFlag(arg, all));
  }
}

/**
 * Lets the script of `exp:NAME`, the first of the other arguments, run a task as
 * one of its own: with its permissions, and those to start programs.
 *
 * @returns the exit code
 * @throws {UserError} no experiment is named
 */
export async function byItsScript(
  task: string,
  own: readonly string[],
  [first, ...rest]: readonly string[],
): Promise<number> {
  const start = first?.startsWith("exp:") ? argsOf(first) : undefined;
  if (start === undefined) {
    const tasks = experimentTasks();
    throw new UserError(
      first === undefined
        ? `name an experiment: one of ${tasks.join(", ")}`
        : `${first}: no such experiment${
          didYouMean(first, tasks)
        }; it stands ` +
          `first, one of ${tasks.join(", ")}`,
    );
  }
  const { user } = whereabouts();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...start.map(withPrograms), task, ...own, ...rest],
    cwd: fileURLToPath(new URL("../../../", import.meta.url)),
    env: { INIT_CWD: user },
    stdin: "null",
  }).spawn();
  return (await child.status).code;
}

const withPrograms = (arg: string) =>
  arg.startsWith("--allow-run=")
    ? "--allow-run"
    : arg.startsWith("--allow-env=")
    ? `${arg},DENO_DIR`
    : arg;
