/**
 * Hamiltonian Monte Carlo for many independent chains at once (R. M. Neal:
 * MCMC using Hamiltonian dynamics, 2011), in tfjs ops: nothing is read back,
 * and all randomness is passed in.
 *
 * The chains have any shape [...], such as [C] or [S, B]; their positions z
 * and momenta are [..., d]. No gradient flows through a transition.
 */

import { tf } from "../lazy_tfjs.ts";
import { requireAtLeast, requireShape, requireStepSize } from "./checks.ts";

/**
 * z, [..., d] -> log of a density at z, up to a constant: [...], nats. Each
 * chain's value depends on that chain's z alone.
 */
export type LogDensity = (z: tf.Tensor) => tf.Tensor;

export interface HmcSettings {
  /** epsilon, above 0; for its shapes see step_size.ts */
  readonly stepSize: tf.Tensor;
  /** gradient steps to a proposal, at least 1 */
  readonly leapfrogSteps: number;
}

export interface HmcNoise {
  /** from N(0, I), the shape of z */
  readonly momentum: tf.Tensor;
  /** from (0, 1), one per chain: whether the proposal is accepted */
  readonly uniforms: tf.Tensor;
}

// Types, not interfaces: `tf.tidy` returns no interface.

/** The chains after a transition. */
export type HmcState = {
  /** [..., d] */
  readonly z: tf.Tensor;
  /** at z, [...] */
  readonly logDensity: tf.Tensor;
  /** the probability with which each proposal was accepted, [...] */
  readonly acceptance: tf.Tensor;
};

/** The two ends of a leapfrog trajectory. */
export type Trajectory = {
  /** the end's position, [..., d] */
  readonly z: tf.Tensor;
  /** the end's momentum, [..., d] */
  readonly momentum: tf.Tensor;
  readonly startLogDensity: tf.Tensor;
  readonly endLogDensity: tf.Tensor;
};

/**
 * Follows Hamilton's equations of H(z, p) = -logDensity(z) + |p|^2 / 2 by the
 * leapfrog method. It is reversible: started from its end with -p it leads
 * back. H is conserved up to an error of order stepSize^2.
 *
 * @param z [..., d]
 * @param momentum p, [..., d]
 */
export function leapfrog(
  logDensity: LogDensity,
  z: tf.Tensor,
  momentum: tf.Tensor,
  { stepSize, leapfrogSteps }: HmcSettings,
): Trajectory {
  requireAtLeast("leapfrogSteps", leapfrogSteps, 1);
  return tf.tidy(() => {
    const epsilon = tf.expandDims(stepSize, -1);
    const half = tf.mul(epsilon, 0.5);
    const start = valueAndGradient(logDensity, z);
    let end = { z, ...start };
    let p = tf.add(momentum, tf.mul(half, start.gradient));
    for (let step = 1; step <= leapfrogSteps; step++) {
      const moved: tf.Tensor = tf.add(end.z, tf.mul(epsilon, p));
      end = { z: moved, ...valueAndGradient(logDensity, moved) };
      const kick = step < leapfrogSteps ? epsilon : half;
      p = tf.add(p, tf.mul(kick, end.gradient));
    }
    return {
      z: end.z,
      momentum: p,
      startLogDensity: start.value,
      endLogDensity: end.value,
    };
  });
}

/**
 * One transition: a leapfrog trajectory from a fresh momentum, whose end is
 * accepted with probability min(1, exp(H(start) - H(end))). It leaves the
 * density invariant whatever the step size, as long as that does not depend on
 * where the chains are. A trajectory that ends in NaN is rejected.
 *
 * @param z [..., d]
 * @throws {RangeError} a shape other than that of the chains, or fewer than one
 *   leapfrog step
 */
export function hmcTransition(
  logDensity: LogDensity,
  z: tf.Tensor,
  settings: HmcSettings,
  { momentum, uniforms }: HmcNoise,
): HmcState {
  const chains = z.shape.slice(0, -1);
  requireShape("momentum", momentum, z.shape);
  requireShape("uniforms", uniforms, chains);
  requireStepSize(settings.stepSize, chains);
  return tf.tidy(() => {
    const end = leapfrog(logDensity, z, momentum, settings);
    const { startLogDensity, endLogDensity } = end;
    const gain = tf.add(
      tf.sub(endLogDensity, startLogDensity),
      tf.sub(kineticEnergy(momentum), kineticEnergy(end.momentum)),
    );
    // isNaN by name: WGSL may assume that a comparison sees no NaN.
    const acceptance = tf.where(
      tf.isNaN(gain),
      tf.zerosLike(gain),
      tf.exp(tf.minimum(gain, 0)),
    );
    const accepted = tf.less(uniforms, acceptance);
    return {
      z: tf.where(tf.expandDims(accepted, -1), end.z, z),
      logDensity: tf.where(accepted, endLogDensity, startLogDensity),
      acceptance,
    };
  });
}

/** The log density of each chain, and its gradient by that chain's z. */
function valueAndGradient(
  logDensity: LogDensity,
  z: tf.Tensor,
): { value: tf.Tensor; gradient: tf.Tensor } {
  // Chains are independent, so the gradient of their sum is that of each; it
  // is pulled back from ones that `fill` makes on the device.
  const chains = z.shape.slice(0, -1);
  const checked: LogDensity = (z) => {
    const value = logDensity(z);
    requireShape("the log density", value, chains);
    return value;
  };
  const ones: tf.Tensor = tf.fill(chains, 1);
  const { value, grad } = tf.valueAndGrad(checked)(z, ones);
  return { value, gradient: grad };
}

/** |p|^2 / 2 */
function kineticEnergy(momentum: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sum(tf.square(momentum), -1), 0.5);
}
