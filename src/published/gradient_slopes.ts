/** The measurements of exp:gradient-snr, beside what the papers say of them. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { MOST_JSON, readText, unless } from "../files.ts";
import { versionsSchema } from "../results/run_json.ts";
import { readCsv } from "../results/csv_table.ts";
import { runNames } from "../results/run_place.ts";
import type { PublishedNumber } from "./comparison.ts";
import type { RunsOf } from "./obtained.ts";

const measurementSchema = z.strictObject({
  seed: z.int().min(0),
  /** datapoints that a gradient is the mean over */
  rows: z.int().positive(),
  /** importance samples, rising */
  ks: z.array(z.int().positive()).min(2),
  /** gradients of each k */
  draws: z.int().positive(),
  git: z.strictObject({
    commit: z.string().nullable(),
    dirty: z.boolean().nullable(),
  }),
  /** of what computed it */
  versions: versionsSchema,
  seconds: z.number().min(0),
});

/** What was measured, and what made it. */
export type Measurement = z.infer<typeof measurementSchema>;

/** The files of a measurement. */
const [RECORD, TABLE] = ["measurement.json", "evaluation-snr.csv"];

/** Of the draws, from whose spread the standard errors are. */
const BLOCKS = 10;

const SLOPES: readonly {
  readonly gradient: string;
  readonly setup: string;
  readonly published: number;
  readonly isLeast: boolean;
}[] = [
  {
    ...{ gradient: "decoder", setup: "decoder, plain gradient" },
    ...{ published: 0.5, isLeast: false },
  },
  {
    ...{ gradient: "encoder", setup: "encoder, plain gradient" },
    ...{ published: -0.5, isLeast: false },
  },
  {
    ...{ gradient: "encoder-dreg", setup: "encoder, dreg" },
    ...{ published: 0, isLeast: true },
  },
];

/**
 * The slopes of the largest measurement: rows times draws times k.
 *
 * @param from of exp:gradient-snr
 * @throws {UserError} a measurement is damaged
 */
export async function compareSlopes(
  { folder, names }: RunsOf,
): Promise<PublishedNumber[]> {
  const found: { path: string; measurement: Measurement }[] = [];
  for (const name of await runNames(folder)) {
    if (names?.has(name) === false) continue;
    const path = `${folder}/${name}`;
    const measurement = await readMeasurement(path);
    if (measurement !== null) found.push({ path, measurement });
  }
  const [most] = found.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  if (most === undefined) return [];
  const { path, measurement: { seed, draws, ks, git } } = most;
  const table = await readCsv(`${path}/${TABLE}`, ["value", "standard_error"]);
  return SLOPES.map(({ gradient, setup, published, isLeast }) => {
    const row = table.find((row) => row["quantity"] === `slope_${gradient}`);
    const obtained = Number(row?.["value"]);
    return {
      setup,
      quantity: `slope of ln SNR against ln k, k up to ${ks.at(-1)}`,
      published,
      obtained,
      difference: {
        mean: obtained - published,
        standardError: Number(row?.["standard_error"]),
        degreesOfFreedom: BLOCKS - 1,
      },
      scale: "0.1",
      isLeast,
      origins: [{ seed, ...git, budget: draws, engine: "none" }],
    };
  });
}

const sizeOf = ({ measurement: { rows, draws, ks } }: {
  measurement: Measurement;
}) => rows * draws * ks.at(-1)!;

/**
 * Reads what was measured in a folder; null where nothing was, or not to its
 * end, as the record comes last.
 *
 * @throws {UserError} it is damaged
 */
export async function readMeasurement(
  path: string,
): Promise<Measurement | null> {
  const file = `${path}/${RECORD}`;
  const text = await unless(["ENOENT"], readText(file, { most: MOST_JSON }));
  if (text === null) return null;
  try {
    return measurementSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(
      `${file} is not a measurement of this version of exp:gradient-snr; remove ` +
        `${path}, and measure again`,
    );
  }
}
