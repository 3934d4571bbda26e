/** A sweep for tests on clusters: six small runs, and what they must give. */

import { assertEquals } from "@std/assert";
import {
  digests,
  type Flags,
  type Outcome,
  run,
  runTask,
  tinyNet,
} from "../experiments/command.ts";
import type { Slurm } from "./slurm.ts";

/** The flags of the sweep: six runs that take a second each, or more. */
export function sweepFlags(out: string, more: Flags = {}): string[] {
  return [
    ...tinyNet({
      ...{ latent: "2,3", seed: "1,2,3", out, jobs: 1 },
      ...{ engine: "wasm", backend: "auto", "final-k": 0 },
      ...{ steps: 3000, "eval-every": 1000, "checkpoint-every": 50 },
      ...more,
    }),
    "--quiet",
  ];
}

/** What the sweep gives without a cluster. */
export async function sweptHere(out: string, more: Flags = {}) {
  const outcome = await run("latent-sweep", sweepFlags(out, more), {
    hasWholeNames: true,
  });
  assertEquals(outcome, { code: 0, stdout: "", stderr: "" });
  return await resultsOf(out);
}

/** The hashes of a sweep's results, by path: not those of its jobs' files. */
export async function resultsOf(out: string): Promise<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(await digests(out))
      .filter(([path]) => !path.includes("/.jobs/")),
  );
}

/** Runs submit, or status, on the cluster. */
export async function task(
  slurm: Slurm,
  name: "submit" | "status",
  args: readonly string[],
): Promise<Outcome> {
  return await runTask(name, args, { env: slurm.env });
}
