/** The buffers of a group of runs, each run's part of them, and the data. */

import { UserError } from "../../errors.ts";
import type { Batch } from "../engine.ts";
import type { Placed } from "../lower.ts";
import type { Offsets } from "./memory_layout.ts";
import * as layout from "./layout.ts";
import type { PlacedMatrices } from "./memory_layout.ts";
import { Pipelines } from "./pipelines.ts";

export interface GroupSizes extends Offsets {
  readonly runs: number;
  /** words of a run's settings of a step */
  readonly stepWords: number;
  /** the most steps of a submit */
  readonly steps: number;
}

/** Data of no split, before a batch is made of one. */
const NO_DATA = new Uint8Array();

export class GroupBuffers {
  readonly stepWords: number;
  /** bytes from the settings of one step to those of the next */
  readonly stepStride: number;
  readonly matrices: GPUBuffer;
  readonly values: GPUBuffer;
  readonly gradients: GPUBuffer;
  readonly state: GPUBuffer;
  readonly terms: GPUBuffer;
  readonly steps: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #sizes: GroupSizes;
  readonly #ownsValues: boolean;
  #data: GPUBuffer;
  /** what is in it */
  #held: Uint8Array | Float32Array = NO_DATA;
  /** the data of the next step */
  #checked: Uint8Array | Float32Array = NO_DATA;

  /** @param values the parameters, where they are another's */
  constructor(device: GPUDevice, sizes: GroupSizes, values?: GPUBuffer) {
    const { runs, stepWords, steps } = sizes;
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const make = (label: string, words: number) =>
      device.createBuffer({
        label,
        // Kernels that use no state have a binding of it all the same.
        size: 4 * Math.max(runs * words, layout.ALIGNMENT),
        usage: STORAGE | COPY_SRC | COPY_DST,
      });
    this.#device = device;
    this.#sizes = sizes;
    this.stepWords = stepWords;
    this.matrices = make("matrices", sizes.matrices);
    this.values = values ?? make("values", sizes.values);
    this.#ownsValues = values === undefined;
    this.gradients = make("gradients", sizes.values);
    this.state = make("state", sizes.state);
    this.terms = make("terms", sizes.terms);
    this.stepStride = layout.roundUp(
      4 * runs * stepWords,
      4 * layout.ALIGNMENT,
    );
    this.steps = device.createBuffer({
      label: "steps",
      // Each sees the next one, too: of the last that is nothing.
      size: (steps + 1) * this.stepStride,
      usage: STORAGE | COPY_DST,
    });
    this.#data = make("data", layout.ALIGNMENT);
  }

  /** Where a run's part of each buffer begins, in words. */
  offsetsOf(index: number): Offsets {
    const { matrices, values, state, terms } = this.#sizes;
    return {
      matrices: index * matrices,
      values: index * values,
      state: index * state,
      terms: index * terms,
    };
  }

  /**
   * The constants of all kernels: see `memory` of kernels/kernel.ts. Of one run,
   * or one step, nothing lies behind the first: kernels of all sizes are the
   * same, and are compiled once.
   */
  get constants(): Readonly<Record<string, number>> {
    const { runs, steps } = this.#sizes;
    return {
      STEP_WORDS: runs === 1 ? 0 : this.stepWords,
      ALL_STEP_WORDS: steps === 1 ? 0 : this.stepStride / 4,
    };
  }

  /** All buffers, with the commands of one dispatch and one of the steps. */
  bindGroup(commands: GPUBuffer): GPUBindGroup {
    const buffers: Record<number, GPUBuffer> = {
      [layout.MATRICES]: this.matrices,
      [layout.VALUES]: this.values,
      [layout.GRADIENTS]: this.gradients,
      [layout.STATE]: this.state,
      [layout.TERMS]: this.terms,
      [layout.COMMANDS]: commands,
      [layout.STEPS]: this.steps,
      [layout.DATA]: this.#data,
    };
    return this.#device.createBindGroup({
      layout: Pipelines.of(this.#device).bindGroupLayout,
      entries: Object.entries(buffers).map(([binding, buffer]) => ({
        binding: Number(binding),
        resource: Number(binding) === layout.STEPS
          ? { buffer, size: 2 * this.stepStride }
          : { buffer },
      })),
    });
  }

  /**
   * Checks that a split fits on the device.
   *
   * @throws {UserError} the adapter binds no buffer as large
   * @throws {RangeError} runs of one group have different data
   */
  checkData(values: Uint8Array | Float32Array): void {
    if (values === this.#checked) return;
    if (this.#sizes.runs > 1 && this.#checked !== NO_DATA) {
      throw new RangeError("runs of a group share their data");
    }
    if (this.canHold(values)) {
      this.#checked = values;
      return;
    }
    const { maxStorageBufferBindingSize: most } = this.#device.limits;
    throw new UserError(
      `the webgpu engine keeps the train split on the device, ` +
        `${values.byteLength} bytes, and the adapter binds ${most} at ` +
        "most; give --train-size, or take --engine reference",
    );
  }

  /** Whether the adapter binds a buffer that is as large as a split. */
  canHold(values: Uint8Array | Float32Array): boolean {
    const { maxStorageBufferBindingSize: most } = this.#device.limits;
    return 4 * layout.GREY_LEVELS + values.byteLength <= most;
  }

  /** Whether a split is on the device. */
  holds(values: Uint8Array | Float32Array): boolean {
    return values === this.#held;
  }

  /** Puts a split on the device, in a buffer of its own. */
  holdData(values: Uint8Array | Float32Array): void {
    const bytes = new Uint8Array(
      4 * layout.GREY_LEVELS + layout.roundUp(values.byteLength, 4),
    );
    const levels = Float32Array.from(
      { length: layout.GREY_LEVELS },
      (_, level) => level / 255,
    );
    bytes.set(new Uint8Array(levels.buffer));
    bytes.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      4 * layout.GREY_LEVELS,
    );
    this.#data.destroy();
    this.#data = this.#device.createBuffer({
      label: "data",
      size: bytes.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    });
    this.#device.queue.writeBuffer(this.#data, 0, bytes);
    this.#held = values;
  }

  /** Writes a batch that is given to a run's matrices. */
  writeBatch(
    placed: PlacedMatrices,
    offsets: Offsets,
    { x, noise, dream }: Pick<Batch, "x" | "noise" | "dream">,
  ): void {
    const write = (name: string, values: Float32Array) =>
      this.writeMatrix(placed, offsets, name, values);
    write("x", x);
    write("noise", noise);
    if (dream === undefined) return;
    write("dream/z", dream.prior);
    write("dream/noise", dream.pixels);
  }

  /** Writes one of a run's matrices. */
  writeMatrix(
    { byName }: PlacedMatrices,
    offsets: Offsets,
    name: string,
    values: Float32Array,
  ): void {
    const matrix = byName.get(name)!;
    this.#device.queue.writeBuffer(
      this.matrices,
      4 * (offsets.matrices + matrix.at),
      padded(values, matrix),
    );
  }

  /** Frees them, when the device has finished its work. */
  destroy(): void {
    for (
      const buffer of [
        ...[this.matrices, this.gradients, this.state, this.terms],
        ...[this.steps, this.#data],
        ...this.#ownsValues ? [this.values] : [],
      ]
    ) buffer.destroy();
  }
}

/** The rows of a matrix with the zeros in between. */
function padded(
  values: Float32Array,
  { rows, columns, stride }: Placed,
): Float32Array<ArrayBuffer> {
  if (columns === stride) return Float32Array.from(values);
  const out = new Float32Array(rows * stride);
  for (let i = 0; i < rows; i++) {
    out.set(values.subarray(i * columns, (i + 1) * columns), i * stride);
  }
  return out;
}
