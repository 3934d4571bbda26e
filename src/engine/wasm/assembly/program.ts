/** Runs a program: commands one after the other, tasks side by side. */

import {
  COMMAND_BYTES,
  COUNTER_BYTES,
  COUNTERS_ALIGNMENT,
  END,
  JOINS,
  OPCODE,
  PROGRAM,
  TAKEN,
  TAKEN_STRIDE,
  TASKS,
} from "../layout";
import { runTask } from "./tasks";
import { barrier, becomeThread, hasFailed } from "./threads";

/** Makes a program the next one, with no task of it taken. */
export function prepare(program: usize, threads: i32): void {
  let end = program;
  while (load<i32>(end, OPCODE) != END) end += COMMAND_BYTES;
  const align: usize = COUNTERS_ALIGNMENT - 1;
  const stride = (counterOf(end, program, 0) + align) & ~align;
  const taken = end + COMMAND_BYTES;
  memory.fill(taken, 0, <usize>threads * stride);
  store<usize>(PROGRAM, program);
  store<usize>(TAKEN, taken);
  store<usize>(TAKEN_STRIDE, stride);
}

/** The counter of a command, among those of one thread. */
@inline
function counterOf(c: usize, program: usize, counters: usize): usize {
  return counters + (c - program) / COMMAND_BYTES * COUNTER_BYTES;
}

/**
 * One thread's part in a program. In each stage it does its own tasks of all
 * commands, then helps the others with theirs. Its own are one piece of each
 * command, the same at every step, so that what a thread wrote it mostly reads
 * again itself: the cache of another core is far away.
 */
export function runAsThread(thread: i32, threads: i32): void {
  const program = load<usize>(PROGRAM);
  const taken = load<usize>(TAKEN);
  const stride = load<usize>(TAKEN_STRIDE);
  becomeThread(thread);
  let stage = program;
  let isLast = load<i32>(stage, OPCODE) == END;
  while (!isLast) {
    let next = stage;
    for (let i = 0; i < threads; i++) {
      const owner = (thread + i) % threads;
      const counters = taken + <usize>owner * stride;
      next = stage;
      do {
        runPart(next, counterOf(next, program, counters), owner, threads);
        next += COMMAND_BYTES;
      } while (!load<i32>(next - COMMAND_BYTES, JOINS));
    }
    // Read before the others are waited for: once all are here, the caller may
    // write another program over this one.
    isLast = load<i32>(next, OPCODE) == END;
    barrier(threads);
    if (hasFailed()) return;
    stage = next;
  }
}

/** The tasks of a command that are their owner's and not taken yet. */
function runPart(
  c: usize,
  counter: usize,
  owner: i32,
  threads: i32,
): void {
  const opcode = load<i32>(c, OPCODE);
  const tasks = load<i32>(c, TASKS);
  const first = tasks * owner / threads;
  const count = tasks * (owner + 1) / threads - first;
  while (true) {
    const i = atomic.add<i32>(counter, 1);
    if (i >= count) return;
    runTask(opcode, first + i, c);
  }
}
