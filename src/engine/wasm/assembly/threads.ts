/**
 * How the threads of one memory run a program together. The caller is thread
 * 0; workers sleep in `serve` between programs.
 *
 * Which thread runs a task changes no bit of what the task writes.
 */

import {
  ARRIVED,
  END_OF_WORKERS,
  EPOCH,
  FAILED,
  GENERATION,
  READY,
  SCRATCH,
  SCRATCH_BYTES,
} from "../layout";

/** 24 words of this thread: each has an instance of the module of its own. */
export let scratch: usize = 0;

/** Says which thread this instance is. */
export function becomeThread(thread: i32): void {
  scratch = <usize>(SCRATCH + thread * SCRATCH_BYTES);
}

/** Looks at a value so often before it goes to sleep: some 20 microseconds. */
const SPINS = 20000;
/** Between two programs: the host needs 0.2 ms for the next batch. */
const SPINS_BETWEEN = 10 * SPINS;
/** What atomic.wait says then. */
const TIMED_OUT = 2;
/**
 * A thread that lets the others wait so often for so long is taken for dead:
 * a minute. One wait also ends where the whole process was stopped (Ctrl-Z).
 */
const WAITS = 30;
const WAIT_NS: i64 = 2_000_000_000;

/** Whether a thread failed: nothing in memory can be trusted then. */
export function hasFailed(): bool {
  return atomic.load<i32>(FAILED) != 0;
}

/**
 * Waits until the word is no longer `value`. Fails after `WAITS` times
 * `timeout` nanoseconds; -1: never.
 */
function awaitChange(word: usize, value: i32, spins: i32, timeout: i64): void {
  for (let i = 0; i < spins; i++) {
    if (atomic.load<i32>(word) != value) return;
  }
  let waits = 0;
  while (atomic.load<i32>(word) == value) {
    if (atomic.wait<i32>(word, value, timeout) != TIMED_OUT) continue;
    waits += 1;
    if (waits < WAITS) continue;
    atomic.store<i32>(FAILED, 1);
    return;
  }
}

/** Waits until all threads of the program are here. */
export function barrier(threads: i32): void {
  if (threads == 1) return;
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.add<i32>(GENERATION, 1);
    atomic.notify(GENERATION, threads);
  } else {
    awaitChange(GENERATION, generation, SPINS, WAIT_NS);
  }
}

/** Says that this thread failed, and lets those go on who wait for it. */
export function fail(): void {
  atomic.store<i32>(FAILED, 1);
  atomic.add<i32>(GENERATION, 1);
  atomic.notify(GENERATION, -1);
}

/** Workers that take part in the programs from now on. */
export function workersReady(): i32 {
  return atomic.load<i32>(READY);
}

/**
 * Wakes the workers up for a program. The word holds its number and how many
 * workers take part, so that a worker reads both at once.
 */
export function wakeWorkers(workers: i32): void {
  const epoch = atomic.load<i32>(EPOCH);
  atomic.store<i32>(EPOCH, (((epoch >> 8) + 1) << 8) | workers);
  atomic.notify(EPOCH, workers);
}

/** As {@linkcode wakeWorkers}, to end them. */
export function endWorkers(): void {
  wakeWorkers(END_OF_WORKERS);
}

/** The epoch after `epoch`, when it comes. */
export function awaitEpoch(epoch: i32): i32 {
  awaitChange(EPOCH, epoch, SPINS_BETWEEN, -1);
  return atomic.load<i32>(EPOCH);
}
