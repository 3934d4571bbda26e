/** The dispatches of the kernels of one or more runs, on their buffers. */

import type { GroupBuffers } from "./buffers.ts";
import type { CompiledStep } from "./compile.ts";
import { Pipelines } from "./pipelines.ts";

/** A run among those that the buffers have room for. */
export interface PlacedRun {
  readonly index: number;
  readonly compiled: CompiledStep;
}

/** A dispatch of all runs. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly words: GPUBuffer;
  bindings: GPUBindGroup;
  readonly groups: number;
}

export class Dispatches {
  readonly #buffers: GroupBuffers;
  readonly #all: readonly Dispatch[];

  /**
   * Compiles the kernels, and writes the arguments that each has for each run.
   *
   * @param room how many runs the buffers have room for
   */
  constructor(
    device: GPUDevice,
    buffers: GroupBuffers,
    runs: readonly PlacedRun[],
    room: number,
  ) {
    this.#buffers = buffers;
    const first = runs[0]!.compiled.dispatches;
    const pipelines = Pipelines.of(device);
    // wgpu compares each buffer with the size that the first kernel's has.
    const least = Math.max(...first.map(({ words }) => words.length));
    this.#all = first.map(({ kernel, words }, i): Dispatch => {
      const all = new Uint32Array(Math.max(least, words.length * room));
      for (const { index, compiled } of runs) {
        all.set(compiled.dispatches[i]!.words, index * words.length);
      }
      const buffer = device.createBuffer({
        label: kernel.label,
        size: all.byteLength,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, all);
      return {
        pipeline: pipelines.get({
          ...kernel,
          constants: { ...kernel.constants, STEP_WORDS: buffers.stepWords },
        }),
        words: buffer,
        bindings: buffers.bindGroup(buffer),
        groups: Math.max(
          ...runs.map(({ compiled }) => compiled.dispatches[i]!.groups),
        ),
      };
    });
  }

  /** Binds the buffers anew, after another has taken the place of one. */
  bind(): void {
    for (const dispatch of this.#all) {
      dispatch.bindings = this.#buffers.bindGroup(dispatch.words);
    }
  }

  /**
   * Records them all.
   *
   * @param runs how many of them are live
   * @param settings where the settings of the step are, in bytes
   */
  record(pass: GPUComputePassEncoder, runs: number, settings: number): void {
    const offsets = [settings];
    for (const { pipeline, bindings, groups } of this.#all) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings, offsets);
      pass.dispatchWorkgroups(groups, 1, runs);
    }
  }

  /** Frees the arguments. */
  destroy(): void {
    for (const { words } of this.#all) words.destroy();
  }
}
