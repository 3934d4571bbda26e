/**
 * `deno task interpolate`: the way between rows, in the latent space.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer, MOST, swept, type Value } from "../../config/value.ts";
import { encode } from "../../engine/generate.ts";
import {
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
} from "../finished_runs.ts";
import { runTask, type Task, type TaskFlags } from "../task.ts";
import { conditions, decodeRows, inputs, pixels, range } from "./arrays.ts";
import {
  fileTo,
  makeFromRuns,
  pictureOf,
  writeMade,
  X_ENDINGS,
  X_OUT_HELP,
} from "./output.ts";
import { chooseRows, requireRows, ROW_FLAGS, rowFlagsSchema } from "./rows.ts";

/** The default number of points, with both ends. */
const STEPS = 8;

const FLAGS = {
  rows: ["A,B,...", "from row A to B, and on, counted from 0 (needed)"],
  steps: ["N", `points of each way, with both ends (default: ${STEPS})`],
  ...ROW_FLAGS,
  out: ["FILE", X_OUT_HELP],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const several = swept(integer(0));
const ROWS: Value<readonly number[]> = {
  ...several,
  expected: "two or more rows that differ, counted from 0, such as 3,17",
  schema: () => several.schema().refine((rows) => rows.length > 1),
};

const flagsSchema = z.object({
  ...runFlagsSchema,
  rows: z.array(z.string()).min(1, "rows are needed, such as --rows 3,17")
    .pipe(once(ROWS)),
  steps: once(integer(2, MOST)),
  ...rowFlagsSchema,
  out: once(fileTo(X_ENDINGS)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Goes from row to row along the line between the means of their q(z|x),",
    "and decodes its points: E[x|z]. The labels of a conditional model go along.",
    "",
    "Usage: deno task interpolate RUN... --rows A,B [FLAGS]",
    "",
    "In a picture the rows themselves stand at both ends of each line.",
  ],
  flags: FLAGS,
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function interpolate(args: readonly string[]): Promise<void> {
  await makeFromRuns("interpolate", args, TASK, interpolateOne);
}

async function interpolateOne(
  restored: RestoredRun,
  flags: Flags,
): Promise<void> {
  const { draws } = restored;
  const { steps = STEPS, out } = flags;
  const { data, name, where } = chooseRows(restored, flags);
  const rows = flags.rows!;
  requireRows("rows", rows, data.test, where);
  const y = conditions(data.test, rows);
  const { mean } = await encode(draws, inputs(data.test, rows), y);
  const ways = range(rows.length - 1);
  const parts = range(steps).map((i) => i / (steps - 1));
  /** The points of all ways between values that each row has. */
  const between = (values: Float32Array) => {
    const width = values.length / rows.length;
    return Float32Array.from(
      ways.flatMap((way) =>
        parts.flatMap((t) =>
          range(width).map((j) =>
            (1 - t) * values[way * width + j]! +
            t * values[(way + 1) * width + j]!
          )
        )
      ),
    );
  };
  const values = await decodeRows(draws, between(mean), y && between(y));
  const { dim } = data;
  const rowOf = (all: Float32Array, i: number) =>
    all.subarray(i * dim, (i + 1) * dim);
  await writeMade(restored, {
    values,
    keys: {
      columns: ["from", "to", "t"],
      rows: ways.flatMap((way) =>
        parts.map((t) => [rows[way]!, rows[way + 1]!, t])
      ),
    },
    name: `interpolation-${name}-${rows.join("-")}-steps${steps}`,
    png: () => {
      const x = pixels(data.test, rows);
      const line = (way: number) => [
        rowOf(x, way),
        ...parts.map((_, i) => rowOf(values, way * steps + i)),
        rowOf(x, way + 1),
      ];
      const images = ways.flatMap(line);
      const all = new Float32Array(images.length * dim);
      images.forEach((image, i) => all.set(image, i * dim));
      return pictureOf(
        data,
        [all],
        steps + 2,
        `Rows (${name}) at both ends, and E[x|z] on the way between their ` +
          `means of q(z|x): ${restored.run.json.run}`,
      );
    },
  }, out);
}

if (import.meta.main) await runTask(interpolate);
