/**
 * A real Slurm on this machine: munged, slurmctld and one slurmd on loopback,
 * with all their files in a temporary folder. They are stopped by their process
 * ids. On Debian: slurmctld, slurmd, slurm-client, munge.
 */

import { assert } from "@std/assert";

/** Programs that must be there. */
const PROGRAMS = [
  "mungekey",
  "munged",
  "slurmctld",
  "slurmd",
  "sbatch",
  "squeue",
];

/** Why there is no Slurm here; null: there is. */
export async function slurmObstacle(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "Slurm is for Linux";
  if (await userId() !== "0") return "Slurm's daemons are started by root";
  for (const program of PROGRAMS) {
    if (!await hasProgram(program)) return `no ${program}`;
  }
  return null;
}

async function userId(): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: ["-u"] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Whether a program is installed. */
export async function hasProgram(name: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${name}`],
    stdout: "null",
    env: PATH,
  }).output();
  return success;
}

/** Debian has daemons where users do not look. */
const PATH: Record<string, string> = {
  PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin`,
};

/** How the cluster differs from its defaults. */
export interface SlurmOptions {
  /** the first index that an array cannot have */
  readonly maxArraySize?: number;
}

/** Ports on which nobody listens. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

/** A cluster of one node with two cores, until it is disposed of. */
export class Slurm implements AsyncDisposable {
  readonly #folder: string;
  readonly #daemons = new Map<string, Deno.ChildProcess>();
  /** for the programs that use it */
  readonly env: Readonly<Record<string, string>>;

  private constructor(folder: string) {
    this.#folder = folder;
    this.env = { ...PATH, SLURM_CONF: `${folder}/slurm.conf` };
  }

  /** Starts it, with its files in the folder. */
  static async start(
    folder: string,
    { maxArraySize = 1001 }: SlurmOptions = {},
  ): Promise<Slurm> {
    for (const name of ["state", "spool"]) {
      await Deno.mkdir(`${folder}/${name}`);
    }
    await Deno.chmod(folder, 0o700); // munged asks for it
    const slurm = new Slurm(folder);
    await slurm.ask("mungekey", "--create", `--keyfile=${folder}/munge.key`);
    const [controller, node] = freePorts(2);
    await Deno.writeTextFile(`${folder}/cgroup.conf`, "CgroupAutomount=no\n");
    await Deno.writeTextFile(
      `${folder}/slurm.conf`,
      `ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmctldPort=${controller}
SlurmdPort=${node}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=30
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=8
KillWait=5
MinJobAge=2
MaxArraySize=${maxArraySize}
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP
`,
    );
    slurm.#spawn("munged", [
      "--foreground",
      "--force",
      `--key-file=${folder}/munge.key`,
      `--socket=${folder}/munge.socket`,
      `--pid-file=${folder}/munge.pid`,
      `--log-file=${folder}/munge.log`,
      `--seed-file=${folder}/munge.seed`,
    ]);
    await until(async () => (await fileThere(`${folder}/munge.socket`)));
    slurm.#spawn("slurmctld", ["-D"]);
    slurm.startNode();
    await until(async () => /\bidle\b/.test(await slurm.ask("sinfo", "-h")));
    return slurm;
  }

  #spawn(program: string, args: readonly string[]): void {
    const child = new Deno.Command(program, {
      args: [...args],
      env: this.env,
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#daemons.set(program, child);
  }

  /** Starts the node's daemon. */
  startNode(): void {
    this.#spawn("slurmd", ["-D", "-N", "localhost"]);
  }

  /** Kills the node's daemon; its jobs run on. */
  async killNode(): Promise<void> {
    const child = this.#daemons.get("slurmd")!;
    child.kill("SIGKILL");
    await child.status;
  }

  /** What one of Slurm's programs prints; "" where it fails. */
  async ask(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await new Deno.Command(program, {
      args,
      env: this.env,
      stdin: "null",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  }

  /**
   * Waits until no job is left. A node that answers late, as where other programs
   * have the cores, is taken for lost; its jobs begin again cred_expire later.
   */
  async idle(seconds = 240): Promise<void> {
    await until(async () => await this.ask("squeue", "-h") === "", seconds);
  }

  /** Cancels all jobs, and stops the daemons. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask("scancel", "--user=root");
    await until(async () => await this.ask("squeue", "-h") === "", 20)
      .catch(() => {});
    for (const child of [...this.#daemons.values()].reverse()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
      await child.status;
      clearTimeout(timer);
    }
  }
}

async function fileThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Waits for something that takes a moment, or minutes on a busy machine. */
export async function until(
  isSo: () => Promise<boolean>,
  seconds = 300,
): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !await isSo();) {
    assert(Date.now() < end, `not within ${seconds} s: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
