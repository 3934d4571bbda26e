/**
 * A program: trains a small VAE for five steps on WebGPU and prints its
 * adapter's interface and a SHA-256 of all terms and parameters, as JSON.
 * DENO_WEBGPU_BACKEND chooses the interface, and must be set before Deno
 * starts. Without an adapter, or with one over another interface than the
 * argument, it prints null.
 */

import { openBackend } from "../../src/engine/backend.ts";
import { findAdapter } from "../../src/engine/webgpu_device.ts";
import { trained, TRAININGS } from "./training.ts";

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

const api = (await findAdapter())?.description.api;
if (api !== Deno.args[0]) {
  console.log("null");
} else {
  const backend = await openBackend("webgpu");
  const training = TRAININGS["bernoulli, tanh, Adam"]!;
  const { terms, parameters } = await trained(
    { ...training, steps: 5 },
    backend,
  );
  const numbers = Float32Array.from([
    ...terms.flatMap(({ reconstruction, kl }) => [reconstruction, kl]),
    ...parameters.flatMap(({ values }) => [...values]),
  ]);
  const digest = await sha256(new Uint8Array(numbers.buffer));
  console.log(JSON.stringify({ digest, terms }));
}
