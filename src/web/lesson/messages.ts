/** What the page and its worker tell each other. */

import type { Settings } from "./settings.ts";

/** What the page asks for. */
export type Request =
  | {
    readonly kind: "train";
    readonly settings: Settings;
    readonly threads: number;
    /** the wasm engine's module */
    readonly engine: Uint8Array<ArrayBuffer>;
    /** the page's script, of which threads are started */
    readonly script: string;
  }
  | { readonly kind: "stop" };

/** Terms of steps, or of evaluations: arrays of one length. */
export interface Terms {
  readonly step: readonly number[];
  readonly elbo: readonly number[];
  readonly reconstruction: readonly number[];
  readonly kl: readonly number[];
}

/** What the model makes of the same test images, at a step. */
export interface Snapshot {
  readonly step: number;
  /** mu(x) of {@linkcode SHOWN_ROWS} test rows, [n, d] */
  readonly means: Float32Array<ArrayBuffer>;
  /** mean of KL(q(z|x) || p(z)) over them by latent dimension, nats */
  readonly klPerDimension: readonly number[];
  /** E[x|z] at z = mu(x) of the first {@linkcode PICTURES} rows, [n, 784] */
  readonly pictures: Float32Array<ArrayBuffer>;
  /** means over {@linkcode BOUND_ROWS} rows, nats */
  readonly bound: Bound;
}

/** Both equations, of a few test images. */
export interface Bound {
  /** E_q[log p(x|z)] - KL(q(z|x) || p(z)) */
  readonly elbo: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
  /**
   * log p(x): itself where that is exact, else L_k by importance sampling, k =
   * {@linkcode BOUND_DRAWS}
   */
  readonly logLikelihood: number;
  /** whether all of them are in closed form, as of a linear model */
  readonly isExact: boolean;
}

/** A run that has ended. */
export interface Trained {
  readonly settings: Settings;
  readonly trainCsv: string;
  readonly evalCsv: string;
  readonly trainSha256: string;
  readonly evalSha256: string;
  /** of the data, before pixels are drawn */
  readonly dataSha256: string;
  readonly parameters: number;
  /** of training and evaluation, in all */
  readonly seconds: number;
  readonly threads: number;
}

/** What the worker tells. */
export type Report =
  /** the data are there: the test images that are shown */
  | {
    readonly kind: "data";
    /** pixels in {0, 1} of the first rows, [n, 784] */
    readonly pictures: Float32Array<ArrayBuffer>;
    /** the digit of each of the rows that are shown */
    readonly classes: Uint32Array<ArrayBuffer>;
  }
  | { readonly kind: "steps"; readonly terms: Terms }
  | { readonly kind: "evaluation"; readonly terms: Terms }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "trained"; readonly trained: Trained }
  | { readonly kind: "stopped"; readonly step: number }
  | { readonly kind: "failed"; readonly message: string };

/** Test rows in the latent plane. */
export const SHOWN_ROWS = 500;

/** Test rows whose pictures are shown. */
export const PICTURES = 10;

/** Test rows of which log p(x) is estimated. */
export const BOUND_ROWS = 20;

/** Draws of z for each of them: k. */
export const BOUND_DRAWS = 100;
