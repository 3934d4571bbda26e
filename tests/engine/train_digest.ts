/**
 * A program: trains a small VAE for five steps on WebGPU and prints the terms
 * of all steps and a SHA-256 of them and the parameters, as JSON.
 * DENO_WEBGPU_BACKEND chooses the interface.
 */

import { openBackend } from "../../src/engine/backend.ts";
import { trained, trainingOf } from "./training.ts";

/**
 * Sizes in fours, of which tfjs multiplies four at once: Mesa compiles the
 * products of other sizes over OpenGL for half a minute.
 */
export const IN_FOURS = trainingOf({
  spec: { dataDim: 12, hidden: [8], latentDim: 4 },
  size: 4,
  steps: 5,
});

if (import.meta.main) {
  const backend = await openBackend("webgpu");
  const { terms, parameters } = await trained(IN_FOURS, backend);
  const numbers = Float32Array.from([
    ...terms.flatMap(({ reconstruction, kl }) => [reconstruction, kl]),
    ...parameters.flatMap(({ values }) => [...values]),
  ]);
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", numbers.buffer),
  );
  console.log(JSON.stringify({ digest: digest.toHex(), terms }));
}
