/** The command line of exp:gradient-snr, which trains nothing. */

import { parseArgs } from "@std/cli";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { measureSlopes } from "../published/gradient_slopes.ts";
import { offPublished } from "../published/sections.ts";
import { MAX_SEED } from "../random/stream.ts";
import { sourceState, versions } from "../results/provenance.ts";
import { say } from "./progress.ts";
import { runTask } from "./run_task.ts";
import { integer, sampleCount, text } from "./values.ts";

const HELP = `Signal to noise of gradients against k (Rainforth et al. 2018)

Usage: deno task exp:gradient-snr [FLAGS]

  --budget N  gradients drawn of each k, at least 10 (default: 500)
  --k K       the most importance samples: powers of two up to it (default: 64)
  --rows N    datapoints that a gradient is the mean over (default: 1024)
  --seed N    of data, parameters and draws (default: 1)
  --out DIR   where results go (default: results)
  --check     exit code 1 where a slope is off
  --list      print the name of the measurement and write nothing
  --quiet     print nothing but warnings and errors
  --help      print this`;

const flagsSchema = z.object({
  budget: sampleCount().refine((n) => n >= 10, "expected at least 10"),
  k: integer(32, 1_000_000),
  rows: integer(1, 1_000_000),
  seed: integer(0, MAX_SEED),
  out: text(),
  check: z.boolean(),
  list: z.boolean(),
  quiet: z.boolean(),
  help: z.boolean(),
});

const DEFAULTS = {
  budget: "500",
  k: "64",
  rows: "1024",
  seed: "1",
  out: "results",
};

/** Runs the experiment as a program. */
export async function runGradientSnr(args: readonly string[]): Promise<void> {
  await runTask(async () => {
    const off = await gradientSlopes(args);
    for (const line of off) say(line);
    if (off.length > 0) Deno.exitCode = 1;
  });
}

async function gradientSlopes(args: readonly string[]): Promise<string[]> {
  const { budget: draws, k, rows, seed, out, ...flags } = readArgs(args);
  if (flags.help) {
    console.log(HELP);
    return [];
  }
  const ks = Array.from(
    { length: Math.floor(Math.log2(k)) + 1 },
    (_, i) => 2 ** i,
  );
  const name = `toy-k${ks.at(-1)}-n${rows}-draws${draws}-seed${seed}`;
  if (flags.list) {
    console.log(name);
    return [];
  }
  const { git: { commit, dirty } } = await sourceState();
  const folder = `${out}/gradient-snr`;
  const measurement = {
    ...{ seed, rows, ks, draws },
    ...{ git: { commit, dirty }, versions: versions() },
  };
  await measureSlopes(`${folder}/${name}`, measurement, (k) => {
    if (!flags.quiet) say(`k ${k} of ${ks.at(-1)}`);
  });
  if (!flags.quiet) say(`results in ${folder}`);
  if (!flags.check) return [];
  return await offPublished("gradient-snr", { folder, names: new Set([name]) });
}

function readArgs(args: readonly string[]) {
  const typed: Record<string, unknown> = parseArgs([...args], {
    string: Object.keys(DEFAULTS),
    boolean: ["check", "list", "quiet", "help"],
    unknown: (arg: string) => {
      throw new UserError(`${arg}: no such flag; --help lists them`);
    },
  });
  const given = Object.fromEntries(
    Object.entries(typed).filter(([, value]) => value !== undefined),
  );
  const result = flagsSchema.safeParse({ ...DEFAULTS, ...given });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  throw new UserError(`--${name} ${typed[name]}: ${issue?.message}`);
}
