/**
 * WebGPU over OpenGL, which a machine without a Vulkan driver may have. The
 * interface is chosen when Deno starts, hence the processes. Mesa takes a while
 * to compile the shaders, once: then they are in its cache.
 */

import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import type { StepTerms } from "../../src/engine/engine.ts";
import { runProgram } from "./programs.ts";
import { IN_FOURS } from "./train_digest.ts";
import { trained } from "./training.ts";

const ON_OPENGL = { DENO_WEBGPU_BACKEND: "gl" };

async function hasOpenGl(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const { stdout } = await runProgram("open_backend.ts", ["webgpu"], ON_OPENGL);
  return stdout.includes("over opengl");
}

async function trainOnOpenGl(): Promise<
  { digest: string; terms: StepTerms[] }
> {
  const { code, stdout, stderr } = await runProgram(
    "train_digest.ts",
    [],
    ON_OPENGL,
  );
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

const found = await hasOpenGl();

Deno.test({
  name: "ReferenceEngine trains twice to the same bytes on WebGPU over OpenGL" +
    (found ? "" : " [ignored: no OpenGL adapter; install libgl1-mesa-dri]"),
  ignore: !found,
  fn: async () => {
    const first = await trainOnOpenGl();
    assertMatch(first.digest, /^[0-9a-f]{64}$/);
    assertEquals(await trainOnOpenGl(), first);

    const backend = await openBackend("cpu");
    const { terms } = await trained(IN_FOURS, backend);
    assertEquals(first.terms.length, 5);
    terms.forEach(({ reconstruction, kl }, i) => {
      const actual = first.terms[i]!;
      assertAlmostEquals(
        actual.reconstruction,
        reconstruction,
        1e-4 * Math.abs(reconstruction),
      );
      assertAlmostEquals(actual.kl, kl, 1e-4 * kl);
    });
  },
});
