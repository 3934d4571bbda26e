/** A trained model in kernels: q(z|x), E[x|z], and terms at draws of z. */

import { sharedName } from "../../model/likelihood/families.ts";
import { OPTIMIZERS } from "../../model/optimizers.ts";
import type { Vae } from "../../model/vae.ts";
import type { DrawEngine } from "../draw_engine.ts";
import { observationsOf } from "../observations.ts";
import { DRAWS_OBJECTIVE } from "../step_plan.ts";
import { requireSupport } from "../supported.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { Evaluations } from "./evaluations.ts";
import { placeParameters } from "./memory_layout.ts";
import type { EvaluatingDevice } from "./programs.ts";
import { SUPPORTED } from "./supported.ts";
import type { Tile } from "./tiles.ts";

/** A GPU has work while the host waits, 11 ms each time, and adds up terms. */
export const ON_HARDWARE = { rows: 25_000, ahead: 8 };
const ON_SOFTWARE = { rows: 2500, ahead: 2 };

/** What of a device the draws need, in Deno or in a page. */
export interface DrawingDevice extends EvaluatingDevice {
  readonly adapter: Pick<WebGpuDevice["adapter"], "software">;
}

/**
 * The model in kernels, at the parameters that it has now.
 *
 * @throws {UserError} there are no kernels for a part of the model
 */
export async function webGpuDraws(
  vae: Vae,
  opened: DrawingDevice,
  tile: Tile,
): Promise<DrawEngine & Disposable> {
  const { spec } = vae;
  const { likelihood } = spec;
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
  const name = sharedName(likelihood);
  const shared = values.find((own) => own.name === name)?.values[0];
  return {
    spec,
    pace: opened.adapter.software ? ON_SOFTWARE : ON_HARDWARE,
    rowTerms: (batch, kept) => evaluations.rowTerms(batch, kept),
    async encode(rows) {
      const [mean, logVariance, kl] = await evaluations.encode(rows);
      return { mean, logVariance, kl, lower: null };
    },
    async decode(rows, noise) {
      const [output, output2] = await evaluations.decode(rows);
      return observationsOf(likelihood, {
        output: output!,
        ...output2 && { output2 },
        ...shared !== undefined && { shared },
        ...noise && { noise },
      });
    },
    /** The noise itself: there is one layer. */
    samplePrior: (noise) => Promise.resolve(noise),
    [Symbol.dispose]() {
      evaluations[Symbol.dispose]();
      buffer.destroy();
    },
  };
}
