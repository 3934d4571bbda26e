/** How a sweep runs without Slurm: texts that people take to other programs. */

import { printableJson } from "../../text.ts";
import { shellWords } from "../task_command.ts";
import { type Resources, type Start, withoutCheck } from "./batch_script.ts";
import type { Sweep } from "./sweep_file.ts";

/** How the cells run. */
export interface Cells {
  /** how many chunks the runs are in */
  readonly of: number;
  /** cells at a time; undefined: as many as the other program takes */
  readonly throttle: number | undefined;
  readonly resources: Pick<Resources, "cpus" | "mem">;
}

/** Commands for a shell: GNU parallel on this machine, then a gather. */
export function parallelLines(
  start: Start,
  { of, throttle, resources: { cpus = 1 } }: Cells,
): string[] {
  const { env, command, flags } = start;
  // A cell reads the number of its cores as in a job of Slurm: else each would
  // have a thread for every core.
  const own = { INIT_CWD: start.user, SLURM_CPUS_PER_TASK: cpus, ...env };
  const variables = Object.entries(own)
    .map(([name, value]) => `${name}=${value}`);
  const run = ["env", ...variables, ...command];
  const cells = withoutCheck(flags);
  const jobs = throttle === undefined ? [] : ["--jobs", `${throttle}`];
  // --quote: the words reach the program as they are here.
  const parallel = ["parallel", "--quote", ...jobs, ...run, ...cells, "--cell"];
  return [
    `cd ${shellWords([start.start])}`,
    `seq 0 ${of - 1} | ${shellWords(parallel)} {}/${of}`,
    shellWords([...run, ...flags, "--gather"]),
  ];
}

/** Where a Kubernetes cluster has the project and the results. */
export interface Pod {
  readonly image: string;
  /** the claim of a volume that all pods can write */
  readonly claim: string;
  /** where the volume is mounted */
  readonly mount: string;
}

/** An Indexed Job of Kubernetes. */
export function indexedJob(
  sweep: Sweep,
  { start, user, env, command, flags }: Start,
  { of, throttle, resources: { cpus, mem }, pod }: Cells & {
    readonly pod: Pod;
  },
): object {
  const { image, claim, mount } = pod;
  const limits = {
    ...cpus !== undefined && { cpu: `${cpus}` },
    ...mem !== undefined && { memory: mem },
  };
  const name = `${sweep.experiment}-${sweep.id}`.toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-");
  const cells = withoutCheck(flags);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: {
      completionMode: "Indexed",
      completions: of,
      parallelism: throttle ?? of,
      // Of each cell: a run that failed fails again; a pod that was evicted, or
      // that wrote its checkpoint and ended with 143, goes on.
      backoffLimitPerIndex: 6,
      maxFailedIndexes: of,
      podFailurePolicy: {
        rules: [
          {
            action: "FailIndex",
            onExitCodes: { operator: "In", values: [1, 2] },
          },
          {
            action: "Ignore",
            onPodConditions: [{ type: "DisruptionTarget" }],
          },
        ],
      },
      template: {
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 60,
          containers: [{
            name: "cell",
            image,
            workingDir: start,
            env: Object.entries({ INIT_CWD: user, ...env })
              .map(([name, value]) => ({ name, value })),
            command: ["deno", ...command.slice(1), ...cells],
            args: ["--cell", `env/${of}`],
            resources: { limits },
            volumeMounts: [{ name: "work", mountPath: mount }],
          }],
          volumes: [{
            name: "work",
            persistentVolumeClaim: { claimName: claim },
          }],
        },
      },
    },
  };
}

/** The manifest's text: comments, and JSON, which is YAML. */
export function manifestText(job: object, gather: string): string[] {
  return [
    "# Checked against the schema of Kubernetes, and not run by this project.",
    "# The volume holds the project, the results and Deno's cache. Afterwards:",
    `#   ${gather}`,
    ...printableJson(JSON.stringify(job, null, 2)).split("\n"),
  ];
}
