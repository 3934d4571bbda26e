/** A group of runs, as an engine's record and a run's config describe it. */

import type { VaeSpec } from "../../model/spec.ts";
import type { Backend } from "../backend.ts";
import { requireSupport } from "../supported.ts";
import { type GpuTraining, trainingOf } from "./capacity.ts";
import { RunGroup, type Slot } from "./group.ts";
import { SUPPORTED } from "./supported.ts";
import { tileOf } from "./tiles.ts";

/**
 * Makes room for runs that are trained together, a slot for each.
 *
 * @param specs of their models, or of larger ones; they differ by the latent
 *   dimension alone
 * @throws {UserError} the engine lacks a part of the models
 */
export function openGroup(
  engine: Parameters<typeof tileOf>[0],
  specs: readonly VaeSpec[],
  training: GpuTraining,
  { webgpu }: Pick<Backend, "webgpu">,
): Slot[] {
  if (webgpu === null) throw new Error("the backend is not webgpu");
  for (const spec of specs) requireSupport(SUPPORTED, { ...spec, ...training });
  return new RunGroup(webgpu, specs, trainingOf(training, tileOf(engine)))
    .slots();
}
