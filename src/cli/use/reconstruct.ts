/**
 * `deno task reconstruct`: rows, and what trained models make of them.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer } from "../../config/value.ts";
import { firstRows } from "../../data/dataset.ts";
import { encodeRows } from "../../evaluate/encode_rows.ts";
import {
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
} from "../finished_runs.ts";
import { runTask, type Task, type TaskFlags } from "../task.ts";
import { conditions, decodeRows, pixels, range } from "./arrays.ts";
import {
  columnsFor,
  fileTo,
  isPicture,
  makeFromRuns,
  pictureOf,
  writeMade,
  X_ENDINGS,
  X_OUT_HELP,
} from "./output.ts";
import { chooseRows, requireCount, ROW_FLAGS, rowFlagsSchema } from "./rows.ts";

/** The default number of images, in a picture. */
const IMAGES = 50;

const FLAGS = {
  rows: ["N", `rows, from the first (default: all; in a picture ${IMAGES})`],
  ...ROW_FLAGS,
  out: ["FILE", X_OUT_HELP],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  rows: once(integer(1)),
  ...rowFlagsSchema,
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
  await makeFromRuns("reconstruct", args, TASK, reconstructOne);
}

async function reconstructOne(
  restored: RestoredRun,
  flags: Flags,
): Promise<void> {
  const { vae, draws, backend: { check } } = restored;
  const { out } = flags;
  const { data, name, where } = chooseRows(restored, flags);
  const { test } = data;
  requireCount(
    flags.rows,
    test,
    where,
  );
  const count = flags.rows ??
    (isPicture(data, out) ? Math.min(IMAGES, test.count) : test.count);
  const { mean } = await encodeRows(vae, firstRows(test, count), {
    ...{ check, engine: draws },
  });
  const values = await decodeRows(draws, mean, conditions(test, range(count)));
  await writeMade(restored, {
    values,
    name: `reconstructions-${name}-n${count}`,
    png: () =>
      pictureOf(
        data,
        [pixels(test, range(count)), values],
        columnsFor(2 * count),
        `Rows (${name}), and below each E[x|z] at the mean of q(z|x): ` +
          restored.run.json.run,
      ),
  }, out);
}

if (import.meta.main) await runTask(reconstruct);
