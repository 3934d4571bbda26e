/**
 * `deno task encode`: q(z|x) of the rows of trained models.
 *
 * @module
 */

import { extname } from "node:path";
import { z } from "zod";
import { once } from "../../config/texts.ts";
import { text } from "../../config/value.ts";
import { type Label, valuesOf } from "../../data/labels.ts";
import { UserError } from "../../errors.ts";
import { type EncodedRows, encodeRows } from "../../evaluate/encode_rows.ts";
import {
  type PointLabels,
  posteriorScatter,
} from "../../plot/posterior_scatter.ts";
import { svgToPng } from "../../plot/png.ts";
import { renderSvg } from "../../plot/svg.ts";
import { didYouMean } from "../../table.ts";
import { formatRows, type Row } from "../../results/csv_text.ts";
import { encodeRecords, type RecordField } from "../../results/npy_file.ts";
import {
  forEachRun,
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
} from "../finished_runs.ts";
import { print, stageProgress } from "../progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "../task.ts";
import { type UserFile, writeNew } from "../user_files.ts";
import { range } from "./arrays.ts";
import { fileTo, linesOf } from "./output.ts";
import { chooseRows, ROW_FLAGS, rowFlagsSchema } from "./rows.ts";

const ENDINGS = [".csv", ".npy"] as const;
const FIGURE_ENDINGS = [".svg", ".png"] as const;

const FLAGS = {
  out: ["FILE", "NAME.csv or NAME.npy (default: CSV is printed)"],
  figure: [
    "FILE",
    "NAME.svg or NAME.png: the means in the two latent dimensions of the " +
    "largest KL",
  ],
  "color-by": [
    "NAME",
    "the label that colours the figure (default: the first)",
  ],
  ...ROW_FLAGS,
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  out: once(fileTo(ENDINGS)),
  figure: once(fileTo(FIGURE_ENDINGS)),
  "color-by": once(text("NAME")),
  ...rowFlagsSchema,
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Encodes rows: the mean and the log variance of each latent dimension under",
    "q(z|x), beside the row's number, from 0, and its labels.",
    "",
    "Usage: deno task encode RUN... [FLAGS]",
  ],
  flags: FLAGS,
  notes: [
    'numpy.load("NAME.npy") has the fields row, mean and log_variance [n, d],',
    "and label_NAME for each label. With two layers q(z1|x) is encoded.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function encode(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  const { out, figure, "color-by": colorBy } = flags;
  if (colorBy !== undefined && figure === undefined) {
    throw new UserError(`--color-by ${colorBy}: of the figure; add --figure`);
  }
  await forEachRun("encode", flags, {
    writes: { out, figure },
    labels: true,
    work: (restored) => encodeOne(restored, flags),
  });
}

async function encodeOne(
  restored: RestoredRun,
  { out, figure, "color-by": colorBy, quiet, ...flags }: Flags,
): Promise<void> {
  const { run, vae, draws, backend: { check } } = restored;
  const { data, title: rows } = chooseRows(restored, flags);
  const { test, labels = [] } = data;
  const label = chosen(labels, colorBy, run.folder);
  const encoded = await encodeRows(vae, test, {
    ...{ check, engine: draws },
    onProgress: stageProgress(run.json.run, "rows", { quiet }),
  });
  const files: UserFile[] = [];
  if (figure !== undefined) {
    const svg = await renderSvg(
      scatterOf(encoded, label, {
        title: `Posterior means of ${run.json.run}`,
        subtitle: `E_q[z|x] of ${test.count} rows of the ${rows}`,
      }),
    );
    const content = extname(figure) === ".png" ? await svgToPng(svg) : svg;
    files.push({ flag: "figure", path: figure, content });
  }
  if (out !== undefined) {
    const content = extname(out) === ".npy"
      ? npyOf(encoded, labels)
      : csvOf(encoded, labels);
    files.push({ flag: "out", path: out, content });
  }
  if (files.length === 0) print(linesOf(csvOf(encoded, labels)));
  await writeNew(...files);
}

/** @throws {UserError} there is no such label */
function chosen(
  labels: readonly Label[],
  name: string | undefined,
  folder: string,
): Label | undefined {
  const label = labels.find((label) => label.name === name);
  if (name === undefined) return labels[0];
  if (label !== undefined) return label;
  const names = labels.map(({ name }) => name).join(", ");
  throw new UserError(
    `--color-by ${name}: the labels of ${folder} are ${names || "none"}` +
      didYouMean(name, labels.map(({ name }) => name)),
  );
}

/** A column for each latent dimension, from 1. */
const numbered = (name: string, dim: number) =>
  range(dim).map((j) => `${name}_${j + 1}`);

function csvOf(
  { dim, mean, logVariance }: EncodedRows,
  labels: readonly Label[],
): string {
  const columns = [
    "row",
    ...labels.map(({ name }) => `label_${name}`),
    ...numbered("mean", dim),
    ...numbered("log_variance", dim),
  ];
  const ofLabels = labels.map((label) => valuesOf(label));
  const rows = range(mean.length / dim).map((i): Row => {
    const cells = [
      i,
      ...ofLabels.map((values) => values[i]!),
      ...mean.subarray(i * dim, (i + 1) * dim),
      ...logVariance.subarray(i * dim, (i + 1) * dim),
    ];
    return Object.fromEntries(cells.map((cell, at) => [columns[at]!, cell]));
  });
  return formatRows(columns, rows, { headers: true });
}

function npyOf(
  { dim, mean, logVariance }: EncodedRows,
  labels: readonly Label[],
): Uint8Array {
  const n = mean.length / dim;
  return encodeRecords(n, [
    { name: "row", values: range(n), width: 1, type: "i4" },
    ...labels.map((label): RecordField => {
      const [name, values] = [`label_${label.name}`, valuesOf(label)];
      return Array.isArray(values)
        ? { name, texts: values }
        : { name, values, width: 1, type: "f8" };
    }),
    { name: "mean", values: mean, width: dim, type: "f4" },
    { name: "log_variance", values: logVariance, width: dim, type: "f4" },
  ]);
}

/** The two dimensions of the largest KL; of one, its log variance is y. */
function scatterOf(
  { dim, mean, logVariance, kl }: EncodedRows,
  label: Label | undefined,
  heading: { readonly title: string; readonly subtitle: string },
) {
  const n = mean.length / dim;
  const of = (values: Float32Array, j: number) =>
    range(n).map((i) => values[i * dim + j]!);
  const klOf = range(dim).map((j) =>
    of(kl, j).reduce((sum, value) => sum + value, 0) / n
  );
  const [first, second] = range(dim)
    .sort((a, b) => klOf[b]! - klOf[a]! || a - b);
  const axis = (j: number) => ({
    name: `mean of z${j + 1} (KL ${klOf[j]!.toFixed(2)} nats)`,
    values: of(mean, j),
  });
  return posteriorScatter(
    axis(first!),
    second === undefined
      ? { name: "log variance of z1", values: of(logVariance, 0) }
      : axis(second),
    label === undefined ? null : pointLabels(label),
    heading,
  );
}

function pointLabels(label: Label): PointLabels {
  const { name } = label;
  const values = valuesOf(label);
  // Of numbers, points without one are not drawn.
  const shown = (word: string) => word === "" ? "missing" : word;
  return label.kind === "class" && Array.isArray(values)
    ? { name, words: values.map(shown), order: label.classes.map(shown) }
    : { name, numbers: label.test };
}

if (import.meta.main) await runTask(encode);
