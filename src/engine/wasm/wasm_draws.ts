/** Terms at draws of z by the wasm engine: the bits of its training steps. */

import { OPTIMIZERS } from "../../model/optimizers.ts";
import type { ParameterValues } from "../../model/parameters.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { Vae } from "../../model/vae.ts";
import type { DrawEngine, DrawTerms } from "../draw_engine.ts";
import type { Batch } from "../engine.ts";
import { DRAWS_OBJECTIVE } from "../step_plan.ts";
import { checkPlans } from "./capacity.ts";
import { asDiagonal, keepUnits } from "./kept_units.ts";
import {
  type PlacedParameters,
  placeParameters,
  writeMatrix,
} from "./memory_layout.ts";
import { type Kernels, WasmModule } from "./module.ts";
import { Programs } from "./programs.ts";

/** Evaluates one VAE on the CPU, at the parameters that it was made with. */
export class WasmDraws implements DrawEngine {
  readonly #module: WasmModule;
  readonly #spec: VaeSpec;
  readonly #parameters: readonly ParameterValues[];
  readonly #placed: PlacedParameters;
  readonly #programs: Programs;
  /** the units of the parameters that are in memory, as text */
  #written = "";

  private constructor(
    spec: VaeSpec,
    parameters: readonly ParameterValues[],
    threads: number,
    kernels: Kernels,
  ) {
    this.#spec = spec;
    this.#parameters = parameters;
    this.#placed = placeParameters(spec, 0);
    this.#module = new WasmModule(threads, kernels);
    this.#module.reserve(this.#placed.end);
    this.#programs = new Programs(this.#module, kernels, {
      spec,
      optimizer: OPTIMIZERS.sgd,
      weightDecay: 0,
      objective: DRAWS_OBJECTIVE,
      parameters: this.#placed,
    });
  }

  /**
   * Copies the model's parameters.
   *
   * @param threads by default one for each core
   * @param kernels by default those whose bits are the same everywhere
   * @throws {UserError} the engine lacks a part of the model, see
   *   {@linkcode checkPlans}, or the machine what the engine needs
   */
  static async create(
    vae: Vae,
    threads: number = navigator.hardwareConcurrency,
    kernels: Kernels = {},
  ): Promise<WasmDraws> {
    checkPlans(vae.spec, DRAWS_OBJECTIVE);
    const { spec, parameters } = asDiagonal(vae.spec, await vae.values());
    return new WasmDraws(spec, parameters, threads, kernels);
  }

  /** Threads that would take part now: workers take time to start. */
  get threads(): number {
    return this.#module.threads;
  }

  /** Bytes of the module's memory. */
  get memoryBytes(): number {
    return this.#module.buffer.byteLength;
  }

  /** See {@linkcode DrawEngine.terms}. */
  // deno-lint-ignore require-await
  async terms(draws: Batch, kept?: readonly boolean[]): Promise<DrawTerms> {
    this.#writeParameters(kept);
    const { size, samples } = draws;
    const program = this.#programs.load(draws, "evaluate");
    this.#module.run(program.address);
    const read = (address: number) =>
      new Float32Array(this.#module.buffer, address, samples * size).slice();
    return {
      logLikelihood: read(program.logProbs),
      logRatio: read(program.ratios),
    };
  }

  /** Ends the threads. */
  [Symbol.dispose](): void {
    this.#module.dispose();
  }

  #writeParameters(kept: readonly boolean[] | undefined): void {
    const all = kept ??
      Array.from({ length: this.#spec.latentDim }, () => true);
    if (this.#written === `${all}`) return;
    for (
      const { name, values } of keepUnits(this.#spec, this.#parameters, all)
    ) {
      const { value } = this.#placed.byName.get(name)!;
      writeMatrix(this.#module.buffer, value, values);
    }
    this.#written = `${all}`;
  }
}
