/** The bound L_k of many images on the WebGPU adapter. */

import type { Examples } from "../../src/data/dataset.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  type DrawEngine,
  referenceDraws,
} from "../../src/engine/draw_engine.ts";
import { webGpuDraws } from "../../src/engine/webgpu/draws.ts";
import { tileFor } from "../../src/engine/webgpu/tiles.ts";
import { findAdapter } from "../../src/engine/webgpu_device.ts";
import { DRAWS_AT_ONCE } from "../../src/evaluate/draws.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import type { Vae } from "../../src/model/vae.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, newVae, shapesOf } from "./training.ts";

/** Images of which tfjs ops compute it, so many draws of each. */
const BY_TFJS = { images: 100, k: 10 * DRAWS_AT_ONCE };

/**
 * Seconds that L_k takes, and how much longer tfjs ops take by image and draw.
 *
 * @throws {Error} they differ by more than 1e-4
 */
export async function* timeBound(
  { data, k, images }: Options,
): AsyncGenerator<Entry> {
  if (await findAdapter() === null) {
    const failed = "no WebGPU adapter on this machine";
    yield {
      shapes: "L_k",
      rows: [{ contender: "webgpu engine", shapes: "", failed }],
    };
    return;
  }
  const device = (await openBackend("webgpu")).webgpu!;
  const training = { data, config: configOf() };
  using vae = newVae(training);
  const shapes = shapesOf(training);
  using engine = await webGpuDraws(vae, device, tileFor(device.adapter));
  const few = {
    images: Math.min(images, BY_TFJS.images),
    k: Math.min(k, BY_TFJS.k),
  };
  // once more each: the first compiles kernels
  const [, inKernels] = await twice(vae, data.test, few, engine);
  const [, byTfjs] = await twice(vae, data.test, few, referenceDraws(vae));
  const furthest = Math.max(
    ...inKernels!.values.map((value, i) =>
      Math.abs(value - byTfjs!.values[i]!) / Math.abs(byTfjs!.values[i]!)
    ),
  );
  const sizes = `L_${few.k} of ${few.images} images: ${shapes}`;
  if (!(furthest <= 1e-4)) throw new Error(`${sizes}: differs by ${furthest}`);
  yield {
    ...{ figure: "L_k in kernels against tfjs ops", shapes: sizes },
    ...{ value: furthest, unit: "relative difference", aim: "at most 0.0001" },
  };
  yield {
    ...{ figure: "L_k by tfjs ops against kernels", shapes: sizes },
    value: byTfjs!.seconds / inKernels!.seconds,
    ...{ unit: "times as long", aim: "at least 20" },
  };
  yield {
    figure: `L_${k} of ${images} images in kernels`,
    shapes,
    value: (await bound(vae, data.test, { images, k }, engine)).seconds,
    ...{ unit: "s", aim: "10,000 images: under 20" },
  };
  device.check();
}

interface Sizes {
  readonly images: number;
  readonly k: number;
}

async function twice(...args: Parameters<typeof bound>) {
  return [await bound(...args), await bound(...args)];
}

/** The bound of so many images, those of the split again and again. */
async function bound(
  vae: Vae,
  { dim, count, values }: Examples,
  { images, k }: Sizes,
  engine: DrawEngine,
) {
  const repeated = new Uint8Array(images * dim);
  for (let i = 0; i < images; i++) {
    const from = i % count * dim;
    repeated.set(values.subarray(from, from + dim), i * dim);
  }
  const start = performance.now();
  const examples = { dim, count: images, values: repeated };
  const { values: bounds } = await importanceBound(vae, examples, {
    ...{ k, seed: 1, engine },
  });
  return { values: [...bounds], seconds: (performance.now() - start) / 1000 };
}
