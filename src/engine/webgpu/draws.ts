/** A trained model whose terms at draws of z are computed in kernels. */

import { OPTIMIZERS } from "../../model/optimizers.ts";
import type { Vae } from "../../model/vae.ts";
import { requireSupport } from "../supported.ts";
import { type DrawEngine, referenceDraws } from "../draw_engine.ts";
import { DRAWS_OBJECTIVE } from "../step_plan.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { Evaluations } from "./evaluations.ts";
import type { Tile } from "./tiles.ts";
import { placeParameters } from "./memory_layout.ts";
import { SUPPORTED } from "./supported.ts";

/** A GPU has work while the host waits, 11 ms each time, and adds up terms. */
const ON_HARDWARE = { rows: 25_000, ahead: 8 };
const ON_SOFTWARE = { rows: 2500, ahead: 2 };

/**
 * Terms at draws of z by kernels, the rest by tfjs ops, at the parameters that the model has now.
 *
 * @throws {UserError} there are no kernels for a part of the model
 */
export async function webGpuDraws(
  vae: Vae,
  opened: WebGpuDevice,
  tile: Tile,
): Promise<DrawEngine & Disposable> {
  const { spec } = vae;
  const training = {
    ...{ objective: DRAWS_OBJECTIVE, optimizer: OPTIMIZERS.sgd },
    ...{ weightDecay: 0, tile },
  };
  requireSupport(SUPPORTED, { ...spec, ...training });
  const { all, words } = placeParameters(spec);
  const values = await vae.values();
  const { device } = opened;
  const buffer = device.createBuffer({
    label: "parameters of draws",
    size: 4 * words,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
  });
  all.forEach(({ at }, i) =>
    device.queue.writeBuffer(
      buffer,
      4 * at,
      Float32Array.from(values[i]!.values),
    )
  );
  const evaluations = new Evaluations(opened, spec, training, {
    ...{ buffer, at: 0 },
  });
  return {
    ...referenceDraws(vae),
    pace: opened.adapter.software ? ON_SOFTWARE : ON_HARDWARE,
    rowTerms: (batch, kept) => evaluations.rowTerms(batch, kept),
    [Symbol.dispose]() {
      evaluations[Symbol.dispose]();
      buffer.destroy();
    },
  };
}
