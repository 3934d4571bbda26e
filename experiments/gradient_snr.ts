/**
 * Signal to noise, variance and bias of gradients against the number k of
 * importance samples.
 *
 * T. Rainforth et al., "Tighter bounds are not necessarily better" (2018, arXiv
 * 1802.04537, theorem 1): the signal to noise of the decoder's gradient grows as
 * sqrt(k), and that of the encoder's falls as 1 / sqrt(k). G. Tucker et al.,
 * "Doubly reparameterized gradient estimators" (2018, arXiv 1810.04152): without
 * the score of q (STL, Roeder et al. 2017) the encoder's is biased; doubly
 * reparameterised (DReG) it is not, does not suffer from a larger k, and has a
 * smaller variance, as has that of reweighted wake-sleep (RWS).
 *
 * Rainforth et al.'s toy, section 4: z ~ N(mu, I), x|z ~ N(z, I), q = N(A x + b,
 * 2/3 I), 20 dimensions, 1024 datapoints; parameters at the closed optimum but
 * for N(0, 0.01^2). Of Tucker et al. the claims of the abstract are taken, not
 * the points of their figure. Not stated, and chosen here: the gradients of mu
 * and b; slopes of the mean over the parameters of |E g| / sd g by least squares
 * over powers of two; the decoder's over the last three, for the theorem is of
 * large k: at small ones the bound's own bias, of order 1 / k, is larger than
 * what the parameters are off, and falls; biases along the gradient, over its
 * length.
 *
 * Expected: slopes of 1/2, -1/2, and above 0; no bias with DReG, and with STL
 * one that grows as k, as the bound's own gradient falls as 1 / k. Obtained by
 * three seeds: slopes of 0.46 (sd 0.03; with k up to 64 still 0.32, as the signal
 * to noise falls up to k = 8), -0.47 and 0.31; biases of -0.03 (sd 0.08) and 139
 * times the bound's gradient at k = 256.
 *
 * The default, 500 draws (Rainforth et al. have 10,000) and k up to 256, takes
 * about 6 minutes on one core.
 *
 *     deno task exp:gradient-snr --check
 *     deno task exp:gradient-snr --budget 10000 --k 1024
 */

import {
  checkPublished,
  measureMain,
  type RunsOf,
  slopeStart,
  TOY_GRADIENTS,
  toySignal,
} from "../mod.ts";

const experiment = {
  name: "gradient-snr",
  shows: "Signal to noise, variance and bias of gradients against k",
  flags: {
    budget: {
      help: "gradients drawn for each k, at least 10",
      ...{ default: 500, min: 10, max: 1_000_000 },
    },
    k: {
      help: "the most importance samples: powers of two up to it",
      ...{ default: 256, min: 32, max: 1_000_000 },
    },
    rows: {
      help: "datapoints that a gradient is the mean over",
      ...{ default: 1024, min: 1, max: 1_000_000 },
    },
    seed: {
      help: "of data, parameters and draws",
      ...{ default: 1, min: 0, max: Number.MAX_SAFE_INTEGER },
    },
  },
  label: ({ budget, k, rows, seed }: Values) =>
    `toy-k${powersUpTo(k).at(-1)}-n${rows}-draws${budget}-seed${seed}`,
  check: (runs: RunsOf) => checkPublished("gradient-snr", runs),
};

type Values = Readonly<Record<"budget" | "k" | "rows" | "seed", number>>;

if (import.meta.main) {
  await measureMain(
    experiment,
    ({ budget: draws, k: most, rows, seed }, log) => {
      // Each gradient at each k.
      const ks = powersUpTo(most);
      const found = ks.map((k) => {
        const measured = toySignal({ seed, rows, k, draws });
        log(`k ${k} of ${ks.at(-1)}`);
        return { k, measured };
      });

      // Its signal to noise, with the slope of that, variance and mean.
      const quantities = TOY_GRADIENTS.flatMap((gradient) => {
        const points = found.map(({ k, measured }) => ({
          k,
          ...measured[gradient],
        })).filter(({ snr }) => Number.isFinite(snr.value));
        const first = slopeStart(gradient, ks.at(-1)!);
        const isPlain = gradient === "decoder" || gradient === "encoder";
        const names = ["snr", "variance", "relative"] as const;
        return [
          ...(isPlain ? names.slice(0, 2) : names).flatMap((name) =>
            points.map((point) => ({
              quantity: `${name}_${gradient}_k${point.k}`,
              value: point[name].value,
              standard_error: point[name].error,
            }))
          ),
          {
            quantity: `slope_${gradient}`,
            ...fittedSlope(
              points.filter(({ k }) => k >= first)
                .map(({ k, snr }) => ({ k, ...snr })),
            ),
          },
        ];
      });
      return { record: { seed, rows, ks, draws }, table: "snr", quantities };
    },
  );
}

/** 1, 2, 4 and on, up to `most`. */
function powersUpTo(most: number): number[] {
  const count = Math.floor(Math.log2(most)) + 1;
  return Array.from({ length: count }, (_, i) => 2 ** i);
}

/**
 * The slope of log value against log k by least squares, and its standard error
 * from those of the points, which are independent.
 */
export function fittedSlope(
  points: readonly { k: number; value: number; error: number }[],
): { value: number; standard_error: number } {
  const x = points.map(({ k }) => Math.log(k));
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const spread = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const weights = x.map((value) => (value - mean) / spread);
  const variances = points.map(({ value, error }, i) =>
    (weights[i]! * error / value) ** 2
  );
  return {
    value: points.reduce(
      (sum, { value }, i) => sum + weights[i]! * Math.log(value),
      0,
    ),
    standard_error: Math.sqrt(variances.reduce((sum, value) => sum + value)),
  };
}
