import { assert, assertEquals, assertMatch } from "@std/assert";
import { sweepsIn } from "../../src/cli/cluster/sweep_file.ts";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import { assertMistake, exists, timingOf } from "../experiments/command.ts";
import { Slurm, slurmObstacle, until } from "./slurm.ts";
import { resultsOf, sweepFlags, sweptHere, task } from "./sweeps.ts";

const obstacle = await slurmObstacle();
const NAME =
  "cells on Slurm that are killed, requeued and sent again give the sweep's bytes";

Deno.test({
  name: obstacle === null ? NAME : `${NAME} [ignored: ${obstacle}]`,
  ignore: obstacle !== null,
  fn: () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/slurm`);
      // An array has at most two cells.
      const limit = { maxArraySize: 2 };
      await using slurm = await Slurm.start(`${folder}/slurm`, limit);
      await disturbedSweep(slurm, `${folder}/out put`);
    }),
});

const THREE = { latent: 2 };

async function disturbedSweep(slurm: Slurm, out: string): Promise<void> {
  const whole = sweptHere(`${out} whole`, THREE);
  const folder = `${out}/latent-sweep`;
  const flags = [...sweepFlags(out, THREE), "--cpus", "1"];
  const submit = async (...more: string[]) =>
    await task(slurm, "submit", ["exp:latent-sweep", ...flags, ...more]);
  const status = async () => (await task(slurm, "status", [out])).stdout;

  assertMistake(
    await submit("--partition", "nope"),
    "sbatch: Batch job submission failed: Invalid partition",
  );
  assertEquals(await slurm.ask("squeue", "-h"), "");

  // Three cells on two cores, of arrays of at most two.
  const sent = await submit();
  assertEquals(sent.stderr, "");
  const [, job] =
    /^job (\d+): cells 0-1 of 3\njob \d+: cells 2 of 3\njob \d+: summary and /
      .exec(sent.stdout) ?? [];
  assert(job !== undefined, sent.stdout);
  const [sweep] = await sweepsIn(folder);
  const run = (cell: number) => `${folder}/${sweep!.runs[cell]!.name}`;
  const trains = (cell: number) =>
    until(async () =>
      (await checkpointSteps(`${run(cell)}.partial`)).length > 0
    );

  const kill = async () => {
    await trains(0);
    const lock = `${folder}/.${sweep!.runs[0]!.name}.lock`;
    Deno.kill(Number(await Deno.readTextFile(lock)), "SIGKILL");
  };
  const requeue = async () => {
    await trains(1);
    await slurm.ask("scontrol", "requeue", `${job}_1`);
    const state = () => slurm.ask("squeue", "-h", "-j", `${job}_1`, "-o", "%T");
    await until(async () => (await state()).trim() === "PENDING");
    await slurm.ask("scontrol", "update", `JobId=${job}_1`, "StartTime=now");
  };
  const killNode = async () => {
    await until(async () => await slurm.ask("squeue", "-ht", "R") !== "");
    await slurm.killNode();
    slurm.startNode();
  };
  await Promise.all([kill(), requeue()]);
  // Not before: on a node that is gone a job that was requeued does not end.
  await killNode();

  // What is in the queue is not sent again; what is not, is.
  assertMatch(await status(), /: 3 runs, .*1 failed/);
  const again = await submit();
  assertMatch(again.stdout, /^job \d+: cells 0 of 3\n[^]*, 1 sent\n/);
  assertMatch((await submit()).stdout, /^3 runs: .*, 0 sent\n/);
  await slurm.idle();
  assertMatch(await status(), /: 3 runs, 3 done\n$/);
  for (const cell of [0, 1]) {
    assert((await timingOf(run(cell))).resumedFrom > 0, `cell ${cell}`);
  }
  assertEquals(await resultsOf(out), await whole);
  assert(await exists(`${folder}/summary.csv`));

  const file = `${sweep!.jobs}/sweep.json`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace("seed1", "seed2"));
  assertMistake(await submit(), file, "not as submit wrote it");
}
