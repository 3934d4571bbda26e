/**
 * WebGPU over OpenGL, which a machine without a Vulkan driver may have. The
 * interface is chosen when Deno starts, hence the processes.
 */

import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import type { StepTerms } from "../../src/engine/reference.ts";
import { runProgram } from "./programs.ts";
import { trained, TRAININGS } from "./training.ts";

/** Null where there is no adapter over OpenGL. */
async function trainOnOpenGl(): Promise<
  { digest: string; terms: StepTerms[] } | null
> {
  const { code, stdout, stderr } = await runProgram(
    "train_digest.ts",
    ["opengl"],
    { DENO_WEBGPU_BACKEND: "gl" },
  );
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

const first = Deno.build.os === "linux" ? await trainOnOpenGl() : null;

Deno.test({
  name: "ReferenceEngine trains twice to the same bytes on WebGPU over OpenGL" +
    (first === null
      ? " [ignored: no OpenGL adapter; install libegl1 and libgl1-mesa-dri]"
      : ""),
  ignore: first === null,
  fn: async () => {
    assertMatch(first!.digest, /^[0-9a-f]{64}$/);
    assertEquals(await trainOnOpenGl(), first);

    const backend = await openBackend("cpu");
    const training = { ...TRAININGS["bernoulli, tanh, Adam"]!, steps: 5 };
    const { terms } = await trained(training, backend);
    assertEquals(first!.terms.length, 5);
    terms.forEach(({ reconstruction, kl }, i) => {
      const actual = first!.terms[i]!;
      assertAlmostEquals(
        actual.reconstruction,
        reconstruction,
        -1e-4 * reconstruction,
      );
      assertAlmostEquals(actual.kl, kl, 1e-4 * kl);
    });
  },
});
