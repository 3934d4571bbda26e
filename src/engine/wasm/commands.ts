/** Commands as the module reads them, and the stages that they form. */

import {
  ARGUMENTS,
  COMMAND_BYTES,
  COUNTER_BYTES,
  COUNTERS_ALIGNMENT,
  END,
  JOINS,
  MOST_THREADS,
  OPCODE,
  TASKS,
} from "./layout.ts";
import { roundUp } from "./memory_layout.ts";

/** One command: its tasks may run in any order, on any thread. */
export interface Command {
  readonly opcode: number;
  readonly tasks: number;
  /** addresses and integers, as the module's function takes them */
  readonly words: readonly number[];
  /** float32 arguments, which follow the words */
  readonly floats?: readonly number[];
}

/** Commands that do not depend on each other; all threads wait at its end. */
export type CommandStage = readonly Command[];

/** Tasks of up to `unit` each that `count` makes. */
export function tasksOf(count: number, unit: number): number {
  return Math.ceil(count / unit);
}

/** Two sequences of stages, run next to each other. */
export function sideBySide(
  ...sequences: readonly (readonly CommandStage[])[]
): CommandStage[] {
  const length = Math.max(...sequences.map((stages) => stages.length));
  return Array.from(
    { length },
    (_, i) => sequences.flatMap((stages) => stages[i] ?? []),
  );
}

/** Bytes of a program, with its end and the counters of all threads. */
export function programBytes(stages: readonly CommandStage[]): number {
  const { length } = stages.flat();
  const counters = roundUp(length * COUNTER_BYTES, COUNTERS_ALIGNMENT);
  return (length + 1) * COMMAND_BYTES + MOST_THREADS * counters;
}

/** Writes a program to the memory, with its end. */
export function writeProgram(
  memory: ArrayBufferLike,
  address: number,
  stages: readonly CommandStage[],
): void {
  const view = new DataView(memory, address, programBytes(stages));
  let at = 0;
  for (const stage of stages) {
    stage.forEach(({ opcode, tasks, words, floats = [] }, i) => {
      const room = (COMMAND_BYTES - ARGUMENTS) / 4;
      if (words.length + floats.length > room) {
        throw new Error(`command ${opcode} has too many arguments`);
      }
      view.setUint32(at + OPCODE, opcode, true);
      view.setUint32(at + TASKS, tasks, true);
      view.setUint32(at + JOINS, i === stage.length - 1 ? 1 : 0, true);
      words.forEach((word, j) =>
        view.setUint32(at + ARGUMENTS + 4 * j, word, true)
      );
      floats.forEach((value, j) =>
        view.setFloat32(at + ARGUMENTS + 4 * (words.length + j), value, true)
      );
      at += COMMAND_BYTES;
    });
  }
  view.setUint32(at + OPCODE, END, true);
}
