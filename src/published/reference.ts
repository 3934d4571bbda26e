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

/** A point of figure 2. */
export interface Figure2Point extends PublishedPoint {
  /**
   * Samples at the evaluation before this one, which the figure may leave out:
   * the train bound is a mean over what was trained since.
   */
  readonly since: number;
}

/** Training methods of AEVB's figures. */
export type Method = "aevb" | "wake-sleep" | "mcem";

/** The splits of a data set. */
export type Split = "train" | "test";

/** A data set of figure 2, by its name here. */
export type Figure2Dataset = "mnist" | "freyface-256";

/** The data sets of figure 2 by their names in the file. */
const FIGURE2_DATASETS: Readonly<Record<string, Figure2Dataset>> = {
  mnist: "mnist",
  freyface: "freyface-256",
};

/** A curve of figure 2: the lower bound. */
export interface Figure2Curve {
  /** the data set here that has the paper's pixels */
  readonly dataset: Figure2Dataset;
  /** dimensions of z */
  readonly latentDim: number;
  /** how it was trained */
  readonly method: Method;
  /** what the bound is of */
  readonly split: Split;
  /** 1, or 2 where the figure has the beginning of a second training */
  readonly run: number;
  /** by rising `samples` */
  readonly points: readonly Figure2Point[];
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

/** A loss that an example printed at the end of an epoch. */
export interface ExampleLoss {
  readonly example: "pytorch" | "flax";
  readonly epoch: number;
  readonly split: Split;
  /** minus the ELBO, nats */
  readonly loss: number;
}

/** The curves of AEVB's figure 2 (arXiv 1312.6114). */
export function aevbFigure2(): Figure2Curve[] {
  const rows = readReference("aevb_figure2", [
    "latent_dim",
    "run",
    "train_samples_evaluated",
    "lower_bound_nats",
  ]);
  const trainings = Map.groupBy(
    rows,
    ({ dataset, latent_dim, method, run }) =>
      [dataset, latent_dim, method, run].join(),
  );
  return [...trainings.values()].flatMap((training) => {
    const evaluated = pointsOf(training, "lower_bound_nats");
    const curves = Map.groupBy(training, ({ split }) => split);
    return [...curves.values()].map((points) => ({
      dataset: FIGURE2_DATASETS[points[0]!["dataset"]!]!,
      latentDim: Number(points[0]!["latent_dim"]),
      method: points[0]!["method"] as Method,
      split: points[0]!["split"] as Split,
      run: Number(points[0]!["run"]),
      points: sinceTheLast(pointsOf(points, "lower_bound_nats"), evaluated),
    }));
  });
}

/**
 * When the evaluation before each point was. The figure leaves evaluations out:
 * the gaps between those that it has of a training, of either split, are
 * multiples of one interval, up to 15, that varies by some per cent.
 *
 * @param evaluated by rising samples, the points among them
 */
function sinceTheLast(
  points: readonly PublishedPoint[],
  evaluated: readonly PublishedPoint[],
): Figure2Point[] {
  const ends = evaluated.map(({ samples }) => samples);
  const gaps = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  const interval = Math.min(...gaps);
  return points.map((point) => {
    const gap = gaps[ends.indexOf(point.samples)]!;
    const since = point.samples - gap / Math.round(gap / interval);
    return { ...point, since };
  });
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

/** Losses that the examples of PyTorch and Flax printed. */
export function exampleLosses(): ExampleLoss[] {
  const rows = readReference("examples", ["epoch", "run", "loss_nats"]);
  return rows.map((row) => ({
    example: row["example"] as ExampleLoss["example"],
    epoch: Number(row["epoch"]),
    split: row["split"] as Split,
    loss: Number(row["loss_nats"]),
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
