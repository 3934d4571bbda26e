/** The experiments of the report: what each is held against, and its figures. */

import type { TopLevelSpec } from "vega-lite";
import {
  compareCurves,
  type CurvePair,
  curvesFigure,
  figure2Curves,
  figure3Curves,
} from "./aevb.ts";
import { compareBetas } from "./beta.ts";
import { collapseFigure, compareCollapse } from "./collapse.ts";
import { checkLines, type PublishedNumber } from "./comparison.ts";
import { compareExamples } from "./examples.ts";
import { compareGradients, gradientsFigure } from "./gradients.ts";
import { remainingStages } from "./iwae_stages.ts";
import type { RunsOf } from "./obtained.ts";
import {
  compareDraws,
  compareGaps,
  compareLinear,
  compareSigma,
  compareTable1,
} from "./tables.ts";

export interface Figure {
  readonly name: string;
  readonly spec: TopLevelSpec;
}

/** What an experiment is compared with. */
export interface Published {
  /** of its folder in `results/` */
  readonly experiment: string;
  /** what was published, and where, as Markdown */
  readonly source: string;
  /** every number that the runs in the folder reach */
  readonly compare: (from: RunsOf) => Promise<PublishedNumber[]>;
  /** more to be said of the runs in the folder; null: nothing */
  readonly remark?: (from: RunsOf) => Promise<string | null>;
  /** figures of published curves, with those of the runs in the folder */
  readonly figures?: (from: RunsOf) => Promise<Figure[]>;
}

const AEVB = "D. P. Kingma, M. Welling: Auto-Encoding Variational Bayes " +
  "(arXiv 1312.6114)";

/** What the lines of figures are. */
const SEEDS = "the mean over seeds, and their range";

/** All experiments with published numbers, in the order of the report. */
export const PUBLISHED: readonly Published[] = [
  {
    experiment: "aevb-figure2",
    source: `${AEVB}, figure 2: the lower bound along training. Train: the ` +
      "mean over the minibatches since the last evaluation.",
    compare: async (from) => compareCurves(await figure2Curves(from), "bound"),
    figures: async (from) => {
      const curves = await figure2Curves(from);
      const draw = (dataset: string, y: readonly [number, number]) => ({
        name: `aevb-figure2-${dataset === "MNIST" ? "mnist" : "freyface"}`,
        spec: curvesFigure(ofDataset(curves, dataset), {
          title: `${dataset}: the lower bound along training`,
          subtitle: "AEVB (Kingma & Welling), figure 2, and this laboratory: " +
            SEEDS,
          yTitle: "lower bound (nats per datapoint)",
          yOf: () => y,
        }),
      });
      return [draw("MNIST", [-150, -95]), draw("Frey Face", [0, 1600])];
    },
  },
  {
    experiment: "aevb-figure3",
    source: `${AEVB}, figure 3: the marginal likelihood along training.`,
    compare: async (from) =>
      compareCurves(await figure3Curves(from), "log p(x)"),
    figures: async (from) => [{
      name: "aevb-figure3",
      spec: curvesFigure(await figure3Curves(from), {
        title: "MNIST, z = 3: log p(x) along training",
        subtitle: "AEVB (Kingma & Welling), figure 3, and this laboratory: " +
          SEEDS,
        yTitle: "log p(x) (nats per datapoint)",
        yOf: (panel) => panel.startsWith("1000 ") ? [-160, -100] : [-160, -125],
      }),
    }],
  },
  {
    experiment: "iwae-table1",
    source: "Y. Burda, R. Grosse, R. Salakhutdinov: Importance Weighted " +
      "Autoencoders (arXiv 1509.00519), table 1, MNIST.",
    compare: compareTable1,
    remark: remainingStages,
  },
  {
    experiment: "examples",
    source:
      "The VAE examples of PyTorch (github.com/pytorch/examples) and Flax " +
      "(github.com/google/flax): losses that people printed of them. Loss: " +
      "minus the ELBO; train: the mean over an epoch's minibatches.",
    compare: compareExamples,
  },
  {
    experiment: "linear-vae",
    source: "M. E. Tipping, C. M. Bishop 1999, J. Lucas et al. 2019: the " +
      "largest ELBO of a linear VAE is the likelihood of probabilistic PCA, " +
      "which is exact.",
    compare: compareLinear,
  },
  {
    experiment: "posterior-collapse",
    source: "J. Lucas, G. Tucker, R. Grosse, M. Norouzi 2019 (arXiv " +
      "1911.02469): at a fixed variance of the decoder the maximum of the " +
      "likelihood itself leaves out the dimensions whose eigenvalue of the " +
      "data's covariance is not above it, which is exact. In use: a KL above " +
      "0.01 nats.",
    compare: compareCollapse,
    figures: async (from) => {
      const spec = await collapseFigure(from);
      return spec === null ? [] : [{ name: "posterior-collapse", spec }];
    },
  },
  {
    experiment: "sigma-vae",
    source: "O. Rybkin, K. Daniilidis, S. Levine 2021: the optimal variance " +
      "of the decoder is the mean squared error.",
    compare: compareSigma,
  },
  {
    experiment: "beta-sweep",
    source: "A. Alemi et al. 2018 (arXiv 1711.00464): models that maximise " +
      "E log p(x|z) - beta KL lie on a convex curve of rate and distortion, so " +
      "that each is the best at its own beta; I. Higgins et al. 2017: beta " +
      "above 1 makes latent dimensions the data's factors.",
    compare: compareBetas,
  },
  {
    experiment: "inference-gaps",
    source:
      "C. Cremer, X. Li, D. Duvenaud 2018 (arXiv 1801.03558), abstract: " +
      "q(z|x) is often far from p(z|x) because of the encoder, and less " +
      "because of its family. Amortisation gap: L[q*] - L[q], with q* the best " +
      "diagonal Gaussian of each image; approximation gap: log p(x) - L[q*].",
    compare: compareGaps,
  },
  {
    experiment: "gradient-snr",
    source: "T. Rainforth et al. 2018 (arXiv 1802.04537), theorem 1, and G. " +
      "Tucker et al. 2018 (arXiv 1810.04152), abstract: how the signal to " +
      "noise of gradients grows with the importance samples k; that the " +
      "encoder's is biased without the score of q (STL, Roeder et al. 2017), " +
      "and is not where it is doubly reparameterised (dreg), which reduces " +
      "the variance of both the bound's gradient and that of reweighted " +
      "wake-sleep (RWS). Biased: by a tenth at least. The budget is the number " +
      "of gradients.",
    compare: compareGradients,
    figures: async (from) => {
      const spec = await gradientsFigure(from);
      return spec === null ? [] : [{ name: "gradient-snr", spec }];
    },
  },
  {
    experiment: "mc-samples",
    source: `${AEVB}, section 2.3: with minibatches of 100 one draw of z ` +
      "for each datapoint suffices.",
    compare: compareDraws,
  },
];

/**
 * Where runs of an experiment differ from what was published, a line each, or a
 * line that they reach no published number, or decide none; for `--check`.
 *
 * @param experiment one of {@linkcode PUBLISHED}
 * @throws {RangeError} nothing was published of it
 */
export async function checkPublished(
  experiment: string,
  from: RunsOf,
): Promise<string[]> {
  const found = PUBLISHED.find((one) => one.experiment === experiment);
  if (found === undefined) {
    throw new RangeError(`nothing was published of ${experiment}`);
  }
  const comparisons = await found.compare(from);
  return comparisons.length === 0
    ? [`--check: these runs of ${experiment} reach no published number`]
    : checkLines(comparisons);
}

function ofDataset(
  curves: readonly CurvePair[],
  dataset: string,
): CurvePair[] {
  return curves.filter(({ panel }) => panel.startsWith(`${dataset}, `));
}
