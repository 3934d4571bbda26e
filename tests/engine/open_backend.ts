/**
 * A program: opens the backend named by the argument and prints what it is and
 * the sum of 1, 2 and 3 on it, or the error, as JSON.
 */

import * as tf from "../../src/tfjs.ts";
import { type BackendChoice, openBackend } from "../../src/engine/backend.ts";

try {
  const { name, notice } = await openBackend(Deno.args[0] as BackendChoice);
  const [sum] = await tf.sum(tf.tensor([1, 2, 3])).data();
  console.log(JSON.stringify({ name, notice, sum, tfjs: tf.getBackend() }));
} catch (error) {
  const { name, message } = error as Error;
  console.log(JSON.stringify({ error: name, message }));
}
