/** What the reader sets, in the page's URL and as a run's config. */

import type { RunConfig } from "../../train/config.ts";

/** The settings that the page has; all else is as in `exp:latent-sweep`. */
export interface Settings {
  /** the maps of encoder and decoder, and with them p(x|z) */
  readonly network: "tanh" | "linear";
  /** dimension of z */
  readonly latent: number;
  /** L: draws of z per datapoint */
  readonly samples: number;
  /** weight of the KL */
  readonly beta: number;
  /** what training maximises */
  readonly objective: "elbo" | "elbo-sampled" | "iwae";
  /** optimiser updates */
  readonly steps: number;
  /** of initial parameters, data order and noise */
  readonly seed: number;
}

/** What can be chosen, the seed apart; the first is what a new page has. */
export const CHOICES = {
  network: ["tanh", "linear"],
  latent: [2, 1, 3, 5, 10, 20],
  samples: [1, 2, 5, 10],
  beta: [1, 0, 0.25, 0.5, 2, 4, 8],
  objective: ["elbo", "elbo-sampled", "iwae"],
  steps: [600, 6000],
} as const satisfies {
  readonly [K in Exclude<keyof Settings, "seed">]: readonly Settings[K][];
};

/** The largest seed that the page takes. */
export const MOST_SEED = 999_999;

/** The settings of a new page: those of a committed run, its first steps. */
export const DEFAULTS: Settings = {
  network: CHOICES.network[0],
  latent: CHOICES.latent[0],
  samples: CHOICES.samples[0],
  beta: CHOICES.beta[0],
  objective: CHOICES.objective[0],
  steps: CHOICES.steps[0],
  seed: 1,
};

/** The settings that a URL has; what it has not, or what cannot be, is usual. */
export function settingsFrom(query: URLSearchParams): Settings {
  const chosen = <T extends string | number>(
    name: string,
    values: readonly T[],
  ): T =>
    values.find((value) => String(value) === query.get(name)) ?? values[0]!;
  return {
    network: chosen("network", CHOICES.network),
    latent: chosen("latent", CHOICES.latent),
    samples: chosen("samples", CHOICES.samples),
    beta: chosen("beta", CHOICES.beta),
    objective: chosen("objective", CHOICES.objective),
    steps: chosen("steps", CHOICES.steps),
    seed: seedOf(query.get("seed") ?? "") ?? DEFAULTS.seed,
  };
}

/** The seed of a text; null: it is none that the page takes. */
export function seedOf(text: string): number | null {
  const seed = /^\d{1,6}$/.test(text) ? Number(text) : MOST_SEED + 1;
  return seed <= MOST_SEED ? seed : null;
}

/** The settings as a URL has them. */
export function queryOf(settings: Settings): URLSearchParams {
  return new URLSearchParams(
    Object.entries(settings).map(([name, value]) => [name, String(value)]),
  );
}

/** The config of the run, as `exp:latent-sweep` has it for these settings. */
export function configOf(settings: Settings): RunConfig {
  const { network, latent, samples, beta, objective, steps, seed } = settings;
  return {
    dataset: "glyphs",
    dataSeed: 0,
    binarize: NETWORKS[network].binarize,
    trainSize: null,
    testSize: null,
    latentDim: latent,
    hidden: NETWORKS[network].hidden,
    activation: "tanh",
    posterior: "diagonal",
    upper: null,
    likelihood: NETWORKS[network].likelihood,
    initialisation: "glorot",
    outputBias: "data-mean",
    objective: OBJECTIVES[objective],
    beta,
    freeBits: null,
    capacity: null,
    samples,
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate: 0.001,
    weightDecay: 0,
    batchSize: 100,
    steps,
    evalEvery: 100,
    evalSamples: 1,
    finalEvaluation: null,
    seed,
  };
}

/** A linear decoder with Gaussian pixels is that of probabilistic PCA. */
const NETWORKS = {
  tanh: {
    hidden: [200],
    likelihood: { family: "bernoulli" },
    binarize: "dynamic",
  },
  linear: {
    hidden: [],
    likelihood: { family: "gaussian", variance: 0.05, mean: "linear" },
    binarize: "none",
  },
} as const satisfies Record<
  Settings["network"],
  Pick<RunConfig, "hidden" | "likelihood" | "binarize">
>;

const OBJECTIVES = {
  "elbo": { name: "elbo" },
  "elbo-sampled": { name: "elbo-sampled", gradient: "plain" },
  "iwae": { name: "iwae", k: 5, gradient: "plain" },
} as const;

const LINEAR_FLAGS =
  "--hidden none --likelihood gaussian --decoder-variance 0.05";

/** About where bounds of log p(x) lie in training, nats per image. */
export const USUAL_BOUNDS = {
  tanh: [-170, -140],
  linear: [80, 150],
} as const satisfies Record<Settings["network"], readonly [number, number]>;

/** The flags of `exp:latent-sweep` that train the same run. */
export function flagsOf(settings: Settings): string {
  const { network, latent, samples, beta, objective, steps, seed } = settings;
  return [
    `--latent ${latent}`,
    ...(network === "tanh" ? [] : [LINEAR_FLAGS]),
    ...(samples === 1 ? [] : [`--samples ${samples}`]),
    ...(beta === 1 ? [] : [`--beta ${beta}`]),
    ...(objective === "elbo" ? [] : [`--objective ${objective}`]),
    ...(steps === 6000 ? [] : [`--steps ${steps}`]),
    ...(seed === 1 ? [] : [`--seed ${seed}`]),
    "--final-k 0",
  ].join(" ");
}

/** What names the run here, such as `z2 L1 β4`. */
export function labelOf(settings: Settings): string {
  const { network, latent, samples, beta, objective, steps, seed } = settings;
  return [
    ...(network === "tanh" ? [] : [network]),
    ...[`z${latent}`, `L${samples}`, `β${beta}`],
    ...(objective === "elbo" ? [] : [objective]),
    ...[`${steps}`, `seed ${seed}`],
  ].join(" ");
}
