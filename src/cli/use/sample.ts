/**
 * `deno task sample`: new observations from trained models.
 *
 * @module
 */

import { z } from "zod";
import { integer, MOST, once, word } from "../../config/value.ts";
import {
  decode,
  sampleObservations,
  samplePrior,
} from "../../model/generate.ts";
import { observationNoise } from "../../model/likelihood/noise.ts";
import { totalLatentDim } from "../../model/spec.ts";
import { MAX_SEED, stream } from "../../random/stream.ts";
import { gridOf } from "../../sweep/pictures.ts";
import {
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
} from "../finished_runs.ts";
import { runTask, type Task, type TaskFlags } from "../task.ts";
import {
  fileTo,
  makeFromRuns,
  writeMade,
  X_ENDINGS,
  X_OUT_HELP,
} from "./output.ts";

/** The default number of samples. */
const COUNT = 100;

/** What of p(x|z) is a sample. */
const VALUES = ["means", "draws"] as const;

const FLAGS = {
  count: ["N", `samples (default: ${COUNT})`],
  seed: ["N", "of all draws (default: the run's own)"],
  values: [
    "NAME",
    "means (E[x|z]) or draws (x from p(x|z)) at draws of z from the prior " +
    "(default: means of images, draws of tables)",
  ],
  out: ["FILE", X_OUT_HELP],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  count: once(integer(1, MOST)),
  seed: once(integer(0, MAX_SEED)),
  values: once(word(VALUES)),
  out: once(fileTo(X_ENDINGS)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Draws new observations from trained models.",
    "",
    "Usage: deno task sample RUN... [FLAGS]",
    "",
    "The first samples of a larger count are those of a smaller one.",
  ],
  flags: FLAGS,
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function sample(args: readonly string[]): Promise<void> {
  await makeFromRuns(args, TASK, sampleOne);
}

/** Columns of the picture. */
const COLUMNS = 10;

/** The part of the stream that pixels are drawn from; 0: z. */
const PIXELS = 1;

async function sampleOne(
  restored: RestoredRun,
  flags: Flags,
): Promise<void> {
  const { run: { config }, vae, data } = restored;
  const { count = COUNT, seed = config.seed } = flags;
  const kind = flags.values ?? (data.image === null ? "draws" : "means");
  const noise = stream(seed, "generate")
    .normals(count * totalLatentDim(vae.spec));
  const latents = await samplePrior(vae, noise);
  const values = kind === "means"
    ? await decode(vae, latents)
    : await sampleObservations(
      vae,
      latents,
      observationNoise(
        config.likelihood,
        stream(seed, "generate", 0, PIXELS),
        count * data.dim,
      ),
    );
  await writeMade(restored, {
    values,
    name: `samples-n${count}-seed${seed}${kind === "means" ? "" : "-draws"}`,
    png: () => gridOf(data)([values], { ...data.image!, columns: COLUMNS }),
  }, flags.out);
}

if (import.meta.main) await runTask(sample);
