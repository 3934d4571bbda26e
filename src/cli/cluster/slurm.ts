/** Slurm's programs. */

import { UserError } from "../../errors.ts";

/** What to do where there is no Slurm. */
const ELSEWHERE = "run it where Slurm is, such as a login node";

/** @throws {UserError} the program is not there, or refuses */
async function ask(program: string, args: readonly string[]): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
    }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`${program}: no such program here; ${ELSEWHERE}`);
  }
  const [stdout, stderr] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes).trim());
  if (output.success) return stdout!;
  const said = stderr!.split("\n").at(-1)!
    .replace(`${program}: `, "").replace(/^(error|fatal): /, "");
  throw new UserError(`${program}: ${said || "it failed"}`);
}

/** A cell of a sweep, or its gather job, in the queue. */
export interface QueuedJob {
  /** of its sweep */
  readonly sweep: string;
  /** chunk `index` of `of`; undefined: the gather job */
  readonly cell: { readonly index: number; readonly of: number } | undefined;
  /** such as `12_3`, or `12` */
  readonly job: string;
  readonly isRunning: boolean;
  /** why it waits, as Slurm says it */
  readonly reason: string;
}

/** The name of an array of cells: squeue tells by it what its jobs are. */
export function arrayName(
  { experiment, id }: { experiment: string; id: string },
  { offset, of }: { offset: number; of: number },
): string {
  return `${plain(experiment)}.${id}.${offset}.${of}`;
}

/** The name of the job that gathers. */
export function gatherName(
  { experiment, id }: { experiment: string; id: string },
): string {
  return `${plain(experiment)}.${id}.gather`;
}

const plain = (name: string) => name.replaceAll(/[^\w-]/g, "-");

const NAME = /\.([0-9a-f]{8})\.(?:gather|(\d+)\.(\d+))$/;

const FORMAT = "%j|%i|%K|%T|%r";

/** The user's jobs of sweeps in the queue. */
export async function queued(): Promise<QueuedJob[]> {
  return jobsOf(await ask("squeue", ["--me", "-h", "-r", "-o", FORMAT]));
}

/** The jobs of sweeps among those that squeue lists. */
export function jobsOf(text: string): QueuedJob[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", job = "", index = "", state = "", reason = ""] = line
      .split("|");
    const [, sweep, offset, of] = NAME.exec(name) ?? [];
    if (sweep === undefined) return [];
    const cell = of === undefined
      ? undefined
      : { index: Number(offset) + Number(index), of: Number(of) };
    return [{ sweep, cell, job, isRunning: state !== "PENDING", reason }];
  });
}

/** The first index that an array cannot have. */
export async function maxArraySize(): Promise<number> {
  const text = await ask("scontrol", ["show", "config"]);
  const [, size] = /^MaxArraySize\s*=\s*(\d+)$/m.exec(text) ?? [];
  if (size !== undefined && Number(size) > 0) return Number(size);
  throw new UserError("this Slurm takes no arrays: its MaxArraySize is 0");
}

/** Slurm's own default. */
export const USUAL_ARRAY_SIZE = 1001;

/**
 * Submits a batch script.
 *
 * @param after jobs whose end it waits for, however they end
 * @returns the job's number
 * @throws {UserError} it is refused
 */
export async function sbatch(
  script: string,
  after: readonly string[],
): Promise<string> {
  const text = await ask("sbatch", [...sbatchArgs(after), script]);
  return text.split(";")[0]!; // a cluster's name may follow
}

/** What stands before the script on the command line. */
export function sbatchArgs(after: readonly string[]): string[] {
  return [
    "--parsable",
    ...after.length === 0 ? [] : [`--dependency=afterany:${after.join(":")}`],
  ];
}
