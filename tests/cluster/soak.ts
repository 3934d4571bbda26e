/**
 * `deno task soak:cluster [KILLS] [ROUNDS]`: kills so many cells of a sweep on
 * a real Slurm at random moments, submits once more, and compares; and starts
 * eight cells at once by GNU parallel, so many times. 30 and 20 take ten minutes
 * on two cores.
 */

import { assert, assertEquals } from "@std/assert";
import { stream } from "../../src/random/stream.ts";
import { withFolder } from "../data/helpers.ts";
import { runTask } from "../experiments/command.ts";
import { Slurm, until } from "./slurm.ts";
import { resultsOf, sweepFlags, sweptHere, task } from "./sweeps.ts";

/** A cell takes some seconds, of which a good part is not training. */
const SHORT = { latent: 2, steps: 500, "eval-every": 250 };

/** The processes of cells whose results go to a folder, by their numbers. */
async function cellsOf(out: string): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-ww", "-eo", "pid=,args="],
  }).output();
  return new TextDecoder().decode(stdout).split("\n")
    .filter((line) => line.includes(` ${out} `) && line.includes(" --cell "))
    .map((line) => parseInt(line));
}

/**
 * Kills cells of one array at random moments, then submits what is missing.
 *
 * @returns how many were sent again
 */
export async function killCells(kills: number): Promise<number> {
  const more = { ...SHORT, seed: `1-${kills + 6}` };
  let sent = "";
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/slurm`);
    await using slurm = await Slurm.start(`${folder}/slurm`);
    const out = `${folder}/out`;
    const args = ["exp:latent-sweep", ...sweepFlags(out, more), "--cpus", "1"];
    const whole = await sweptHere(`${folder}/whole`, more);
    assertEquals((await task(slurm, "submit", args)).code, 0);
    const moments = stream(kills, "generate").uniforms(2 * kills);
    const killed = new Set<number>();
    for (let i = 0; i < kills; i++) {
      let running: number[] = [];
      await until(async () => {
        running = (await cellsOf(out)).filter((pid) => !killed.has(pid));
        return running.length > 0;
      });
      await new Promise((done) => setTimeout(done, 3000 * moments[2 * i]!));
      const pid = running[Math.floor(running.length * moments[2 * i + 1]!)]!;
      try {
        Deno.kill(pid, "SIGKILL");
        killed.add(pid);
      } catch {
        i -= 1; // it had ended
      }
    }
    await slurm.idle(600);
    sent = (await task(slurm, "submit", args)).stdout;
    await slurm.idle(600);
    assertEquals(await resultsOf(out), whole);
  });
  const [, count] = /, (\d+) sent/.exec(sent) ?? [];
  assert(count !== undefined, sent);
  return Number(count);
}

/** Starts eight cells at once, in folder after folder, and compares. */
export async function eightAtOnce(rounds: number): Promise<void> {
  const more = { ...SHORT, steps: 20, "eval-every": 10, seed: "1-8" };
  await withFolder(async (folder) => {
    const whole = await sweptHere(`${folder}/whole`, more);
    for (let round = 1; round <= rounds; round++) {
      const out = `${folder}/${round}`;
      const { stdout } = await runTask("submit", [
        ...["exp:latent-sweep", ...sweepFlags(out, more)],
        ...["--on", "parallel", "--throttle", "8"],
      ]);
      const shell = await new Deno.Command("sh", {
        args: ["-ec", stdout],
        stdin: "null",
      }).output();
      const stderr = new TextDecoder().decode(shell.stderr);
      assertEquals([shell.code, stderr], [0, ""], `round ${round}`);
      assertEquals(await resultsOf(out), whole, `round ${round}`);
      await Deno.remove(out, { recursive: true });
    }
  });
}

if (import.meta.main) {
  const [kills = 30, rounds = 20] = Deno.args.map(Number);
  const sent = await killCells(kills);
  console.log(`${kills} kills, ${sent} cells sent again, all identical`);
  await eightAtOnce(rounds);
  console.log(`eight cells at once, ${rounds} times, all identical`);
}
