/**
 * Kills a sweep at random moments, over and over, and compares what is there
 * in the end with an uninterrupted sweep, byte by byte. Also a program, which
 * takes the number of kills: `deno task soak`.
 */

import { assert, assertEquals } from "@std/assert";
import { stream } from "../../src/random/stream.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  digests,
  ended,
  type Flags,
  start,
  startBare,
  tinyNet,
} from "./command.ts";

/** Sweeps that have every engine and optimiser, several draws, likelihoods. */
const SWEEPS: readonly Flags[] = [
  { backend: "wasm", jobs: 2 },
  { engine: "wasm", backend: "cpu", objective: "iwae", k: 3, steps: 1500 },
  { backend: "wasm", optimizer: "adagrad", samples: 3, posterior: "isotropic" },
  {
    ...{
      backend: "cpu",
      optimizer: "sgd",
      "learning-rate": 1e-5,
      objective: "elbo-sampled",
    },
    ...{ likelihood: "gaussian", "decoder-variance": "optimal" },
  },
];

/** All files but run.json, which holds times, by path. */
async function contents(folder: string): Promise<Record<string, string>> {
  const files = Object.entries(await digests(folder));
  return Object.fromEntries(
    files.filter(([path]) => !/(run\.json|source\.patch)$/.test(path)),
  );
}

/** What starts a sweep: with its pictures and figures, or without. */
const STARTS = {
  drawn: (args: readonly string[]) => start("latent-sweep", args),
  bare: (args: readonly string[]) => startBare(args),
};

/**
 * Kills sweeps `kills` times; whenever one got to its end in between, its
 * results are compared and another starts in another folder.
 *
 * @param kind whether they have pictures and figures
 * @param more flags that all sweeps have
 * @returns in how many folders a sweep was finished
 */
export async function killAndCompare(
  kills: number,
  seed: number,
  kind: keyof typeof STARTS,
  more: Flags = {},
): Promise<number> {
  const often = { "eval-every": 60, "checkpoint-every": 25 };
  const sweeps = SWEEPS.map((flags) => [
    ...tinyNet({ latent: "1,2", steps: 500, ...often, ...flags, ...more }),
    "--quiet",
  ]);
  const begin = (sweep: readonly string[], out: string) =>
    STARTS[kind]([...sweep, "--out", out]);
  /** Runs a sweep to its end, and gives what is there then. */
  async function finish(sweep: readonly string[], out: string) {
    assertQuietSuccess(await ended(begin(sweep, out)));
    return await contents(out);
  }
  const moments = stream(seed, "evaluate").uniforms(kills);
  let finished = 0;
  await withFolder(async (folder) => {
    const at = () => finished % sweeps.length;
    const whole: Record<string, string>[] = [];
    /** What the sweep that is killed gives where it is left alone. */
    async function expected() {
      const i = at();
      whole[i] ??= await finish(sweeps[i]!, `${folder}/whole${i}`);
      assert(Object.keys(whole[i]).length > 10);
      return whole[i];
    }
    const out = () => `${folder}/${finished}`;
    for (const moment of moments) {
      const child = begin(sweeps[at()]!, out());
      const outcome = ended(child);
      const timer = setTimeout(
        () => child.kill("SIGKILL"),
        600 + 3000 * moment,
      );
      const { code } = await outcome;
      clearTimeout(timer);
      if (code === 0) {
        assertEquals(await contents(out()), await expected());
        finished += 1;
      }
    }
    assertEquals(await finish(sweeps[at()]!, out()), await expected());
  });
  return finished + 1;
}

if (import.meta.main) {
  const kills = Number(Deno.args[0] ?? 200);
  const finished = await killAndCompare(kills, kills, "drawn");
  console.log(`${kills} kills, ${finished} sweeps finished, all identical`);
}
