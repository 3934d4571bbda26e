/** The choice of the engine that trains a run, and how to open it. */

import { UserError } from "../errors.ts";
import { startTfjs } from "../start_tfjs.ts";
import { fillsOf, OPTIMIZERS } from "../model/optimizers.ts";
import { countParameters, type VaeSpec } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import type { Backend, BackendChoice } from "./backend.ts";
import type { Engine } from "./engine.ts";
import { ReferenceEngine } from "./reference.ts";
import { type DrawEngine, referenceDraws } from "./draw_engine.ts";
import { DRAWS_OBJECTIVE } from "./step_plan.ts";
import { requireSupport, type Trainable, unsupported } from "./supported.ts";
import { bytesNeeded, type TrainingSize } from "./wasm/programs.ts";
import { checkMachine, missingFromMachine } from "./wasm/module.ts";
import { SUPPORTED as BY_WASM } from "./wasm/supported.ts";
import { WasmEngine } from "./wasm/wasm_engine.ts";
import { checkCapacity, openGroup } from "./webgpu/capacity.ts";
import type { GpuTraining } from "./webgpu/capacity.ts";
import type { Tile } from "./webgpu/tiles.ts";
import { SUPPORTED as BY_WEBGPU } from "./webgpu/supported.ts";
import { formatTile, tileFor, tileOf } from "./webgpu/tiles.ts";
import { currentDevice } from "./webgpu_device.ts";
import { webGpuDraws } from "./webgpu/draws.ts";
import { WebGpuEngine } from "./webgpu/webgpu_engine.ts";

/** The engines that a user may choose. */
export const ENGINES = ["auto", "reference", "wasm", "webgpu"] as const;

/** One of {@linkcode ENGINES}. */
export type EngineChoice = typeof ENGINES[number];

/** The engine of a run, as run.json records it. */
export interface EngineDescription {
  /** `reference`: tfjs ops on the backend; others: kernels of the project */
  readonly name: "reference" | "wasm" | "webgpu";
  /** whether results have the same bytes everywhere, or on one backend */
  readonly bits: "portable" | "backend";
  /** of the webgpu engine's products: see `parseTile`; they change no bit */
  readonly tiles?: string;
}

/** The engine that takes every model. */
export const REFERENCE: EngineDescription = {
  name: "reference",
  bits: "backend",
};

/** The backend that an engine needs, where the user leaves it open. */
export function backendFor(
  engine: EngineChoice | undefined,
  asked: BackendChoice,
): BackendChoice {
  return engine === "webgpu" && asked === "auto" ? "webgpu" : asked;
}

/**
 * The engine that trains a run. `auto` takes the webgpu engine on WebGPU and
 * the wasm engine on the CPU, where they support the training and the machine
 * supports them; the reference elsewhere, and where a tfjs backend on the CPU was
 * asked for.
 *
 * @param by tiles: of the webgpu engine; absent: the adapter's default
 * @throws {UserError} the webgpu engine was asked for on another backend
 */
export function describeEngine(
  choice: EngineChoice,
  trainable: Trainable,
  { asked, backend, tiles }: {
    asked: BackendChoice;
    backend: Backend;
    tiles?: Tile;
  },
): EngineDescription {
  const { adapter } = backend;
  if (choice === "webgpu" && adapter === null) {
    throw new UserError(
      `--engine webgpu: the backend is ${backend.name}; add --backend webgpu`,
    );
  }
  if (
    adapter !== null &&
    (choice === "webgpu" ||
      (choice === "auto" &&
        unsupported(BY_WEBGPU, trainable) === null))
  ) {
    const tile = tiles ?? tileFor(adapter);
    return { name: "webgpu", bits: "backend", tiles: formatTile(tile) };
  }
  const isWasm = choice === "wasm" ||
    (choice === "auto" && asked === "auto" && adapter === null &&
      unsupported(BY_WASM, trainable) === null &&
      missingFromMachine() === null);
  return isWasm ? { name: "wasm", bits: "portable" } : REFERENCE;
}

/**
 * Why `auto` takes the reference where it would take the project's own engine
 * of a backend, as the end of a message; null: that engine trains it, as far as
 * it is known without the sizes of the model.
 */
export function autoObstacle(
  trainable: Trainable,
  { adapter }: Backend,
): string | null {
  const own = adapter === null ? BY_WASM : BY_WEBGPU;
  const part = unsupported(own, trainable);
  if (part !== null) return `the ${own.engine} engine has no ${part}`;
  const missing = adapter === null ? missingFromMachine() : null;
  return missing && `this machine lacks ${missing} for the wasm engine`;
}

/**
 * Refuses what an engine cannot train, before anything is allocated.
 *
 * @param spec of the model, or of a larger one
 * @throws {UserError} the engine lacks a part of the training, the machine what
 *   the wasm engine needs, or the training is beyond 32-bit addresses or the
 *   adapter's limits
 */
export function checkEngine(
  engine: EngineDescription,
  spec: VaeSpec,
  training: TrainingSize,
  { name, webgpu }: Pick<Backend, "name" | "webgpu">,
): void {
  switch (engine.name) {
    case "webgpu":
      return checkCapacity(webgpu!, spec, training, tileOf(engine));
    case "wasm":
      checkMachine();
      requireSupport(BY_WASM, { ...spec, ...training });
      return void bytesNeeded(spec, training);
    case "reference":
      if (name === "wasm") requireAddresses(spec, training);
  }
}

/** Bytes that tfjs's wasm backend can address. */
const MOST_OF_TFJS = 2 ** 32 - 2 ** 16;

/** @throws {UserError} the parameters with all of their size are more */
function requireAddresses(spec: VaeSpec, { optimizer }: TrainingSize): void {
  // Beside the parameters, their gradients and the optimiser's arrays.
  const arrays = 2 + fillsOf(optimizer).length;
  if (4 * arrays * countParameters(spec) <= MOST_OF_TFJS) return;
  throw new UserError(
    "the model needs more than the 4 GiB of memory that tfjs's wasm backend " +
      "can address; take smaller layers, or --backend cpu",
  );
}

/** The options of an engine beside its model: a run's config, and more. */
export interface OpenEngineOptions extends GpuTraining {
  /** of the reference and the webgpu engine */
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
  engine: EngineDescription,
  vae: Vae,
  { backend, threads, ...options }: OpenEngineOptions,
): Promise<Engine & Disposable> {
  switch (engine.name) {
    case "wasm":
      return await WasmEngine.create(vae, options, threads);
    case "webgpu": {
      const [slot] = openGroup(engine, [vae.spec], options, backend);
      using _untaken = slot!;
      return await WebGpuEngine.create(vae, slot!);
    }
    case "reference":
      await startTfjs();
      return new ReferenceEngine(vae, options, backend.check);
  }
}

/**
 * Opens an engine for terms at draws of z, at the parameters that the model has
 * now: the engine that is described.
 *
 * @param threads of the wasm engine
 * @throws {UserError} the engine lacks a part of the model, or the machine what
 *   the engine needs
 */
export async function openDrawEngine(
  description: EngineDescription,
  vae: Vae,
  threads: number,
): Promise<DrawEngine & Disposable> {
  switch (description.name) {
    case "wasm": {
      const options = { objective: DRAWS_OBJECTIVE, optimizer: OPTIMIZERS.sgd };
      return await WasmEngine.create(vae, options, threads);
    }
    case "webgpu": {
      const device = currentDevice();
      if (device === null) throw new Error("the backend is not webgpu");
      return await webGpuDraws(vae, device, tileOf(description));
    }
    case "reference":
      await startTfjs();
      return referenceDraws(vae);
  }
}
