/** The dispatches of the kernels of one or more runs, on their buffers. */

import type { GroupBuffers } from "./buffers.ts";
import type { CompiledStep } from "./compile.ts";
import type { Dispatch as Dispatched, SecondRow } from "./dispatch.ts";
import { Pipelines } from "./pipelines.ts";

/** A run among those that the buffers have room for. */
export interface PlacedRun {
  readonly index: number;
  /**
   * its steps, which take turns and differ by addresses alone; or one that is
   * every step
   */
  readonly turns: readonly CompiledStep[];
}

/** A dispatch of all runs. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly words: GPUBuffer;
  bindings: GPUBindGroup;
  readonly groups: number;
  readonly second: SecondRow | undefined;
}

/**
 * Which of the arguments of a dispatch a run has at a step.
 *
 * @param turn which of its steps that take turns
 * @param room how many runs the buffers have room for
 */
export function commandOf(index: number, turn: number, room: number): number {
  return turn * room + index;
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
    const [{ dispatches: first }] = runs[0]!.turns as [CompiledStep];
    const pipelines = Pipelines.of(device);
    // wgpu compares each buffer with the size that the first kernel's has.
    const least = Math.max(...first.map(({ words }) => words.length));
    this.#all = first.map(({ kernel, words }, i): Dispatch => {
      const turns = runs[0]!.turns.length;
      const all = new Uint32Array(Math.max(least, words.length * room * turns));
      for (const { index, turns } of runs) {
        for (const [turn, { dispatches }] of turns.entries()) {
          const at = commandOf(index, turn, room) * words.length;
          all.set(dispatches[i]!.words, at);
        }
      }
      const most = (which: (own: Dispatched) => number) =>
        Math.max(...runs.map(({ turns }) => which(turns[0]!.dispatches[i]!)));
      const { second } = first[i]!;
      const buffer = device.createBuffer({
        label: kernel.label,
        size: all.byteLength,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, all);
      return {
        pipeline: pipelines.get({
          ...kernel,
          constants: {
            ...kernel.constants,
            ...buffers.constants,
          },
        }),
        words: buffer,
        bindings: buffers.bindGroup(buffer),
        groups: most(({ groups }) => groups),
        second: second && {
          ...second,
          groups: most((own) => own.second!.groups),
        },
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
   * Records a block of steps, whose settings lie one after the other. Each
   * makes the batch of the next, so that the dispatch of the batch is but the
   * first one's.
   *
   * @param runs how many of them are live
   */
  record(pass: GPUComputePassEncoder, runs: number, steps: number): void {
    const { stepStride } = this.#buffers;
    for (let step = 0; step < steps; step++) {
      const offsets = [step * stepStride];
      const isLast = step === steps - 1;
      for (const [i, own] of this.#all.entries()) {
        if (i === 0 && step > 0) continue;
        pass.setPipeline(own.pipeline);
        pass.setBindGroup(0, own.bindings, offsets);
        const { groups, second } = own;
        if (second === undefined || (second.isOfNext && isLast)) {
          pass.dispatchWorkgroups(groups, 1, runs);
        } else {
          pass.dispatchWorkgroups(Math.max(groups, second.groups), 2, runs);
        }
      }
    }
  }

  /** Frees the arguments. */
  destroy(): void {
    for (const { words } of this.#all) words.destroy();
  }
}
