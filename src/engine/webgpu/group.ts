/**
 * Runs that are trained together: each kernel of a step is dispatched once for
 * all of them. Every run has its own part of every buffer, and its bytes are
 * those that it has alone.
 *
 * A run's step is recorded first; the group does it when each of its runs has
 * recorded one. A run that ends leaves the group, and the others go on.
 */

import type { VaeSpec } from "../../model/spec.ts";
import type { Batch, BatchSource } from "../engine.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { GroupBuffers } from "./buffers.ts";
import {
  type CompiledStep,
  compileStep,
  OPTIMIZER_ARRAYS,
  type Origin,
  type Training,
} from "./compile.ts";
import * as layout from "./layout.ts";
import type { PlacedMatrix } from "./memory_layout.ts";
import { Pipelines } from "./pipelines.ts";

/** A step that waits for those of the other runs. */
export interface RecordedStep {
  /** what the kernels are told, in words, but for the slot */
  readonly told: Uint32Array;
  /** where the batch is made of; null: it is given */
  readonly source: BatchSource | null;
  readonly batch: Batch;
}

/** A run of the group. */
export interface Member {
  readonly slot: number;
  readonly compiled: CompiledStep;
  /** where its part of each buffer begins, in words */
  readonly origin: Origin;
  readonly recorded: RecordedStep[];
  /** Told of every step of its own that the device was given. */
  onStep(): void;
}

interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly words: GPUBuffer;
  bindings: GPUBindGroup | null;
  readonly groups: number;
}

/** A run's place in a group, which it takes or gives up. */
export interface Place extends Disposable {
  /** the group */
  readonly group: RunGroup;
  /**
   * Takes the place.
   *
   * @param spec of the run's model
   * @param onStep see {@linkcode Member}
   */
  join(spec: VaeSpec, onStep: () => void): Member;
}

/** See the head of the file. */
export class RunGroup {
  /** of all runs */
  readonly device: WebGpuDevice;
  /** what all runs do */
  readonly training: Training;
  /** with a part for each run */
  readonly buffers: GroupBuffers;
  readonly #specs: readonly VaeSpec[];
  readonly #members = new Set<Member>();
  #commands: Command[] | null = null;
  /** places that are neither taken nor given up */
  #open: number;

  /**
   * Makes room for the runs. Each takes a place of {@linkcode places}.
   *
   * @param specs of their models, which differ by the latent dimension alone
   */
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

  /** The places of all runs. Disposing of one gives it up unless it is taken. */
  places(): Place[] {
    return this.#specs.map((_, slot) => {
      let isOpen = true;
      const close = () => {
        isOpen = false;
        this.#open -= 1;
      };
      return {
        group: this,
        join: (spec, onStep) => {
          close();
          return this.#join(slot, spec, onStep);
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
  matrixOf(slot: number, name: string): PlacedMatrix {
    const member = [...this.#members].find((own) => own.slot === slot);
    const placed = member?.compiled.matrices.byName.get(name);
    if (placed === undefined) throw new Error(`no matrix ${name} of ${slot}`);
    return { ...placed, at: member!.origin.matrices + placed.at };
  }

  #join(slot: number, spec: VaeSpec, onStep: () => void): Member {
    const origin = this.buffers.originOf(slot);
    const compiled = compileStep(spec, this.training, origin);
    const member = { slot, compiled, origin, recorded: [], onStep };
    this.#members.add(member);
    return member;
  }

  /** Lets a run go; the buffers are freed with the last. */
  leave(member: Member): void {
    this.#members.delete(member);
    this.#goOn();
  }

  /** Does the steps that all runs have recorded. */
  advance(): void {
    while (
      this.#open === 0 && this.#members.size > 0 &&
      [...this.#members].every(({ recorded }) => recorded.length > 0)
    ) this.#step();
  }

  /** After a place was given up or a run has left. */
  #goOn(): void {
    if (this.#open === 0 && this.#members.size === 0) {
      this.buffers.destroy();
      for (const { words } of this.#commands ?? []) words.destroy();
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
    const told = new Uint32Array(stepWords * members.length);
    let areBound = this.#commands !== null;
    steps.forEach(({ told: own, source, batch }, i) => {
      const member = members[i]!;
      told.set(own, i * stepWords);
      told[i * stepWords + layout.SLOT] = member.slot;
      if (source !== null) {
        if (this.buffers.holdData(source.values)) areBound = false;
      } else this.buffers.writeBatch(member, batch);
    });
    this.#commands ??= this.#compile();
    if (!areBound) this.#bind(this.#commands);

    queue.writeBuffer(this.buffers.steps, 0, told);
    this.device.flush();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, bindings, groups } of this.#commands) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(groups, 1, members.length);
    }
    pass.end();
    queue.submit([encoder.finish()]);
    for (const { onStep } of members) onStep();
  }

  /** The commands of all runs, dispatch by dispatch. */
  #compile(): Command[] {
    const { device } = this.device;
    const members = [...this.#members];
    const first = members[0]!.compiled.dispatches;
    const pipelines = Pipelines.of(device);
    const { stepWords } = this.buffers;
    return first.map(({ kernel, words }, i): Command => {
      const all = new Uint32Array(words.length * this.#specs.length);
      for (const { slot, compiled } of members) {
        all.set(compiled.dispatches[i]!.words, slot * words.length);
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

  #bind(commands: Command[]): void {
    for (const command of commands) {
      command.bindings = this.buffers.bindGroup(command.words);
    }
  }
}

/** Words of each buffer that the largest of the runs needs. */
export function runSizes(
  specs: readonly VaeSpec[],
  training: Training,
): Record<keyof Origin, number> {
  const nowhere = { matrices: 0, values: 0, state: 0, terms: 0 };
  const compiled = specs.map((spec) => compileStep(spec, training, nowhere));
  const most = (words: (own: CompiledStep) => number) =>
    Math.max(...compiled.map(words));
  const states = OPTIMIZER_ARRAYS[training.optimizer.name];
  return {
    matrices: most(({ matrices }) => matrices.words),
    values: most(({ parameters }) => parameters.words),
    state: most(({ parameters }) => states * parameters.trained),
    terms: most(({ matrices }) => matrices.termWords),
  };
}
