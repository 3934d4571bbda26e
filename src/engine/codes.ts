/**
 * Numbers by which kernels tell the parts of a specification apart. The wasm
 * module compiles this file too, so it has nothing but constants. Each engine
 * says in its table of supported parts which of them its kernels know.
 */

// Kinds of objectives
export const ELBO = 0;
export const ELBO_SAMPLED = 1;
export const IWAE = 2;
export const WAKE_SLEEP = 3;
export const MCEM = 4;

// Estimators of the encoder's gradient
export const PLAIN = 0;
export const STL = 1;
export const DREG = 2;

// Covariances of q(z|x)
export const DIAGONAL = 0;
export const ISOTROPIC = 1;

// The parameter of the likelihood that all pixels share
export const NO_PARAMETER = 0;
export const KEPT = 1;
export const LEARNED = 2;
export const OPTIMAL = 3;
