/**
 * Runs that are trained together: each kernel of a step is dispatched once for
 * all of them. Every run has its own part of every buffer, and its bytes are
 * those that it has alone.
 *
 * A run's step is recorded first; the group submits it when each of its runs
 * has recorded one. A run that ends leaves the group, and the others continue.
 */

import { fillsOf } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { Batch, BatchSource } from "../engine.ts";
import type { Placed } from "../lower.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { GroupBuffers } from "./buffers.ts";
import { compileStep, NO_OFFSETS } from "./compile.ts";
import type { CompiledStep, Offsets, Training } from "./compile.ts";
import * as layout from "./layout.ts";
import { Pipelines } from "./pipelines.ts";

/** A step that waits for those of the other runs. */
export interface RecordedStep {
  /** its settings for the kernels, in words, without its index */
  readonly settings: Uint32Array;
  /** from which the kernels make the batch; null: it is given */
  readonly source: BatchSource | null;
  readonly batch: Batch;
}

/** A run of the group. */
export interface Member {
  /** which of the group's runs it is */
  readonly index: number;
  readonly compiled: CompiledStep;
  /** where its part of each buffer begins, in words */
  readonly offsets: Offsets;
  readonly recorded: RecordedStep[];
  /** Is called at each of its steps that was submitted to the device. */
  onStep(): void;
}

/** A dispatch of all runs. */
interface GroupDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly words: GPUBuffer;
  bindings: GPUBindGroup | null;
  readonly groups: number;
}

/** Room for a run in a group. Disposing of it gives it up unless it is taken. */
export interface Slot extends Disposable {
  readonly group: RunGroup;
  /** Takes the slot for a run's model. */
  join(spec: VaeSpec, onStep: () => void): Member;
}

/** Runs that are trained together. */
export class RunGroup {
  readonly device: WebGpuDevice;
  readonly training: Training;
  readonly buffers: GroupBuffers;
  readonly #specs: readonly VaeSpec[];
  readonly #members = new Set<Member>();
  #dispatches: GroupDispatch[] | null = null;
  /** slots that are neither taken nor given up */
  #open: number;

  /** @param specs of the models, which differ by the latent dimension alone */
  constructor(
    device: WebGpuDevice,
    specs: readonly VaeSpec[],
    training: Training,
  ) {
    this.device = device;
    this.training = training;
    this.#specs = specs;
    this.#open = specs.length;
    this.buffers = new GroupBuffers(device.device, {
      runs: specs.length,
      ...runSizes(specs, training),
      stepWords: layout.ROWS + training.size,
    });
  }

  slots(): Slot[] {
    return this.#specs.map((_, index) => {
      let isOpen = true;
      const close = () => {
        isOpen = false;
        this.#open -= 1;
      };
      return {
        group: this,
        join: (spec, onStep) => {
          close();
          return this.#join(index, spec, onStep);
        },
        [Symbol.dispose]: () => {
          if (!isOpen) return;
          close();
          this.#goOn();
        },
      };
    });
  }

  /** Where a matrix of a run that has joined is among all matrices. */
  matrixOf(index: number, name: string): Placed {
    const member = [...this.#members].find((own) => own.index === index);
    const placed = member?.compiled.matrices.byName.get(name);
    if (placed === undefined) throw new Error(`no matrix ${name} of ${index}`);
    return { ...placed, at: member!.offsets.matrices + placed.at };
  }

  #join(index: number, spec: VaeSpec, onStep: () => void): Member {
    const offsets = this.buffers.offsetsOf(index);
    const compiled = compileStep(spec, this.training, offsets);
    const member = { index, compiled, offsets, recorded: [], onStep };
    this.#members.add(member);
    return member;
  }

  /** Lets a run go; the buffers are freed with the last. */
  leave(member: Member): void {
    this.#members.delete(member);
    this.#goOn();
  }

  /** Submits the steps that all runs have recorded. */
  advance(): void {
    while (
      this.#open === 0 && this.#members.size > 0 &&
      [...this.#members].every(({ recorded }) => recorded.length > 0)
    ) this.#step();
  }

  /** After a slot was given up or a run has left. */
  #goOn(): void {
    if (this.#open === 0 && this.#members.size === 0) {
      this.buffers.destroy();
      for (const { words } of this.#dispatches ?? []) words.destroy();
    } else this.advance();
  }

  #step(): void {
    const { device, queue } = {
      ...this.device,
      queue: this.device.device.queue,
    };
    const members = [...this.#members];
    const steps = members.map(({ recorded }) => recorded.shift()!);
    const { stepWords } = this.buffers;
    const settings = new Uint32Array(stepWords * members.length);
    let areBound = this.#dispatches !== null;
    steps.forEach(({ settings: own, source, batch }, i) => {
      const { index, compiled, offsets } = members[i]!;
      settings.set(own, i * stepWords);
      settings[i * stepWords + layout.RUN] = index;
      if (source !== null) {
        if (this.buffers.holdData(source.values)) areBound = false;
      } else this.buffers.writeBatch(compiled.matrices, offsets, batch);
    });
    this.#dispatches ??= this.#compile();
    if (!areBound) this.#bind(this.#dispatches);

    queue.writeBuffer(this.buffers.steps, 0, settings);
    this.device.flush();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, bindings, groups } of this.#dispatches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(groups, 1, members.length);
    }
    pass.end();
    queue.submit([encoder.finish()]);
    for (const { onStep } of members) onStep();
  }

  /** The dispatches of all runs, with the arguments of each. */
  #compile(): GroupDispatch[] {
    const { device } = this.device;
    const members = [...this.#members];
    const first = members[0]!.compiled.dispatches;
    const pipelines = Pipelines.of(device);
    const { stepWords } = this.buffers;
    // wgpu compares each buffer with the size that the first kernel's has.
    const least = Math.max(...first.map(({ words }) => words.length));
    return first.map(({ kernel, words }, i): GroupDispatch => {
      const all = new Uint32Array(
        Math.max(least, words.length * this.#specs.length),
      );
      for (const { index, compiled } of members) {
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
          constants: { ...kernel.constants, STEP_WORDS: stepWords },
        }),
        words: buffer,
        bindings: null,
        groups: Math.max(
          ...members.map(({ compiled }) => compiled.dispatches[i]!.groups),
        ),
      };
    });
  }

  #bind(dispatches: GroupDispatch[]): void {
    for (const dispatch of dispatches) {
      dispatch.bindings = this.buffers.bindGroup(dispatch.words);
    }
  }
}

/** Words of each buffer that the largest of the runs needs. */
export function runSizes(
  specs: readonly VaeSpec[],
  training: Training,
): Offsets {
  const compiled = specs.map((spec) => compileStep(spec, training, NO_OFFSETS));
  const most = (words: (own: CompiledStep) => number) =>
    Math.max(...compiled.map(words));
  const states = fillsOf(training.optimizer).length;
  return {
    matrices: most(({ matrices }) => matrices.words),
    values: most(({ parameters }) => parameters.words),
    state: most(({ parameters }) => states * parameters.trained),
    terms: most(({ matrices }) => matrices.termWords),
  };
}
