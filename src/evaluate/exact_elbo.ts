/** The ELBO of a linear Gaussian VAE and its gap to log p(x), exactly. */

import { encode } from "../engine/generate.ts";
import { meanExactLogLikelihood } from "../model/linear_gaussian.ts";
import type { Vae } from "../model/vae.ts";
import {
  type ExactElboTerms,
  linearDecoder,
  linearTerms,
} from "./linear_terms.ts";

/**
 * All terms of log p(x) = ELBO + KL(q(z|x) || p(z|x)) for a VAE whose decoder
 * is linear and Gaussian, in closed form: no draws of z.
 *
 * @param x [n, D], row-major
 * @throws {RangeError} the decoder is not linear, or not Gaussian with one
 *   variance, there are two layers of latent variables, or it is conditional
 */
export async function exactElboTerms(
  vae: Vae,
  x: Float32Array,
): Promise<ExactElboTerms> {
  const model = await linearDecoder(vae);
  return {
    ...linearTerms(model)(await encode(vae, x), x),
    logLikelihood: meanExactLogLikelihood(model, x),
  };
}
