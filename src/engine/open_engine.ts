/** Which engine trains a run, and its opening. */

import type { OptimizerSpec } from "../model/optimizers.ts";
import type { Vae } from "../model/vae.ts";
import type { ObjectiveSpec } from "../objective/spec.ts";
import type { Backend, BackendChoice } from "./backend.ts";
import type { Engine } from "./engine.ts";
import { ReferenceEngine } from "./reference.ts";
import { missingFromPlans, type PlannedModel } from "./step_plan.ts";
import { WasmEngine } from "./wasm/wasm_engine.ts";

/** What a user may ask for. */
export const ENGINES = ["auto", "reference", "wasm"] as const;

/** One of {@linkcode ENGINES}. */
export type EngineChoice = typeof ENGINES[number];

/** The engine of a run, as run.json records it. */
export interface EngineDescription {
  /** `reference`: tfjs ops on the backend; `wasm`: kernels of the project */
  readonly name: "reference" | "wasm";
  /** `portable`: the same on every machine; `backend`: those of the backend */
  readonly bits: "portable" | "backend";
}

/** What an engine must be able to train: a run's config will do. */
export interface Trainable extends PlannedModel {
  /** what training goes up */
  readonly objective: ObjectiveSpec;
}

/**
 * The engine that trains a run. `auto` takes the wasm engine on the CPU, where
 * it can train the run; the reference elsewhere, and where a tfjs backend was
 * asked for.
 */
export function describeEngine(
  choice: EngineChoice,
  trainable: Trainable,
  { asked, backend }: { asked: BackendChoice; backend: Backend },
): EngineDescription {
  const isWasm = choice === "wasm" ||
    (choice === "auto" && asked === "auto" && backend.name !== "webgpu" &&
      missingFromPlans(trainable, trainable.objective) === null);
  return isWasm
    ? { name: "wasm", bits: "portable" }
    : { name: "reference", bits: "backend" };
}

/** What an engine is opened with beside its model. */
export interface OpenEngineOptions {
  /** what training goes up */
  readonly objective: ObjectiveSpec;
  /** with all its hyper-parameters but the step size */
  readonly optimizer: OptimizerSpec;
  /** of the reference */
  readonly backend: Backend;
  /** of the wasm engine */
  readonly threads: number;
}

/**
 * Opens an engine for a model, which the caller frees after it.
 *
 * @throws {UserError} the wasm engine cannot train it, or not on this machine
 */
export async function openEngine(
  name: EngineDescription["name"],
  vae: Vae,
  { backend, threads, ...options }: OpenEngineOptions,
): Promise<Engine & Disposable> {
  return name === "wasm"
    ? await WasmEngine.create(vae, options, threads)
    : new ReferenceEngine(vae, options, backend.check);
}
