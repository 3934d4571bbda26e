/**
 * `deno task sample`: new observations from trained models.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer, MOST, text, word } from "../../config/value.ts";
import { conditionsByClass } from "../../data/condition.ts";
import { valuesOf } from "../../data/labels.ts";
import type { TrainingData } from "../../data/load.ts";
import { UserError } from "../../errors.ts";
import { sampleObservations, samplePrior } from "../../engine/generate.ts";
import { observationNoise } from "../../model/likelihood/noise.ts";
import { totalLatentDim } from "../../model/spec.ts";
import { MAX_SEED, stream } from "../../random/stream.ts";
import { didYouMean } from "../../table.ts";
import { repeated } from "../../sweep/pictures.ts";
import {
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
} from "../finished_runs.ts";
import { runTask, type Task, type TaskFlags } from "../task.ts";
import { byParts, conditions, decodeRows, range } from "./arrays.ts";
import {
  columnsFor,
  fileName,
  fileTo,
  type Keys,
  makeFromRuns,
  pictureOf,
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
  class: [
    "NAME",
    "of a conditional model: samples of that class (default: the labels of the " +
    "train rows, in their order)",
  ],
  out: ["FILE", X_OUT_HELP],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  count: once(integer(1, MOST)),
  seed: once(integer(0, MAX_SEED)),
  values: once(word(VALUES)),
  class: once(text("NAME")),
  out: once(fileTo(X_ENDINGS)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Draws new observations from trained models.",
    "",
    "Usage: deno task sample RUN... [FLAGS]",
    "",
    "The first samples of a larger count are those of a smaller one. CSV has the",
    "labels that a conditional model was given, as columns label_NAME.",
  ],
  flags: FLAGS,
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function sample(args: readonly string[]): Promise<void> {
  await makeFromRuns("sample", args, TASK, sampleOne);
}

/** The most values of all samples: what an array holds, and a text. */
const MOST_VALUES = { array: 2 ** 28, text: 2 ** 25 } as const;

/** The part of the stream that pixels are drawn from; 0: z. */
const PIXELS = 1;

async function sampleOne(
  restored: RestoredRun,
  flags: Flags,
): Promise<void> {
  const { run, draws, data } = restored;
  const { config } = run;
  const { count = COUNT, seed = config.seed } = flags;
  const kind = flags.values ?? (data.image === null ? "draws" : "means");
  const most = Math.floor(
    MOST_VALUES[flags.out?.endsWith(".npy") ? "array" : "text"] / data.dim,
  );
  if (count > most) {
    throw new UserError(
      `--count ${count}: at most ${most} of ${data.dim} values in one file; ` +
        "write .npy, or take fewer, and another --seed for more",
    );
  }
  const noise = stream(seed, "generate")
    .normals(count * totalLatentDim(draws.spec));
  const z = await byParts(
    count,
    [noise],
    ([noise]) => samplePrior(draws, noise!),
  );
  const y = conditionOf(data, count, flags, run.folder);
  const pixelNoise = () =>
    observationNoise(
      config.likelihood,
      stream(seed, "generate", 0, PIXELS),
      count * data.dim,
    );
  const values = kind === "means"
    ? await decodeRows(draws, z, y)
    : await byParts(
      count,
      [z, pixelNoise(), y],
      ([z, noise, y]) => sampleObservations(draws, z!, noise!, y),
    );
  await writeMade(restored, {
    values,
    keys: labelsOf(data, count, flags.class),
    name: `samples-n${count}-seed${seed}${kind === "means" ? "" : "-draws"}` +
      (flags.class === undefined ? "" : `-class-${fileName(flags.class)}`),
    png: () =>
      pictureOf(
        data,
        [values],
        columnsFor(count),
        `${
          kind === "means" ? "E[x|z]" : "Draws of x"
        } at draws of z from the ` +
          `prior, seed ${seed}` +
          (flags.class === undefined ? "" : `, class ${flags.class}`) +
          `: ${run.json.run}`,
      ),
  }, flags.out);
}

/**
 * The labels of each sample of a conditional model, as columns of a table: with
 * `--class` that alone, as all else is at its mean.
 */
function labelsOf(
  data: TrainingData,
  count: number,
  name: string | undefined,
): Keys {
  const { labels = [], condition = [], train } = data;
  if (name !== undefined) {
    const { label } = conditionsByClass(data)!;
    const rows = range(count).map(() => [name]);
    return { columns: [`label_${label.name}`], rows };
  }
  const given = condition.flatMap((own) =>
    labels.filter(({ name }) => name === own)
  );
  const ofLabels = given.map((label) => valuesOf(label, "train"));
  return {
    columns: given.map(({ name }) => `label_${name}`),
    rows: range(count).map((i) =>
      ofLabels.map((values) => values[i % train.count]!)
    ),
  };
}

/**
 * y of each sample of a conditional model: of one class, or of the train rows in
 * their order, from the first again where there are fewer.
 *
 * @throws {UserError} there is no such class
 */
function conditionOf(
  data: TrainingData,
  count: number,
  { class: name }: Flags,
  folder: string,
): Float32Array | undefined {
  const { train } = data;
  if (name === undefined) {
    return conditions(train, range(count).map((row) => row % train.count));
  }
  const byClass = conditionsByClass(data);
  if (byClass === null) {
    throw new UserError(
      `--class ${name}: ${folder} is not conditioned on classes; leave it out`,
    );
  }
  const { classes } = byClass.label;
  const index = classes.indexOf(name);
  if (index < 0) {
    throw new UserError(
      `--class ${name}: use one of ${classes.join(", ")}` +
        didYouMean(name, classes),
    );
  }
  const width = byClass.values.length / classes.length;
  return repeated(
    byClass.values.subarray(index * width, (index + 1) * width),
    count,
  );
}

if (import.meta.main) await runTask(sample);
