/** What is shown of a model while it trains. No step depends on it. */

import type { TrainingData } from "../../data/prepare.ts";
import { exp, log } from "../../elementary.ts";
import type { Encoding } from "../../engine/engine.ts";
import type { WasmEngine } from "../../engine/wasm/wasm_engine.ts";
import { linearDecoder, linearTerms } from "../../evaluate/linear_terms.ts";
import { stream } from "../../random/stream.ts";
import { gather } from "../../train/batches.ts";
import {
  type Bound,
  BOUND_DRAWS,
  BOUND_ROWS,
  PICTURES,
  SHOWN_ROWS,
  type Snapshot,
} from "./messages.ts";

/** The first test rows, as pixels, [n, D]. */
export function firstTestRows(
  { test }: TrainingData,
  count: number,
): Float32Array<ArrayBuffer> {
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return gather(test, rows) as Float32Array<ArrayBuffer>;
}

/** What the model makes of the first test rows now. */
export async function snapshotOf(
  engine: WasmEngine,
  data: TrainingData,
): Promise<Snapshot> {
  const { latentDim: d } = engine.spec;
  const x = firstTestRows(data, SHOWN_ROWS);
  const encoding = await engine.encode({ x, size: SHOWN_ROWS });
  const { mean, kl } = encoding;
  const klPerDimension = Array.from({ length: d }, (_, j) => {
    let sum = 0;
    for (let row = 0; row < SHOWN_ROWS; row++) sum += kl[row * d + j]!;
    return sum / SHOWN_ROWS;
  });
  const z = mean.slice(0, PICTURES * d);
  const pictures = await engine.decode({ z, size: PICTURES });
  return {
    step: engine.stepsDone,
    means: mean as Float32Array<ArrayBuffer>,
    klPerDimension,
    pictures: pictures as Float32Array<ArrayBuffer>,
    bound: engine.spec.hidden.length === 0
      ? await exactBoundOf(engine, data, encoding)
      : await boundOf(engine, data, kl.slice(0, BOUND_ROWS * d)),
  };
}

/**
 * Means over rows of the ELBO and of L_k = log (1/k) sum_i w_i with
 * w_i = p(x|z_i) p(z_i) / q(z_i|x), of the same draws of z (Burda et al., arXiv
 * 1509.00519, equation 8).
 *
 * @param kl of those rows, in closed form
 */
async function boundOf(
  engine: WasmEngine,
  data: TrainingData,
  kl: Float32Array,
): Promise<Bound> {
  const [size, k] = [BOUND_ROWS, BOUND_DRAWS];
  const { logLikelihood, logRatio } = await engine.rowTerms({
    x: firstTestRows(data, size),
    noise: stream(0, "estimate", 0).normals(k * size * engine.spec.latentDim),
    ...{ size, samples: k },
  });
  let [elbo, bound] = [0, 0];
  for (let row = 0; row < size; row++) {
    const logWeights = Array.from(
      { length: k },
      (_, i) => logLikelihood[i * size + row]! - logRatio[i * size + row]!,
    );
    const most = Math.max(...logWeights);
    elbo += logWeights.reduce((sum, w) => sum + w, 0) / k;
    bound += most +
      log(logWeights.reduce((sum, w) => sum + exp(w - most), 0) / k);
  }
  const klSum = kl.reduce((sum, value) => sum + value, 0);
  return {
    ...{ elbo: elbo / size, kl: klSum / size, logLikelihood: bound / size },
    isExact: false,
  };
}

/** The same of a linear model, in closed form. */
async function exactBoundOf(
  engine: WasmEngine,
  data: TrainingData,
  { mean, logVariance }: Encoding,
): Promise<Bound> {
  await engine.save(); // brings the model up to date
  const ofRows = (values: Float32Array) =>
    values.slice(0, BOUND_ROWS * engine.spec.latentDim);
  const q = {
    ...{ mean: ofRows(mean), logVariance: ofRows(logVariance), lower: null },
  };
  const termsAt = linearTerms(await linearDecoder(engine.vae));
  const { elbo, kl, posteriorKl } = termsAt(q, firstTestRows(data, BOUND_ROWS));
  return { elbo, kl, logLikelihood: elbo + posteriorKl, isExact: true };
}
