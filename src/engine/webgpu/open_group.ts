/** Groups of runs, as an engine's record and a run's config describe them. */

import type { VaeSpec } from "../../model/spec.ts";
import type { Backend } from "../backend.ts";
import { requireSupport } from "../supported.ts";
import { type GpuTraining, mostRuns, trainingOf } from "./capacity.ts";
import { RunGroup, type Slot } from "./group.ts";
import { SUPPORTED } from "./supported.ts";
import { tileOf } from "./tiles.ts";

/** The part of an engine's record that its kernels depend on. */
interface Tiled {
  readonly tiles?: string;
}

/**
 * Makes room for runs that are trained together, a slot for each.
 *
 * @param specs of their models, or of larger ones; they differ by the latent
 *   dimension alone
 * @throws {UserError} the engine lacks a part of the models
 */
export function openGroup(
  engine: Tiled,
  specs: readonly VaeSpec[],
  training: GpuTraining,
  { webgpu }: Pick<Backend, "webgpu">,
): Slot[] {
  if (webgpu === null) throw new Error("the backend is not webgpu");
  for (const spec of specs) requireSupport(SUPPORTED, { ...spec, ...training });
  return new RunGroup(webgpu, specs, trainingOf(training, tileOf(engine)))
    .slots();
}

/**
 * How many runs of a training fit into a group.
 *
 * @param spec the largest of their models
 */
export function mostRunsOf(
  engine: Tiled,
  spec: VaeSpec,
  training: GpuTraining,
  { webgpu }: Pick<Backend, "webgpu">,
): number {
  if (webgpu === null) throw new Error("the backend is not webgpu");
  return mostRuns(webgpu, spec, training, tileOf(engine));
}
