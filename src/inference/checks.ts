/** Checks of arguments. */

import type { tf } from "../lazy_tfjs.ts";

/** @throws {RangeError} the value is not an integer of at least `least` */
export function requireAtLeast(
  name: string,
  value: number,
  least: number,
): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `${name} is not an integer of at least ${least}: ${value}`,
  );
}

/** @throws {RangeError} the tensor has another shape */
export function requireShape(
  name: string,
  tensor: tf.Tensor,
  shape: readonly number[],
): void {
  if (tensor.shape.join() === shape.join()) return;
  throw new RangeError(`${name} is [${tensor.shape}] instead of [${shape}]`);
}

/**
 * A step size of another shape would broadcast to more chains than there are.
 *
 * @throws {RangeError} its shape is not one of those in step_size.ts
 */
export function requireStepSize(
  { shape }: tf.Tensor,
  chains: readonly number[],
): void {
  const fits = shape.length === 0 || shape.length === chains.length &&
      shape.every((size, axis) => size === 1 || size === chains[axis]);
  if (fits) return;
  throw new RangeError(`a step size [${shape}] for chains [${chains}]`);
}
