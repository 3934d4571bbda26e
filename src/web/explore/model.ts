/** The trained model in the page, on the wasm engine, and its test rows. */

import { type Signal, signal } from "@preact/signals";
import type { DrawEngine } from "../../engine/draw_engine.ts";
import { DRAWS_OBJECTIVE } from "../../engine/step_plan.ts";
import { WasmEngine } from "../../engine/wasm/wasm_engine.ts";
import { OPTIMIZERS } from "../../model/optimizers.ts";
import { Vae } from "../../model/vae.ts";
import { stream } from "../../random/stream.ts";
import { giveHost } from "../host.ts";
import type { Explored, ExploredBytes } from "./explored.ts";
import { type Gpu, openGpu, whyNoGpu } from "./gpu.ts";
import { type Datapoint, exactTerms } from "./terms.ts";

/** Rows that are encoded at a time. */
const ROWS_AT_ONCE = 50;

/** The model, and all that the page computes with it. */
export class Model {
  readonly explored: Explored;
  readonly wasm: DrawEngine;
  /** null: nobody has asked for it; a text: why there is none */
  readonly gpu: Signal<Gpu | string | null>;
  /** what computes now */
  readonly engine: Signal<DrawEngine>;
  #wantsGpu = false;
  #opening: Promise<void> | undefined;
  readonly #vae: Vae;
  /** latent dimensions, from the largest KL */
  readonly order: readonly number[];
  /** values of x by row, [n, D] */
  readonly #rows: Float32Array;
  /** closed forms of a linear Gaussian model; null: it is none */
  readonly exact: ReturnType<typeof exactTerms> | null;

  private constructor(
    explored: Explored,
    vae: Vae,
    wasm: DrawEngine,
    rows: Float32Array,
  ) {
    const { kl, linear } = explored;
    this.explored = explored;
    this.#vae = vae;
    this.wasm = wasm;
    this.gpu = signal<Gpu | string | null>(whyNoGpu(explored.spec));
    this.engine = signal(wasm);
    this.order = Array.from(kl, (_, j) => j)
      .sort((a, b) => kl[b]! - kl[a]! || a - b);
    this.#rows = rows;
    this.exact = linear === null ? null : exactTerms(linear);
  }

  /** Opens the engine, on this thread. */
  static async open(explored: Explored, bytes: ExploredBytes): Promise<Model> {
    giveHost({
      engine: bytes.engine,
      startThread() {
        throw new Error("the explorer has one thread");
      },
    });
    let at = 0;
    const values = new Float32Array(bytes.parameters.buffer);
    const parameters = explored.parameters.map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      at += size;
      return { name, shape, values: values.subarray(at - size, at) };
    });
    const vae = new Vae(explored.spec, parameters);
    const options = { objective: DRAWS_OBJECTIVE, optimizer: OPTIMIZERS.sgd };
    const engine = await WasmEngine.create(vae, options, 1);
    const rows = explored.rows.kind === "bytes"
      ? Float32Array.from(bytes.rows, (level) => level / 255)
      : new Float32Array(bytes.rows.buffer);
    return new Model(explored, vae, engine, rows);
  }

  /** Computes on the wasm engine from now on. */
  useWasm(): void {
    this.#wantsGpu = false;
    this.engine.value = this.wasm;
  }

  /**
   * Computes on the GPU from now on, or says why not. To open it takes a while,
   * in which the reader may choose again.
   */
  async useGpu(): Promise<void> {
    this.#wantsGpu = true;
    await (this.#opening ??= this.#openGpu());
    const { value } = this.gpu;
    if (this.#wantsGpu && value !== null && typeof value !== "string") {
      this.engine.value = value.draws;
    }
  }

  async #openGpu(): Promise<void> {
    let failure: string | undefined;
    const fail = (why: string) => {
      failure = `the GPU failed: ${why}`;
      this.gpu.value = failure;
      this.engine.value = this.wasm;
    };
    const opened = await openGpu(this.#vae, fail).catch(String);
    this.gpu.value = failure ?? opened;
  }

  get latentDim(): number {
    return this.explored.spec.latentDim;
  }

  get dataDim(): number {
    return this.explored.spec.dataDim;
  }

  /** A test row, with its y. */
  row(row: number): Datapoint {
    const { dataDim } = this;
    const { condition } = this.explored.rows;
    const width = this.explored.spec.conditionDim ?? 0;
    return {
      x: this.#rows.subarray(row * dataDim, (row + 1) * dataDim),
      ...condition && {
        condition: Float32Array.from(
          condition.slice(row * width, (row + 1) * width),
        ),
      },
    };
  }

  /** y at a class, where the model is conditioned on classes. */
  conditionOf(index: number): Float32Array | undefined {
    const { classes, spec: { conditionDim = 0 } } = this.explored;
    return classes === null ? undefined : Float32Array.from(
      classes.values.slice(index * conditionDim, (index + 1) * conditionDim),
    );
  }

  /**
   * E[x|z] at each z.
   *
   * @param z [n, d]
   * @param condition y, the same at all of them
   * @returns [n, D]
   */
  async decode(
    z: Float32Array,
    condition: Float32Array | undefined,
    engine: DrawEngine,
  ): Promise<Float32Array> {
    const size = z.length / this.latentDim;
    return await engine.decode({
      z,
      size,
      condition: condition && repeated(condition, size),
    });
  }

  /** The means of q(z|x) of the test rows, [n, d]. */
  async means(engine: DrawEngine): Promise<Float32Array> {
    const { count } = this.explored.rows;
    const means = new Float32Array(count * this.latentDim);
    for (let first = 0; first < count; first += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, count - first);
      const points = Array.from(
        { length: rows },
        (_, i) => this.row(first + i),
      );
      const { mean } = await engine.encode({
        x: joined(points.map(({ x }) => x)),
        size: rows,
        condition: points[0]!.condition &&
          joined(points.map(({ condition }) => condition!)),
      });
      means.set(mean, first * this.latentDim);
    }
    return means;
  }

  /** Draws of z from the prior, as `deno task sample --seed` has them, [n, d]. */
  priorDraws(seed: number, n: number): Float32Array {
    return stream(seed, "generate").normals(n * this.latentDim);
  }
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.length * arrays[0]!.length);
  arrays.forEach((array, i) => all.set(array, i * array.length));
  return all;
}

function repeated(values: Float32Array, times: number): Float32Array {
  return joined(new Array<Float32Array>(times).fill(values));
}
