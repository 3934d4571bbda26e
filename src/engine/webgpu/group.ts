/**
 * Runs that are trained together: each kernel of a step is dispatched once for
 * all of them. Every run has its own part of every buffer, and its bytes are
 * those that it has alone.
 *
 * A run's step is recorded first; the group takes it when each of its runs has
 * recorded one, and submits those that it has taken together: as many as take
 * {@linkcode SUBMIT_MS}, or those so far when someone looks at a run. A run that
 * ends leaves the group, and the others continue.
 */

import { fillsOf } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { Placed } from "../lower.ts";
import type { Pace } from "../pace.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { GroupBuffers } from "./buffers.ts";
import { compileStep } from "./compile.ts";
import type { CompiledStep, Training } from "./compile.ts";
import { commandOf, Dispatches, type PlacedRun } from "./dispatches.ts";
import * as layout from "./layout.ts";
import { NO_OFFSETS, type Offsets } from "./memory_layout.ts";
import { type RecordedStep, Words, writeSettings } from "./step_settings.ts";

/**
 * Milliseconds of work that one submit may be. Long ones keep from the host
 * what a run has done and what a user wants, and drivers end those of seconds.
 */
export const SUBMIT_MS = 10;

/** Whom the group tells about a run's steps, in their order. */
export interface Listener {
  /** of the run's steps, as their terms arrive */
  readonly pace: Pace;
  /** it has taken the next one; a `flush` submits it */
  onTaken(): void;
  /** the next one was submitted */
  onGiven(): void;
}

/** A run of the group. */
export interface Member extends Listener, PlacedRun {
  /** the first of its turns, which have the same parameters, terms and log */
  readonly compiled: CompiledStep;
  /** where its part of each buffer begins, in words */
  readonly offsets: Offsets;
  /** steps that wait for those of the other runs */
  readonly recorded: RecordedStep[];
}

/** Room for a run in a group. Disposing of it gives it up unless it is taken. */
export interface Slot extends Disposable {
  readonly group: RunGroup;
  /** Takes the slot for a run's model. */
  join(spec: VaeSpec, listener: Listener): Member;
}

/** Runs that are trained together. */
export class RunGroup {
  readonly device: WebGpuDevice;
  readonly training: Training;
  readonly buffers: GroupBuffers;
  readonly #specs: readonly VaeSpec[];
  #members: readonly Member[] = [];
  #dispatches: Dispatches | null = null;
  /** slots that are neither taken nor given up */
  #open: number;
  /** settings of the steps that are taken and not submitted, and their number */
  readonly #words: Words;
  #taken = 0;
  /** whose turn the next step is: see `compileStep` */
  #turn: 0 | 1 = 0;
  readonly #submit = () => this.flush();

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
      ...{ stepWords: layout.ROWS + training.size, steps: layout.MOST_STEPS },
    });
    this.#words = new Words(layout.MOST_STEPS * this.buffers.stepStride / 4);
    device.held.add(this.#submit);
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
        join: (spec, listener) => {
          close();
          return this.#join(index, spec, listener);
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
    const member = this.#members.find((own) => own.index === index);
    // of the last step
    const { matrices } = member?.turns[1 - this.#turn] ?? {};
    const placed = matrices?.byName.get(name);
    if (placed === undefined) throw new Error(`no matrix ${name} of ${index}`);
    return { ...placed, at: member!.offsets.matrices + placed.at };
  }

  #join(index: number, spec: VaeSpec, listener: Listener): Member {
    const offsets = this.buffers.offsetsOf(index);
    const turns = ([0, 1] as const).map((turn) =>
      compileStep(spec, this.training, offsets, { turn })
    );
    const [compiled] = turns as [CompiledStep];
    const own = { index, turns, compiled, offsets };
    const member: Member = { ...own, recorded: [], ...listener };
    this.#members = [...this.#members, member];
    return member;
  }

  /** Lets a run go; the buffers are freed with the last. */
  leave(member: Member): void {
    this.flush();
    this.#members = this.#members.filter((own) => own !== member);
    this.#goOn();
  }

  /** Takes the steps that all runs have recorded. */
  advance(): void {
    while (
      this.#open === 0 && this.#members.length > 0 &&
      this.#members.every(({ recorded }) => recorded.length > 0)
    ) this.#take();
  }

  /** After a slot was given up or a run has left. */
  #goOn(): void {
    if (this.#open === 0 && this.#members.length === 0) {
      this.device.held.delete(this.#submit);
      this.buffers.destroy();
      this.#dispatches?.destroy();
    } else this.advance();
  }

  #take(): void {
    const members = this.#members;
    for (const { recorded, turns, offsets } of members) {
      const { batch } = recorded[0]!;
      const values = batch.source?.values;
      if (values !== undefined && this.buffers.holds(values)) continue;
      // What is written comes before what is not submitted yet.
      this.flush();
      if (values === undefined) {
        const { matrices } = turns[this.#turn]!;
        this.buffers.writeBatch(matrices, offsets, batch);
      } else {
        this.buffers.holdData(values);
        this.#dispatches?.bind();
      }
    }
    this.#dispatches ??= new Dispatches(
      this.device.device,
      this.buffers,
      members,
      this.#specs.length,
    );

    const { stepWords, stepStride } = this.buffers;
    let at = this.#taken * stepStride / 4;
    for (const { index, recorded } of members) {
      writeSettings(
        this.#words,
        at,
        commandOf(index, this.#turn, this.#specs.length),
        recorded.shift()!,
        this.training.optimizer,
      );
      at += stepWords;
    }
    this.#taken += 1;
    this.#turn = this.#turn === 0 ? 1 : 0;
    for (const member of members) member.onTaken();
    const { pace } = members[0]!;
    if (this.#taken >= pace.stepsIn(SUBMIT_MS, layout.MOST_STEPS, 1)) {
      this.flush();
    }
  }

  /** Submits the steps that were taken. */
  flush(): void {
    if (this.#taken === 0) return;
    const members = this.#members;
    const { device } = this.device;
    const { steps, stepStride } = this.buffers;
    const taken = this.#taken;
    this.#taken = 0;
    const words = taken * stepStride / 4;
    device.queue.writeBuffer(steps, 0, this.#words.integers, 0, words);
    this.device.flush();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.#dispatches!.record(pass, members.length, taken);
    pass.end();
    device.queue.submit([encoder.finish()]);
    for (let step = 0; step < taken; step++) {
      for (const member of members) member.onGiven();
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
