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

import { runGradientSnr } from "../mod.ts";

await runGradientSnr(Deno.args);
