/**
 * tfjs, as this project uses it: tensors of the model are of this copy, and
 * operations of another one would not take them.
 *
 * ```ts
 * import * as tf from "@elbo/lab/tfjs";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tf.tensor([1, 2]).shape, [2]);
 * ```
 *
 * @module
 */

import * as tfjs from "@tensorflow/tfjs";
import { setTfjs } from "./lazy_tfjs.ts";

// A script that imports this module computes with tensors of its own.
setTfjs(tfjs);

export * from "@tensorflow/tfjs";
