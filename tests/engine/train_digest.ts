/**
 * A program: trains a small VAE for five steps on WebGPU and prints the terms
 * of all steps and a SHA-256 of them and the parameters, as JSON.
 * DENO_WEBGPU_BACKEND chooses the interface.
 */

import { openBackend } from "../../src/engine/backend.ts";
import { trained, TRAININGS } from "./training.ts";

const backend = await openBackend("webgpu");
const training = { ...TRAININGS["bernoulli, tanh, Adam"]!, steps: 5 };
const { terms, parameters } = await trained(training, backend);
const numbers = Float32Array.from([
  ...terms.flatMap(({ reconstruction, kl }) => [reconstruction, kl]),
  ...parameters.flatMap(({ values }) => [...values]),
]);
const digest = new Uint8Array(
  await crypto.subtle.digest("SHA-256", numbers.buffer),
);
console.log(JSON.stringify({ digest: digest.toHex(), terms }));
