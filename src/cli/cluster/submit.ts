/**
 * `deno task submit exp:NAME [FLAGS]`: sends the runs of a sweep that are
 * missing to Slurm, as an array of cells and a job that gathers them.
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer, MOST, text, word } from "../../config/value.ts";
import { v8Flags } from "../../engine/wasm/wide.ts";
import { variable } from "../../environment.ts";
import { UserError } from "../../errors.ts";
import { identityOf } from "../../results/identity.ts";
import { checkClean, sourceState } from "../../results/provenance.ts";
import { checkFolder } from "../../results/run_folder.ts";
import { typedSettings } from "../../train/settings.ts";
import { whereabouts } from "../place.ts";
import { print } from "../progress.ts";
import type { Request } from "../request.ts";
import type { Script } from "../run_script.ts";
import { readTask, runTask, type Task } from "../task.ts";
import { permissionsOf, taskLine } from "../task_command.ts";
import type { Resources, Start } from "./batch_script.ts";
import { indexedJob, manifestText, parallelLines } from "./elsewhere.ts";
import { byItsScript, ownArgs } from "./experiment_script.ts";
import { prepare } from "./prepare.ts";
import { rehearse, send, type Sending } from "./send.ts";
import { type Sweep, sweepOf } from "./sweep_file.ts";

const MANAGERS = ["slurm", "parallel", "kubernetes"] as const;

/** What the flags say. */
interface Flags {
  readonly on: typeof MANAGERS[number];
  readonly resources: Resources;
  readonly throttle: number | undefined;
  readonly chunk: number;
  readonly isDry: boolean;
  readonly image: string;
  readonly claim: { readonly name: string; readonly mount: string } | undefined;
}

const claimSchema = once(text()).transform((text, context) => {
  if (text === undefined) return undefined;
  const [, name, mount] = /^([a-z0-9.-]+):(\/.+)$/.exec(text) ?? [];
  if (name !== undefined) return { name, mount: mount! };
  context.addIssue("expected a claim and a folder, such as work:/work");
  return z.NEVER;
});

const count = () => once(integer(1, MOST));

const SUBMIT: Task<Flags> = {
  usage: [
    "Sends the runs of a sweep that are missing to Slurm: an array of jobs, and",
    "one after them that writes the summary and the figures.",
    "",
    "Usage: deno task submit exp:NAME [FLAGS] [FLAGS OF THE EXPERIMENT]",
  ],
  flags: {
    partition: ["NAME", "as sbatch has it, and so all up to --gres"],
    time: ["TIME", "of a job, such as 4:00:00"],
    cpus: ["N", "cores of a job"],
    mem: ["SIZE", "such as 4G"],
    gres: ["LIST", "such as gpu:1"],
    sbatch: ["OPTION", "another option, as in --sbatch=--account=me"],
    throttle: [
      "N",
      "jobs that run at a time (default: as many as there is room)",
    ],
    chunk: ["N", "runs of a job (default: 1)"],
    "dry-run": ["", "print what would be written and sent, and do neither"],
    on: [
      "NAME",
      "slurm (default); parallel, kubernetes: only print",
    ],
    image: ["NAME", "kubernetes: of the pods (default: denoland/deno)"],
    claim: [
      "NAME:DIR",
      "kubernetes: claim of a volume, and its folder",
    ],
  },
  notes: [
    "What is finished, or in the queue, is not sent again. All else that is given",
    "goes to the experiment: see deno task exp:NAME --help.",
  ],
  schema: z.object({
    _: z.array(z.string()).max(0, "one experiment, exp:NAME, stands first"),
    partition: once(text()),
    time: once(text()),
    cpus: count(),
    mem: once(text()),
    gres: once(text()),
    sbatch: z.array(z.string().regex(/^-/, "expected an option of sbatch")),
    throttle: count(),
    chunk: count(),
    "dry-run": z.boolean(),
    on: once(word(MANAGERS)),
    image: once(text()),
    claim: claimSchema,
  }).transform((given, context) => {
    const { throttle, chunk = 1, on = "slurm", claim } = given;
    const unused = unusedFlag(on, given);
    if (unused !== undefined) {
      const message = `it has no effect with --on ${on}; leave it out`;
      context.addIssue({ code: "custom", path: [unused], message });
    }
    return {
      ...{ resources: given, throttle, chunk, on, claim },
      isDry: given["dry-run"],
      image: given.image ?? "denoland/deno:2.9.6",
    };
  }),
};

/**
 * @param script that runs the task; undefined: the first argument names it
 * @throws {UserError} a mistake, before anything is sent
 */
export async function submit(
  args: readonly string[],
  script?: Script,
): Promise<number> {
  const { own, rest } = ownArgs(args, SUBMIT.flags);
  const flags = readTask(own, SUBMIT);
  if (flags === null) return 0;
  if (script === undefined) return await byItsScript("submit", own, rest);
  requireSweep(rest);
  const request = script.request(rest);
  const { experiment } = script;
  const folder = `${request.out}/${experiment}`;
  const sweep = sweepOf(request.runs, {
    ...{ experiment, folder },
    command: taskLine(
      "submit",
      experiment,
      args.filter((arg) => arg !== "--dry-run"),
    ),
  });
  const { resources, throttle, chunk } = flags;
  const of = Math.ceil(request.runs.length / chunk);
  const sending = { start: startOn(script, rest), resources, throttle, of };
  if (flags.on !== "slurm") {
    print(textFor(flags.on, sweep, sending, flags));
    return 0;
  }
  await checkRuns(request, folder);
  if (flags.isDry) await rehearse(sweep, sending);
  else {
    await prepare(Deno.mainModule, request);
    await send(sweep, sending);
  }
  return 0;
}

/** Commands, or a manifest, for what starts the cells in place of Slurm. */
function textFor(
  on: "parallel" | "kubernetes",
  sweep: Sweep,
  sending: Sending,
  { claim, image }: Flags,
): string[] {
  const lines = parallelLines(sending.start, sending);
  if (on === "parallel") return lines;
  if (claim === undefined) {
    throw new UserError(
      "--on kubernetes: where are the project and the results? give a claim of " +
        "a volume and its folder, as in --claim work:/work",
    );
  }
  const pod = { image, claim: claim.name, mount: claim.mount };
  const job = indexedJob(sweep, sending.start, { ...sending, pod });
  return manifestText(job, lines.at(-1)!);
}

/** What each takes, beside `throttle` and `chunk`. */
const TAKES = {
  slurm: ["partition", "time", "cpus", "mem", "gres", "sbatch", "dry-run"],
  parallel: ["cpus"],
  kubernetes: ["cpus", "mem", "image", "claim"],
} as const satisfies Record<typeof MANAGERS[number], readonly string[]>;

/** The first flag that is given to what does not take it. */
function unusedFlag(
  on: typeof MANAGERS[number],
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  const own: readonly string[] = TAKES[on];
  return Object.values(TAKES).flat().find((name) => {
    const value = given[name];
    const isGiven = Array.isArray(value) ? value.length > 0 : value;
    return isGiven && !own.includes(name);
  });
}

/** @throws {UserError} a cell would refuse its run */
async function checkRuns(request: Request, folder: string): Promise<void> {
  const revision = await sourceState();
  if (request.requireClean) checkClean(revision);
  const source = identityOf(revision);
  for (const { name, config } of request.runs) {
    await checkFolder(`${folder}/${name}`, { ...config }, {
      source,
      flagsOf: typedSettings,
    });
  }
}

/** What starts the script on a node, without the network. */
function startOn(
  { experiment, path }: Script,
  flags: readonly string[],
): Start {
  const v8 = v8Flags().join(",");
  const cache = variable("DENO_DIR");
  const permissions = permissionsOf(experiment);
  return {
    ...whereabouts(),
    env: {
      ...v8 && { DENO_V8_FLAGS: v8 },
      ...cache && { DENO_DIR: cache },
    },
    command: [Deno.execPath(), "run", "--cached-only", ...permissions, path],
    flags,
  };
}

/** Flags of the experiment that say what submit says. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  list: "use --dry-run",
  json: "use deno task status",
  cell: "submit gives each job its own",
  gather: "submit sends a job that does",
  "sweep-file": "submit writes it",
  fresh: "a job that goes on would start over; use another --out DIR",
};

/** @throws {UserError} a flag that no job can have */
function requireSweep(flags: readonly string[]): void {
  for (const flag of flags) {
    const [, name = ""] = /^--([^=]+)/.exec(flag) ?? [];
    if (!Object.hasOwn(ELSEWHERE, name)) continue;
    throw new UserError(`--${name}: not with submit: ${ELSEWHERE[name]}`);
  }
}

if (import.meta.main) await runTask(submit);
