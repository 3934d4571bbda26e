/** The measurements of exp:gradient-snr, read back. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { MOST_JSON, readText, unless } from "../files.ts";
import { readCsv } from "../results/csv_table.ts";
import { versionsSchema } from "../results/run_json.ts";

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

/** A number of a measurement. */
export interface Measured {
  readonly value: number;
  readonly standardError: number;
}

/**
 * The numbers of a measurement, by their names.
 *
 * @throws {UserError} the table is damaged
 */
export async function readMeasured(
  path: string,
): Promise<ReadonlyMap<string, Measured>> {
  const numbers = ["value", "standard_error"] as const;
  const rows = await readCsv(`${path}/${TABLE}`, numbers);
  return new Map(
    rows.map((row) => [row["quantity"] ?? "", {
      value: Number(row["value"]),
      standardError: Number(row["standard_error"]),
    }]),
  );
}
