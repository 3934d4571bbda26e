/**
 * Which tile is fastest on a device: the three products of one layer, as
 * training has them, timed with the candidates in turn.
 */

import type { Product } from "../lower.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { GroupBuffers } from "./buffers.ts";
import { productKernel, writeJobs } from "./kernels/product.ts";
import type { ProductForm } from "./kernels/product_form.ts";
import * as layout from "./layout.ts";
import { PassTimer } from "./pass_timer.ts";
import { Pipelines } from "./pipelines.ts";
import { candidatesFor, type Tile } from "./tiles.ts";

export interface MeasuredTile {
  readonly tile: Tile;
  /** how much faster than the adapter's default, at least; 1: it is that */
  readonly timesAsFast: number;
  /** how many were compared with the default */
  readonly others: number;
}

// The layer: a batch of images, and a usual number of units.
const ROWS = 128;
const INPUTS = 784;
const UNITS = 400;

const matrix = (rows: number, columns: number, at = 0) => ({
  ...{ at, rows, columns, stride: columns },
});
const INPUT = matrix(ROWS, INPUTS);
const OUTPUT = matrix(ROWS, UNITS, ROWS * INPUTS);
const WEIGHT = matrix(INPUTS, UNITS);
const BIAS = INPUTS * UNITS;

const PRODUCTS: Readonly<Record<ProductForm, Product>> = {
  "affine": {
    sources: [{ a: INPUT, b: WEIGHT }],
    ...{ output: OUTPUT, bias: BIAS, activation: "tanh", values: null },
  },
  "input-gradient": {
    sources: [{ a: OUTPUT, b: WEIGHT }],
    ...{ output: INPUT, bias: 0, activation: "tanh", values: INPUT },
  },
  "layer-gradient": {
    sources: [{ a: INPUT, b: OUTPUT }],
    ...{ output: WEIGHT, bias: BIAS, activation: null, values: null },
  },
};

/** Rounds in which the tiles take turns. */
const ROUNDS = 5;

/** Times that the products are done in a round. */
const ON_SOFTWARE = 1;
/** so many that the gaps between them count as they do in a step */
const ON_HARDWARE = 32;

/** Milliseconds in which tiles may be compiled; the rest are left out. */
const COMPILING = 1000;

/** What a tile must be times as fast as the default in every round. */
const CLEARLY_FASTER = 1.1;

/**
 * The tile to take on a device: the adapter's default, unless another one is
 * clearly faster. A device without timestamp queries measures none.
 *
 * @throws {MachineError | UserError} the device failed
 */
export async function fastestTile(device: WebGpuDevice): Promise<MeasuredTile> {
  const tiles = candidatesFor(device.adapter);
  using timer = PassTimer.of(device.device, ROUNDS * tiles.length);
  if (timer === null) return { tile: tiles[0], timesAsFast: 1, others: 0 };
  const rounds = await timeTiles(device, tiles, timer);
  device.check();
  const { index, timesAsFast } = clearlyFaster(rounds);
  const others = Math.max(rounds[0]!.length - 1, 0);
  return { tile: tiles[index]!, timesAsFast, others };
}

/**
 * Which of several is faster than the first by a tenth in every round, and the
 * most so: noise, which is larger than that on a busy machine, is not in all
 * rounds alike. The first, where none is.
 *
 * @param rounds the times of each, in any unit
 */
export function clearlyFaster(
  rounds: readonly (readonly number[])[],
): { index: number; timesAsFast: number } {
  let best = { index: 0, timesAsFast: 1 };
  const others = rounds[0]!.slice(1);
  others.forEach((_, i) => {
    const index = i + 1;
    const timesAsFast = Math.min(
      ...rounds.map((times) => times[0]! / times[index]!),
    );
    if (timesAsFast >= Math.max(CLEARLY_FASTER, best.timesAsFast)) {
      best = { index, timesAsFast };
    }
  });
  return best;
}

interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly groups: number;
}

/**
 * Milliseconds that the products take, by round and tile. Where compiling
 * takes long (llvmpipe, the first time: seconds for a tile), the last tiles are
 * left out.
 */
async function timeTiles(
  { device, adapter }: WebGpuDevice,
  tiles: readonly Tile[],
  timer: PassTimer,
): Promise<number[][]> {
  const buffers = new GroupBuffers(device, {
    ...{ runs: 1, stepWords: layout.ROWS, steps: 1 },
    ...{ state: 0, terms: 0 },
    matrices: ROWS * (INPUTS + UNITS),
    values: (INPUTS + 1) * UNITS,
  });
  const commands: GPUBuffer[] = [];

  function prepare(form: ProductForm, tile: Tile): Dispatch {
    const product = PRODUCTS[form];
    const job = writeJobs(form, [product], tile);
    const words = Uint32Array.from(job.words);
    const buffer = device.createBuffer({
      size: words.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    });
    commands.push(buffer);
    device.queue.writeBuffer(buffer, 0, words);
    const kernel = productKernel({
      ...{ form, activation: product.activation, aligned: true, tile },
    });
    const constants = { JOBS: 1, SOURCES: 1, ...buffers.constants };
    return {
      pipeline: Pipelines.of(device).get({ ...kernel, constants }),
      bindings: buffers.bindGroup(buffer),
      groups: job.tiles,
    };
  }

  function submit(
    dispatches: readonly Dispatch[],
    repeats: number,
    timed: GPUComputePassDescriptor = {},
  ): void {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass(timed);
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, bindings, groups } of dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings, [0]);
        pass.dispatchWorkgroups(groups);
      }
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** The tiles that were compiled in time, done once. */
  async function compile(): Promise<Dispatch[][]> {
    const start = performance.now();
    const compiled: Dispatch[][] = [];
    for (const tile of tiles) {
      const dispatches: Dispatch[] = [];
      for (const form of Object.keys(PRODUCTS) as ProductForm[]) {
        dispatches.push(prepare(form, tile));
        submit(dispatches.slice(-1), 1);
        await device.queue.onSubmittedWorkDone();
        if (performance.now() - start > COMPILING) return compiled;
      }
      compiled.push(dispatches);
    }
    return compiled;
  }

  try {
    const compiled = await compile();
    const repeats = adapter.software ? ON_SOFTWARE : ON_HARDWARE;
    for (let round = 0; round < ROUNDS; round++) {
      for (const own of compiled) submit(own, repeats, timer.next("tile"));
    }
    const times = (await timer.read()).map(({ milliseconds }) => milliseconds);
    return Array.from(
      { length: ROUNDS },
      (_, round) =>
        times.slice(round * compiled.length, (round + 1) * compiled.length),
    );
  } finally {
    buffers.destroy();
    for (const buffer of commands) buffer.destroy();
  }
}
