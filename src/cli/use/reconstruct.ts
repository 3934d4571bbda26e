/**
 * `deno task reconstruct`: rows, and what trained models make of them.
 *
 * @module
 */

import { z } from "zod";
import { integer, once, word } from "../../config/value.ts";
import { firstRows } from "../../data/dataset.ts";
import { encodeRows } from "../../evaluate/encode_rows.ts";
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
import {
  conditions,
  decodeRows,
  pixels,
  range,
  requireCount,
  SPLIT_HELP,
  SPLITS,
  withSplit,
} from "./rows.ts";

/** The default number of images, in a picture. */
const IMAGES = 50;

const FLAGS = {
  rows: ["N", `rows, from the first (default: all; in a picture ${IMAGES})`],
  split: ["NAME", SPLIT_HELP],
  out: ["FILE", X_OUT_HELP],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  rows: once(integer(1)),
  split: once(word(SPLITS)),
  out: once(fileTo(X_ENDINGS)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Reconstructs rows: E[x|z] at the mean of q(z|x).",
    "",
    "Usage: deno task reconstruct RUN... [FLAGS]",
    "",
    "In a picture each row of images stands above its reconstructions; other",
    "files have the reconstructions alone, in the order of the rows.",
  ],
  flags: FLAGS,
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function reconstruct(args: readonly string[]): Promise<void> {
  await makeFromRuns(args, TASK, reconstructOne);
}

/** Columns of the picture. */
const COLUMNS = 10;

async function reconstructOne(
  restored: RestoredRun,
  flags: Flags,
): Promise<void> {
  const { run: { config, folder }, vae, backend: { check } } = restored;
  const { split = "test", out } = flags;
  const data = withSplit(restored.data, config, split);
  const { test } = data;
  requireCount(
    flags.rows,
    test,
    `the ${split} split of ${folder}`,
  );
  const isPicture = out === undefined
    ? data.image !== null
    : out.endsWith(".png");
  const count = flags.rows ??
    (isPicture ? Math.min(IMAGES, test.count) : test.count);
  const { mean } = await encodeRows(vae, firstRows(test, count), { check });
  const values = await decodeRows(vae, mean, conditions(test, range(count)));
  await writeMade(restored, {
    values,
    name: `reconstructions-${split}-n${count}`,
    png: () =>
      gridOf(data)([pixels(test, range(count)), values], {
        ...data.image!,
        columns: COLUMNS,
      }),
  }, out);
}

if (import.meta.main) await runTask(reconstruct);
