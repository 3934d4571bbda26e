/** AEVB's figures 2 and 3: runs beside the published curves. */

import type { RunConfig } from "../train/config.ts";
import { formatSamples } from "../train/samples_evaluated.ts";
import type { PublishedNumber } from "./comparison.ts";
import {
  curveAt,
  curveOf,
  marks,
  meanCurve,
  minibatchCurve,
} from "./curves.ts";
import { againstTrainings, longestRuns, provenanceOf } from "./obtained.ts";
import type { ObtainedRun, RunsOf, SeedGroup } from "./obtained.ts";
import { aevbFigure2, aevbFigure3 } from "./reference.ts";
import type {
  Figure2Dataset,
  Method,
  PublishedPoint,
  Split,
} from "./reference.ts";
import {
  type PublishedAxes,
  publishedCurves,
  type PublishedPanel,
} from "../plot/published_curves.ts";
import type { Heading } from "../plot/theme.ts";

/** A published curve and, where there are runs of its set-up, theirs. */
export interface CurvePair {
  /** the panel that it is in, such as `MNIST, z = 20` */
  readonly panel: string;
  /** how it was trained */
  readonly method: Method;
  /** what it is of */
  readonly split: Split;
  /** by rising `samples` */
  readonly published: readonly PublishedPoint[];
  /** of other trainings of the paper */
  readonly repeated: readonly (readonly PublishedPoint[])[];
  /** ours, of each seed */
  readonly ofSeeds: readonly (readonly PublishedPoint[])[];
  /** the runs; none or one group of seeds */
  readonly runs: SeedGroup | readonly [];
}

const DATASETS: Readonly<Record<Figure2Dataset, string>> = {
  mnist: "MNIST",
  "freyface-256": "Frey Face",
};

const METHODS: Readonly<Record<Method, string>> = {
  aevb: "AEVB",
  "wake-sleep": "wake-sleep",
  mcem: "Monte Carlo EM",
};

/**
 * Figure 2. The paper's first train values are far below its test values, as
 * the mean of the minibatches' bounds since the last evaluation is, and not the
 * bound of train data at that point: ours is that mean.
 *
 * @param from of exp:aevb-figure2
 */
export async function figure2Curves(from: RunsOf): Promise<CurvePair[]> {
  const groups = await longestRuns(from);
  const curves = aevbFigure2();
  return curves.filter(({ run }) => run === 1).map((curve): CurvePair => {
    const { dataset, latentDim, method, split } = curve;
    return {
      ...pairOf(curve, groups, {
        panel: `${DATASETS[dataset]}, z = ${latentDim}`,
        fits: (config) =>
          config.dataset === dataset && config.latentDim === latentDim,
        own: (run) =>
          split === "test"
            ? curveOf(run, "elbo")
            : minibatchCurve(run, curve.points),
      }),
      repeated: curves
        .filter((one) =>
          one.run !== 1 && one.dataset === dataset &&
          one.latentDim === latentDim && one.method === method &&
          one.split === split
        )
        .map(({ points }) => points),
    };
  });
}

/** Figure 3. @param from of exp:aevb-figure3 */
export async function figure3Curves(from: RunsOf): Promise<CurvePair[]> {
  const groups = await longestRuns(from);
  return aevbFigure3().map(({ trainSize, ...curve }) => {
    const column = { test: "log_likelihood", train: "train_log_likelihood" };
    return pairOf(curve, groups, {
      panel: `${trainSize} train images`,
      fits: (config) =>
        config.dataset === "mnist" && config.trainSize === trainSize,
      own: (run) => curveOf(run, column[curve.split]),
    });
  });
}

/** Of the set-ups that fit, such as of other step sizes, the longest run. */
function pairOf(
  { method, split, points }: Pick<CurvePair, "method" | "split"> & {
    readonly points: readonly PublishedPoint[];
  },
  groups: readonly SeedGroup[],
  { panel, fits, own }: {
    readonly panel: string;
    readonly fits: (config: RunConfig) => boolean;
    readonly own: (run: ObtainedRun) => readonly PublishedPoint[];
  },
): CurvePair {
  const [runs = []] = groups
    .filter(([{ config }]) => fits(config) && methodOf(config) === method)
    .sort(([one], [other]) => other.budget - one.budget);
  const ofSeeds = runs.map(own);
  return {
    ...{ panel, method, split, published: points, repeated: [] },
    ...{ ofSeeds, runs },
  };
}

/** The fewest samples at which curves are compared. */
const FIRST_MARK = 1e6;

/** The curves at 1e6, 2e6, 5e6, ... samples, as far as the runs go. */
export function compareCurves(
  curves: readonly CurvePair[],
  quantity: string,
): PublishedNumber[] {
  return curves.flatMap(({ panel, method, split, ...pair }) =>
    marks(pair.runs[0]?.budget ?? 0).flatMap((mark): PublishedNumber[] => {
      if (mark < FIRST_MARK) return [];
      const valuesOf = (curves: readonly (readonly PublishedPoint[])[]) =>
        curves.map((curve) => curveAt(curve, mark))
          .filter((value) => value !== null);
      const published = valuesOf([pair.published, ...pair.repeated]);
      const own = valuesOf(pair.ofSeeds);
      // A mean is of all the seeds that the report names.
      if (published.length === 0 || own.length < pair.runs.length) return [];
      return [{
        setup: `${panel}, ${METHODS[method]}`,
        quantity: `${split} ${quantity} at ${formatSamples(mark)} samples`,
        ...againstTrainings(own, published),
        scale: "nat",
        origins: provenanceOf(pair.runs),
      }];
    })
  );
}

/** AEVB's name of a run's training method; undefined where it has none. */
export function methodOf(
  { objective, samples }: Pick<RunConfig, "objective" | "samples">,
): Method | undefined {
  if (samples !== 1) return undefined;
  switch (objective.name) {
    case "elbo":
      return "aevb";
    case "wake-sleep":
    case "mcem":
      return objective.name;
    default:
      return undefined;
  }
}

/** The range of training samples that the paper draws. */
const X = [1e5, 1e8] as const;

export interface FigureOptions extends Heading {
  /** what y is */
  readonly yTitle: string;
  /** the range of y in a panel, as the paper draws it */
  readonly yOf: (panel: string) => readonly [number, number];
}

/**
 * The specification of a figure with a column for each panel of the curves and
 * a row for each split.
 */
export function curvesFigure(
  curves: readonly CurvePair[],
  { yTitle, yOf, ...heading }: FigureOptions,
) {
  const titles = [...new Set(curves.map(({ panel }) => panel))];
  const isDrawn = (method: string) => curves.some((c) => c.method === method);
  const splits: readonly Split[] = ["test", "train"];
  const panels = splits.flatMap((split) =>
    titles.map((title): PublishedPanel => ({
      title: `${title}, ${split}`,
      y: yOf(title),
      lines: curves
        .filter((curve) => curve.panel === title && curve.split === split)
        .flatMap(({ method, published, repeated, ofSeeds }) => [
          ...[published, ...repeated].map((points) => ({
            name: METHODS[method],
            isPublished: true,
            points,
          })),
          {
            name: METHODS[method],
            isPublished: false,
            points: meanCurve(ofSeeds),
          },
        ]),
    }))
  );
  const axes: PublishedAxes = {
    x: X,
    yTitle,
    columns: titles.length,
    names: Object.entries(METHODS)
      .map(([method, name]) => isDrawn(method) ? name : null),
  };
  return publishedCurves(panels, axes, heading);
}
