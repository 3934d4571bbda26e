/** What papers print or draw, from data/reference. */

import { fileURLToPath } from "node:url";
import { readBytesSync } from "../files.ts";
import { parseCsv, type TextRow } from "../results/csv_table.ts";

/** A point of a curve. */
export interface PublishedPoint {
  /** training samples evaluated, with repetition */
  readonly samples: number;
  /** nats per datapoint */
  readonly value: number;
}

/** Training methods of AEVB's figures. */
export type Method = "aevb" | "wake-sleep" | "mcem";

/** The splits of a data set. */
export type Split = "train" | "test";

/** A curve of figure 2: the lower bound. */
export interface Figure2Curve {
  /** `mnist` or `freyface` */
  readonly dataset: string;
  /** dimensions of z */
  readonly latentDim: number;
  /** how it was trained */
  readonly method: Method;
  /** what the bound is of */
  readonly split: Split;
  /** by rising `samples` */
  readonly points: readonly PublishedPoint[];
}

/** A curve of figure 3: the marginal likelihood, three latent dimensions. */
export interface Figure3Curve {
  /** size of the train split */
  readonly trainSize: number;
  /** how it was trained */
  readonly method: Method;
  /** what the likelihood is of */
  readonly split: Split;
  /** by rising `samples` */
  readonly points: readonly PublishedPoint[];
}

/** A row of table 1. */
export interface Table1Row {
  /** layers of latent variables, 1 or 2 */
  readonly layers: number;
  readonly objective: "vae" | "iwae";
  /** draws of z: outside of the logarithm with `vae`, inside with `iwae` */
  readonly k: number;
  /** -L_5000 of the test split, nats */
  readonly nll: number;
  /** as printed: `19`, or `16+5` of two layers */
  readonly activeUnits: string;
}

/** The curves of AEVB's figure 2 (arXiv 1312.6114). */
export function aevbFigure2(): Figure2Curve[] {
  const rows = readReference("aevb_figure2", [
    "latent_dim",
    "train_samples_evaluated",
    "lower_bound_nats",
  ]);
  const curves = Map.groupBy(
    rows,
    ({ dataset, latent_dim, method, split }) =>
      [dataset, latent_dim, method, split].join(),
  );
  return [...curves.values()].map((points) => ({
    dataset: points[0]!["dataset"]!,
    latentDim: Number(points[0]!["latent_dim"]),
    method: points[0]!["method"] as Method,
    split: points[0]!["split"] as Split,
    points: pointsOf(points, "lower_bound_nats"),
  }));
}

/** The curves of AEVB's figure 3 (arXiv 1312.6114). */
export function aevbFigure3(): Figure3Curve[] {
  const rows = readReference("aevb_figure3", [
    "train_set_size",
    "train_samples_evaluated",
    "log_marginal_likelihood_nats",
  ]);
  const curves = Map.groupBy(
    rows,
    ({ train_set_size, method, split }) =>
      [train_set_size, method, split].join(),
  );
  return [...curves.values()].map((points) => ({
    trainSize: Number(points[0]!["train_set_size"]),
    method: points[0]!["method"] as Method,
    split: points[0]!["split"] as Split,
    points: pointsOf(points, "log_marginal_likelihood_nats"),
  }));
}

/** The rows of IWAE's table 1 on MNIST (arXiv 1509.00519). */
export function iwaeTable1(): Table1Row[] {
  const rows = readReference("iwae_table1", [
    "stochastic_layers",
    "k",
    "test_nll_nats",
  ]);
  return rows.map((row) => ({
    layers: Number(row["stochastic_layers"]),
    objective: row["objective"] as Table1Row["objective"],
    k: Number(row["k"]),
    nll: Number(row["test_nll_nats"]),
    activeUnits: row["active_units"]!,
  }));
}

/**
 * Reads at once: a script that waits before main() misses, where it is started
 * as a worker, what it is told.
 */
function readReference(name: string, numbers: readonly string[]): TextRow[] {
  const url = new URL(`../../data/reference/${name}.csv`, import.meta.url);
  const path = fileURLToPath(url);
  return parseCsv(readBytesSync(path), path, numbers);
}

/** By rising x; some paths draw their last point twice. */
function pointsOf(rows: readonly TextRow[], column: string): PublishedPoint[] {
  return rows.map((row) => ({
    samples: Number(row["train_samples_evaluated"]),
    value: Number(row[column]),
  })).sort((a, b) => a.samples - b.samples)
    .filter(({ samples }, i, all) => all[i + 1]?.samples !== samples);
}
