/**
 * Tighter bounds are not necessarily better (Rainforth et al. 2018, arXiv
 * 1802.04537, theorem 1): against the number k of importance samples the signal
 * to noise of the decoder's gradient grows as sqrt(k), and that of the
 * encoder's falls as 1 / sqrt(k). With doubly reparameterised gradients it
 * grows, too (Tucker et al. 2018).
 *
 * Their toy, section 4: z ~ N(mu, I), x|z ~ N(z, I), q = N(A x + b, 2/3 I), 20
 * dimensions, 1024 datapoints; parameters at the closed optimum but for
 * N(0, 0.01^2). Not stated, and chosen here: the slopes are those of the mean
 * over the parameters of |E g| / sd g, for mu and for b, by least squares over
 * powers of two; the decoder's from k = 16, for below the bound's own bias, of
 * order 1/k, is larger than what the parameters are off.
 *
 * Expected: slopes of 1/2, -1/2, and above 0; obtained with k up to 64: 0.36
 * (0.43 between 32 and 64), -0.46 and 0.24, each with a standard error of 0.004
 * at most after 5000 draws. The default, 500 draws (the paper has 10,000) and k
 * up to 64, takes about 2 minutes on one core; 5000 took 14.
 *
 *     deno task exp:gradient-snr --check
 *     deno task exp:gradient-snr --budget 10000 --k 256
 */

import {
  checkPublished,
  measureMain,
  RunningMoments,
  type RunsOf,
  type SignalToNoise,
  signalToNoise,
  stream,
} from "../mod.ts";

/** Numbers in x and in z. */
const D = 20;
/** sd of q(z|x) */
const SD = Math.sqrt(2 / 3);
/** sd of what the parameters are away from their optimum */
const PERTURBATION = 0.01;
/** of the draws, for the standard errors */
const BLOCKS = 10;
/** First part of the random streams; no data set has parts as high. */
const PART = 200;

/** Gradients of L_k that are told apart. */
export const TOY_GRADIENTS = [
  /** of mu, the decoder's parameter */
  "decoder",
  /** of b, the encoder's */
  "encoder",
  /** of b, doubly reparameterised (Tucker et al. 2018) */
  "encoder-dreg",
] as const;

/** One of {@linkcode TOY_GRADIENTS}. */
export type ToyGradient = typeof TOY_GRADIENTS[number];

/** The decoder's slope is fitted from this k on. */
const FIRST_OF_DECODER = 16;

const experiment = {
  name: "gradient-snr",
  shows: "Signal to noise of gradients against k (Rainforth et al. 2018)",
  flags: {
    budget: {
      help: "gradients drawn for each k, at least 10",
      ...{ default: 500, min: 10, max: 1_000_000 },
    },
    k: {
      help: "the most importance samples: powers of two up to it",
      ...{ default: 64, min: 32, max: 1_000_000 },
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
      // The signal to noise of each gradient at each k.
      const ks = powersUpTo(most);
      const found = ks.map((k) => {
        const measured = toySignalToNoise({ seed, rows, k, draws });
        log(`k ${k} of ${ks.at(-1)}`);
        return { k, measured };
      });

      // Its slope against k, both as logarithms.
      const quantities = TOY_GRADIENTS.flatMap((gradient) => {
        const points = found.map(({ k, measured }) => ({
          k,
          ...measured[gradient].elementwise,
        }));
        const first = gradient === "decoder" ? FIRST_OF_DECODER : 1;
        return [
          ...points.map(({ k, value, error }) => ({
            quantity: `snr_${gradient}_k${k}`,
            value,
            standard_error: error,
          })),
          {
            quantity: `slope_${gradient}`,
            ...fittedSlope(points.filter(({ k }) => k >= first)),
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

/** How the signal to noise is measured. */
export interface ToyOptions {
  /** of data, parameters and draws, an integer in 0..2^53-1 */
  readonly seed: number;
  /** datapoints that a gradient is the mean over */
  readonly rows: number;
  /** importance samples of each */
  readonly k: number;
  /** gradients, at least ten */
  readonly draws: number;
}

/**
 * Signal to noise of the gradients of L_k over draws of z, at parameters near
 * their optimum: mu = mean x, A = I/2 and b = mu/2, each off by draws of
 * N(0, 0.01^2). See {@linkcode SignalToNoise} for its two measures.
 *
 * With w_i = p(x, z_i) / q(z_i|x) and v_i = w_i / sum_j w_j, and since
 * log q(z_i|x) is the same whatever b is where z_i = A x + b + sd e_i,
 *
 *     d/dmu = sum_i v_i (z_i - mu)
 *     d/db  = sum_i v_i (mu + x - 2 z_i)
 *     dreg  = sum_i v_i^2 (mu + x - 2 z_i + e_i / sd)
 */
export function toySignalToNoise(
  { seed, rows, k, draws }: ToyOptions,
): Record<ToyGradient, SignalToNoise> {
  const toy = toyAt(seed, rows);
  const blocks = TOY_GRADIENTS.map(() =>
    Array.from({ length: BLOCKS }, () => new RunningMoments(D))
  );
  for (let draw = 0; draw < draws; draw++) {
    const noise = stream(seed, "gradient", draw, PART).normals(rows * k * D);
    toyGradients(toy, noise, k).forEach((gradient, i) =>
      blocks[i]![draw % BLOCKS]!.add(gradient)
    );
  }
  const [decoder, encoder, dreg] = blocks.map((block) => signalToNoise(block));
  return {
    decoder: decoder!,
    encoder: encoder!,
    "encoder-dreg": dreg!,
  };
}

/** Data and parameters. */
export interface Toy {
  /** [N, D] */
  readonly x: Float32Array;
  /** [D] */
  readonly mu: Float64Array;
  /** A x + b of each row, [N, D] */
  readonly means: Float64Array;
}

/** Draws data, and parameters near the optimum on them. */
export function toyAt(seed: number, rows: number): Toy {
  const normals = (step: number, n: number) =>
    stream(seed, "data", step, PART).normals(n);
  const center = normals(0, D);
  const [z, e] = [normals(1, rows * D), normals(2, rows * D)];
  const x = z.map((value, i) => center[i % D]! + value + e[i]!);
  const best = new Float64Array(D);
  x.forEach((value, i) => best[i % D]! += value / rows);

  const off = (part: number, n: number) =>
    stream(seed, "init", 0, PART + part).normals(n)
      .map((value) => PERTURBATION * value);
  const [offMu, offB, offA] = [off(0, D), off(1, D), off(2, D * D)];
  const means = new Float64Array(rows * D);
  for (let n = 0; n < rows; n++) {
    for (let i = 0; i < D; i++) {
      let mean = (x[n * D + i]! + best[i]!) / 2 + offB[i]!;
      for (let j = 0; j < D; j++) mean += offA[i * D + j]! * x[n * D + j]!;
      means[n * D + i] = mean;
    }
  }
  return { x, mu: best.map((value, i) => value + offMu[i]!), means };
}

/**
 * Means over the rows of the gradients of L_k, in the order of
 * {@linkcode TOY_GRADIENTS}, [D] each.
 *
 * @param noise e, [N, k, D]
 */
export function toyGradients(
  { x, mu, means }: Toy,
  noise: Float32Array,
  k: number,
): Float64Array[] {
  const rows = x.length / D;
  const gradients = TOY_GRADIENTS.map(() => new Float64Array(D));
  const [decoder, encoder, dreg] = gradients as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const logWeights = new Float64Array(k);
  for (let n = 0; n < rows; n++) {
    for (let s = 0; s < k; s++) {
      logWeights[s] = logWeight({ x, mu, means }, noise, n, n * k + s);
    }
    const largest = logWeights.reduce((a, b) => Math.max(a, b));
    let total = 0;
    for (let s = 0; s < k; s++) total += Math.exp(logWeights[s]! - largest);
    for (let s = 0; s < k; s++) {
      const v = Math.exp(logWeights[s]! - largest) / total;
      for (let i = 0; i < D; i++) {
        const e = noise[(n * k + s) * D + i]!;
        const z = means[n * D + i]! + SD * e;
        const slope = mu[i]! + x[n * D + i]! - 2 * z;
        decoder[i]! += v * (z - mu[i]!) / rows;
        encoder[i]! += v * slope / rows;
        dreg[i]! += v * v * (slope + e / SD) / rows;
      }
    }
  }
  return gradients;
}

/** log p(x, z) - log q(z|x) but for a constant, at one draw of one row. */
function logWeight(
  { x, mu, means }: Toy,
  noise: Float32Array,
  row: number,
  draw: number,
): number {
  let sum = 0;
  for (let i = 0; i < D; i++) {
    const e = noise[draw * D + i]!;
    const z = means[row * D + i]! + SD * e;
    sum += e * e - (z - mu[i]!) ** 2 - (x[row * D + i]! - z) ** 2;
  }
  return sum / 2;
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
