/** Runs a program: commands one after the other, tasks side by side. */

import {
  ADAGRAD,
  ADAM,
  ARGUMENTS,
  CHAIN_ACCEPT,
  CHAIN_DENSITY,
  CHAIN_LEAP,
  CHAIN_MOMENTUM,
  CHAIN_START,
  COMMAND_BYTES,
  COUNTER_BYTES,
  COUNTERS_ALIGNMENT,
  DRAWS_PIXELS,
  DREAM,
  END,
  HOST_PRODUCT,
  INFER,
  IS_BYTES,
  JOINS,
  LIKELIHOOD,
  LIST_COLUMNS,
  LIST_ROWS,
  LOG_POSTERIOR,
  MAKES_BATCH,
  NORMALS,
  OPCODE,
  PACK,
  PIXEL_STREAM,
  PIXELS,
  POSTERIOR_GRADIENT,
  PRODUCT,
  PROGRAM,
  SCALE_ROWS,
  SCRATCH,
  SCRATCH_BYTES,
  SGD,
  SPARSE_PRODUCT,
  SUM_COLUMNS,
  SUM_TERMS,
  TAKEN,
  TAKEN_STRIDE,
  TASKS,
  UNIFORMS,
  WEIGH,
} from "../layout";
import { normalsTask, pixelsTask, uniformsTask } from "./batch";
import {
  chainAcceptTask,
  chainDensityTask,
  chainLeapTask,
  chainMomentumTask,
  chainStartTask,
} from "./chain";
import { hostProductTask } from "./host_product";
import { inferTask } from "./inference";
import { logPosteriorTask } from "./log_posterior";
import { adagradTask, adamTask, sgdTask } from "./optimizers";
import { packTask } from "./pack";
import { dreamTask, likelihoodTask } from "./pixelwise";
import { posteriorGradientTask } from "./posterior_gradient";
import { productTask } from "./product";
import { scaleRowsTask, sumColumnsTask } from "./rows";
import {
  listColumnsTask,
  listRowsTask,
  sparseProductTask,
} from "./sparse_product";
import { barrier, hasFailed } from "./threads";
import { sumTermsTask, weighTask } from "./weigh";

/** Argument i of a command: an address or an integer. */
@inline
function word(command: usize, i: i32): i32 {
  return load<i32>(command + ARGUMENTS + (<usize>i << 2));
}

/** Argument i of a command, as a float. */
@inline
function float(command: usize, i: i32): f32 {
  return load<f32>(command + ARGUMENTS + (<usize>i << 2));
}

@inline
function pixelStream(): usize {
  if (load<i32>(DRAWS_PIXELS)) return PIXEL_STREAM;
  return 0;
}

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
  const scratch = <usize>(SCRATCH + thread * SCRATCH_BYTES);
  let stage = program;
  let goesOn = load<i32>(stage, OPCODE) != END;
  while (goesOn) {
    let next = stage;
    for (let i = 0; i < threads; i++) {
      const owner = (thread + i) % threads;
      const counters = taken + <usize>owner * stride;
      next = stage;
      do {
        runPart(next, counterOf(next, program, counters), owner, threads, scratch);
        next += COMMAND_BYTES;
      } while (!load<i32>(next - COMMAND_BYTES, JOINS));
    }
    // Read before the others are waited for: once all are here, the caller may
    // write another program over this one.
    goesOn = load<i32>(next, OPCODE) != END;
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
  scratch: usize,
): void {
  const opcode = load<i32>(c, OPCODE);
  const tasks = load<i32>(c, TASKS);
  const first = tasks * owner / threads;
  const count = tasks * (owner + 1) / threads - first;
  while (true) {
    const i = atomic.add<i32>(counter, 1);
    if (i >= count) return;
    runTask(opcode, first + i, c, scratch);
  }
}

function runTask(opcode: i32, task: i32, c: usize, scratch: usize): void {
  switch (opcode) {
    case PIXELS:
      if (!load<i32>(MAKES_BATCH)) return;
      return pixelsTask(
        task, word(c, 0), load<i32>(IS_BYTES), word(c, 1), word(c, 2),
        word(c, 3), word(c, 4), pixelStream(), scratch,
      );
    case NORMALS:
      if (!load<i32>(MAKES_BATCH)) return;
      return normalsTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        scratch,
      );
    case UNIFORMS:
      if (!load<i32>(MAKES_BATCH)) return;
      return uniformsTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        scratch,
      );
    case CHAIN_DENSITY:
      return chainDensityTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11), word(c, 12), word(c, 13),
      );
    case CHAIN_START:
      return chainStartTask(
        word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4), word(c, 5),
        word(c, 6), word(c, 7), word(c, 8),
      );
    case CHAIN_MOMENTUM:
      return chainMomentumTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5),
      );
    case CHAIN_LEAP:
      return chainLeapTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5),
      );
    case CHAIN_ACCEPT:
      return chainAcceptTask(
        word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4), word(c, 5),
        word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11), word(c, 12),
      );
    case DREAM:
      return dreamTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7),
      );
    case LOG_POSTERIOR:
      return logPosteriorTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
      );
    case LIST_ROWS:
      return listRowsTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6),
      );
    case LIST_COLUMNS:
      return listColumnsTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6),
      );
    case SPARSE_PRODUCT:
      return sparseProductTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
      );
    case PACK:
      return packTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6),
      );
    case PRODUCT:
      return productTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11),
      );
    case HOST_PRODUCT:
      return hostProductTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11), word(c, 12), word(c, 13), word(c, 14), word(c, 15),
        word(c, 16), word(c, 17),
      );
    case INFER:
      return inferTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11),
      );
    case LIKELIHOOD:
      return likelihoodTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8),
      );
    case WEIGH:
      return weighTask(
        word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4), word(c, 5),
        word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11), word(c, 12), word(c, 13), word(c, 14), word(c, 15),
        word(c, 16), word(c, 17), word(c, 18), word(c, 19), word(c, 20),
        word(c, 21),
      );
    case SUM_TERMS:
      return sumTermsTask(
        word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4), word(c, 5),
        word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11), word(c, 12), word(c, 13), word(c, 14),
      );
    case SCALE_ROWS:
      return scaleRowsTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
      );
    case SUM_COLUMNS:
      return sumColumnsTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
      );
    case POSTERIOR_GRADIENT:
      return posteriorGradientTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        word(c, 5), word(c, 6), word(c, 7), word(c, 8), word(c, 9), word(c, 10),
        word(c, 11), word(c, 12), word(c, 13), word(c, 14), word(c, 15),
        word(c, 16),
      );
    case ADAM:
      return adamTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), word(c, 4),
        float(c, 5), float(c, 6), float(c, 7), float(c, 8), float(c, 9),
        float(c, 10),
      );
    case ADAGRAD:
      return adagradTask(
        task, word(c, 0), word(c, 1), word(c, 2), word(c, 3), float(c, 4),
        float(c, 5),
      );
    case SGD:
      return sgdTask(task, word(c, 0), word(c, 1), word(c, 2), float(c, 3));
    default:
      unreachable();
  }
}
