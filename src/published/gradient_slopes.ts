/** Slopes of the gradients' signal to noise against k, measured and stored. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { runJsonSchema } from "../results/run_json.ts";
import { formatRows } from "../results/csv_file.ts";
import { readCsv } from "../results/csv_table.ts";
import { reading, writeAtomically, writing } from "../results/files.ts";
import type { Comparison } from "./comparison.ts";
import {
  fittedSlope,
  TOY_GRADIENTS,
  type ToyGradient,
  toySignalToNoise,
} from "./gradient_toy.ts";
import { foldersIn, type RunsOf } from "./obtained.ts";

/** What is measured, and what it comes from. */
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
  versions: runJsonSchema.shape.versions,
  /** what it took */
  seconds: z.number().min(0),
});

/** What is measured, and what it comes from. */
export type Measurement = z.infer<typeof measurementSchema>;

/** Its file of what it is, and its table, an evaluation as any other. */
const [RECORD, TABLE] = ["measurement.json", "evaluation-snr.csv"];

/** From where the decoder's slope is fitted: see exp:gradient-snr. */
const FIRST_OF_DECODER = 16;

/**
 * Measures the signal to noise for each k, and writes it and the fitted slopes
 * to a folder.
 *
 * @param onProgress told each k that is done
 */
export async function measureSlopes(
  folder: string,
  measurement: Omit<Measurement, "seconds">,
  onProgress: (k: number) => void,
): Promise<void> {
  const begin = performance.now();
  const { seed, rows, ks, draws } = measurement;
  const found = ks.map((k) => {
    const measured = toySignalToNoise({ seed, rows, k, draws });
    onProgress(k);
    return { k, measured };
  });
  const table = TOY_GRADIENTS.flatMap((gradient) => {
    const values = found.map(({ k, measured }) => ({
      k,
      ...measured[gradient].elementwise,
    }));
    const first = gradient === "decoder" ? FIRST_OF_DECODER : 1;
    return [
      ...values.map(({ k, value, error }) => ({
        quantity: `snr_${gradient}_k${k}`,
        value,
        standard_error: error,
      })),
      {
        quantity: `slope_${gradient}`,
        value: fittedSlope(
          values.filter(({ k }) => k >= first)
            .map(({ k, value }) => [Math.log(k), Math.log(value)]),
        ),
        standard_error: slopeError(values.filter(({ k }) => k >= first)),
      },
    ];
  });
  await writing(folder, () => Deno.mkdir(folder, { recursive: true }));
  const columns = ["quantity", "value", "standard_error"];
  await writeAtomically(
    `${folder}/${TABLE}`,
    formatRows(columns, table, { headers: true }),
  );
  const seconds = Math.round((performance.now() - begin) / 1000);
  await writeAtomically(
    `${folder}/${RECORD}`,
    JSON.stringify({ ...measurement, seconds }, null, 2) + "\n",
  );
}

/** Of a least squares slope, by the errors of its independent points. */
function slopeError(
  points: readonly { k: number; value: number; error: number }[],
): number {
  const x = points.map(({ k }) => Math.log(k));
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const spread = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = points.reduce(
    (sum, { value, error }, i) =>
      sum + ((x[i]! - mean) / spread * error / value) ** 2,
    0,
  );
  return Math.sqrt(variance);
}

/** What the papers say of each slope. */
const SLOPES: readonly {
  readonly gradient: ToyGradient;
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
): Promise<Comparison[]> {
  const found: { path: string; measurement: Measurement }[] = [];
  for (const name of await foldersIn(folder)) {
    if (names?.has(name) === false) continue;
    const path = `${folder}/${name}`;
    const measurement = await readMeasurement(path);
    if (measurement !== null) found.push({ path, measurement });
  }
  const [most] = found.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  if (most === undefined) return [];
  const { path, measurement: { seed, draws, ks, git } } = most;
  const table = await readCsv(`${path}/${TABLE}`, ["value"]);
  return SLOPES.map(({ gradient, setup, published, isLeast }) => ({
    setup,
    quantity: `slope of ln SNR against ln k, k up to ${ks.at(-1)}`,
    published,
    obtained: Number(
      table.find((row) => row["quantity"] === `slope_${gradient}`)?.["value"],
    ),
    scale: "0.1",
    isLeast,
    origins: [{ seed, ...git, budget: draws }],
  }));
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
  try {
    const text = await reading(file, () => Deno.readTextFile(file));
    return measurementSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${file} is no measurement of this version of exp:gradient-snr; remove ` +
        `${path}, and measure again`,
    );
  }
}
