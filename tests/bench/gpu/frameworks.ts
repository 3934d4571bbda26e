/** PyTorch and JAX, where they are installed, on a GPU where they have one. */

import type { Batches } from "../../../src/train/batches.ts";
import type { RunConfig } from "../../../src/train/config.ts";
import type { Contender } from "../contenders.ts";
import { pythonContender, pythonWith } from "../python.ts";
import torchScript from "../torch_step.py" with { type: "text" };
import jaxScript from "./jax_step.py" with { type: "text" };

const FRAMEWORKS = [{
  module: "torch",
  script: torchScript,
  modes: ["eager", "compiled", "graph", "compiled-graph"],
}, {
  module: "jax",
  script: jaxScript,
  modes: ["eager", "compiled"],
}] as const;

/** Their Pythons, by module; null: that of the system, where it has it. */
export type Pythons = Readonly<Record<"torch" | "jax", string | undefined>>;

/**
 * Starts every framework in every mode.
 *
 * @returns those that run, and why others do not, a line each
 */
export async function frameworkContenders(
  pythons: Pythons,
  training: { batches: Batches; config: RunConfig; dim: number },
): Promise<{ contenders: Contender[]; missing: string[] }> {
  const contenders: Contender[] = [];
  const missing: string[] = [];
  for (const { module, script, modes } of FRAMEWORKS) {
    const own = pythons[module];
    const python = await pythonWith(module, own ? [own] : undefined);
    if (python === null) {
      missing.push(`no ${own ?? "python3"} with ${module}`);
      continue;
    }
    for (const mode of modes) {
      const program = { python, script, threads: 0, mode };
      const contender = await pythonContender(program, 1, training);
      if ("missing" in contender) missing.push(contender.missing);
      else contenders.push(contender);
    }
  }
  return { contenders, missing };
}
