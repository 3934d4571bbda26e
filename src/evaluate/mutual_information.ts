/**
 * How much of the rate tells datapoints apart (M. D. Hoffman and M. J.
 * Johnson: ELBO surgery, 2016). With q(z) = (1/N) sum_n q(z|x_n), the
 * aggregate posterior of the N datapoints that are evaluated,
 *
 *     (1/N) sum_n KL(q(z|x_n) || p(z)) = I_q(x; z) + KL(q(z) || p(z))
 */

import type { Examples } from "../data/dataset.ts";
import type { DrawEngine } from "../engine/draw_engine.ts";
import type { Encoding } from "../engine/engine.ts";
import { requireAtLeast } from "../inference/checks.ts";
import { exp, log } from "../elementary.ts";
import type { Vae } from "../model/vae.ts";
import { type Control, inTurn } from "./device.ts";
import { DRAWS_AT_ONCE, noiseOf, type Part, partsOf } from "./draws.ts";
import { encodings } from "./encode_rows.ts";
import {
  emptyEstimates,
  putMeans,
  type RowEstimates,
  RunningMoments,
} from "./estimates.ts";
import { partsToDo } from "./row_parts.ts";

/** Rows whose estimates are done, and may be saved, at once. */
const ROWS_AT_ONCE = 50;

/** How it is estimated. */
export interface MutualInformationOptions extends Control {
  /** draws of z per datapoint, S, at least 1; of one no variance is known */
  readonly samples: number;
  /** of the draws of z, an integer in 0..2^53-1 */
  readonly seed: number;
  /** what encodes the rows: see `openDrawEngine`; the model itself if absent */
  readonly engine?: DrawEngine | undefined;
}

/**
 * Of each of the N rows (1/S) sum_s log q(z_s|x_n) - log q(z_s) with z_s from
 * q(z|x_n), in nats: their mean is an unbiased estimate of I_q(x; z), for q(z)
 * is exact. It costs S N^2 densities. No value is above log N, which is the
 * most that N datapoints can tell: where the rate is far above it, so is the
 * information about other datapoints.
 *
 * For models of one layer. Of a conditional one q(z|x, y) takes the place of
 * q(z|x): the information is that of z about both.
 */
export async function mutualInformation(
  vae: Vae,
  examples: Examples,
  { samples, seed, engine, ...control }: MutualInformationOptions,
): Promise<RowEstimates> {
  requireAtLeast("samples", samples, 1);
  const information = emptyEstimates(examples.count);
  const posteriors = new Posteriors(examples.count, vae.spec.latentDim);
  for await (
    const { rows, ...encoding } of encodings(vae, examples, {
      ...{ engine, signal: control.signal, check: control.check },
    })
  ) {
    posteriors.put(rows.first, encoding);
  }
  const parts = partsToDo(control, "q(z)", information, ROWS_AT_ONCE);
  for await (const rows of parts) {
    const moments = new RunningMoments(rows.count);
    for (const draws of partsOf(samples, DRAWS_AT_ONCE)) {
      const noise = noiseOf("terms", seed, rows, draws, vae.spec.latentDim);
      const values = await inTurn(
        () => Promise.resolve(posteriors.information(rows, noise)),
        control,
      );
      for (let s = 0; s < draws.count; s++) {
        moments.add(values.subarray(s * rows.count, (s + 1) * rows.count));
      }
    }
    putMeans(information, rows.first, moments);
  }
  return information;
}

/**
 * Whether an estimate is so near log N, the most of N rows, that it says how
 * many rows there were rather than how much z tells: within 1 nat, where the
 * posteriors of other rows are less than a factor e of q(z) in the mean.
 */
export function isSaturated(value: number, rows: number): boolean {
  return value > log(rows) - 1;
}

/** A posterior whose density is smaller than the largest by e^-40 is nothing. */
const NEGLIGIBLE = 40;

/** The q(z|x_n) = N(mu, L L') of all rows, in float64. */
class Posteriors {
  readonly #n: number;
  readonly #d: number;
  /** mu, [n, d] */
  readonly #means: Float64Array;
  /** 1 / L_jj, [n, d] */
  readonly #rates: Float64Array;
  /** -sum_j log L_jj, [n]: log q(z|x) without half of e e and of d log 2 pi */
  readonly #logScales: Float64Array;
  /** L below its diagonal, [n, d, d]; null: it is diagonal */
  #lower: Float32Array | null = null;

  constructor(n: number, d: number) {
    this.#n = n;
    this.#d = d;
    this.#means = new Float64Array(n * d);
    this.#rates = new Float64Array(n * d);
    this.#logScales = new Float64Array(n);
  }

  /** Puts rows in place. @param first the first of them */
  put(first: number, { mean, logVariance, lower }: Encoding): void {
    const d = this.#d;
    this.#means.set(mean, first * d);
    const each = logVariance.length / (mean.length / d);
    for (let i = 0; i < mean.length / d; i++) {
      for (let j = 0; j < d; j++) {
        const half = logVariance[i * each + j % each]! / 2;
        this.#rates[(first + i) * d + j] = exp(-half);
        this.#logScales[first + i]! -= half;
      }
    }
    if (lower === null) return;
    this.#lower ??= new Float32Array(this.#n * d * d);
    this.#lower.set(lower, first * d * d);
  }

  /**
   * log q(z|x) - log q(z) at draws of z of some of the rows.
   *
   * @param noise e of z = mu + L e, [S, B, d]
   * @returns [S, B]
   */
  information(rows: Part, noise: Float32Array): Float64Array {
    const d = this.#d;
    const z = new Float64Array(d);
    return Float64Array.from({ length: noise.length / d }, (_, i) => {
      const row = rows.first + i % rows.count;
      const e = noise.subarray(i * d, (i + 1) * d);
      let square = 0;
      for (let j = 0; j < d; j++) {
        square += e[j]! * e[j]!;
        z[j] = this.#means[row * d + j]! + e[j]! / this.#rates[row * d + j]!;
        if (this.#lower === null) continue;
        const own = (row * d + j) * d;
        for (let k = 0; k < j; k++) z[j]! += this.#lower[own + k]! * e[k]!;
      }
      const own = this.#logScales[row]! - square / 2;
      return own - this.#logMarginal(z, own) + log(this.#n);
    });
  }

  /**
   * log sum_n q(z|x_n), without half of d log 2 pi.
   *
   * @param start about the largest of its terms
   */
  #logMarginal(z: Float64Array, start: number): number {
    let [largest, sum] = [start, 0];
    for (let n = 0; n < this.#n; n++) {
      const most = 2 * (this.#logScales[n]! - largest + NEGLIGIBLE);
      const square = this.#lower === null
        ? this.#distance(n, z, most)
        : this.#correlatedDistance(n, z, this.#lower);
      if (square > most) continue;
      const term = this.#logScales[n]! - square / 2;
      if (term > largest) {
        sum *= exp(largest - term);
        largest = term;
      }
      sum += exp(term - largest);
    }
    return log(sum) + largest;
  }

  /** |L^-1 (z - mu)|^2 of a diagonal L, or what is above a bound where it is. */
  #distance(n: number, z: Float64Array, bound: number): number {
    const d = this.#d;
    const [means, rates] = [this.#means, this.#rates];
    let square = 0;
    for (let j = 0, at = n * d; j < d && square <= bound; j++, at++) {
      const e = (z[j]! - means[at]!) * rates[at]!;
      square += e * e;
    }
    return square;
  }

  /** The same of an L that is not, by forward substitution. */
  #correlatedDistance(n: number, z: Float64Array, lower: Float32Array): number {
    const d = this.#d;
    const e = new Float64Array(d);
    let square = 0;
    for (let j = 0; j < d; j++) {
      const at = n * d + j;
      let rest = z[j]! - this.#means[at]!;
      for (let k = 0; k < j; k++) rest -= lower[at * d + k]! * e[k]!;
      e[j] = rest * this.#rates[at]!;
      square += e[j]! * e[j]!;
    }
    return square;
  }
}
