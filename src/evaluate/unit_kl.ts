/** The KL of each latent dimension over a split. */

import type { Examples } from "../data/dataset.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { encodeRows, type EncodingOptions } from "./encode_rows.ts";
import { EVALUATION_SAMPLES } from "./evaluate_run.ts";
import { posteriorTerms } from "./posterior_terms.ts";

/**
 * The mean over the rows of each latent dimension's part of KL(q(z|x) || p(z)),
 * [d], nats: in closed form with one layer, else at draws of z.
 *
 * @param options.seed of these draws
 */
export async function unitKl(
  vae: Vae,
  examples: Examples,
  { seed, ...options }: EncodingOptions & { readonly seed: number },
): Promise<Float64Array> {
  const d = totalLatentDim(vae.spec);
  const samples = EVALUATION_SAMPLES;
  const kl = vae.spec.upper
    ? (await posteriorTerms(vae, examples, { samples, seed, ...options }))
      .klPerUnit.values
    : (await encodeRows(vae, examples, options)).kl;
  const means = new Float64Array(d);
  kl.forEach((value, i) => means[i % d]! += value / examples.count);
  return means;
}
