/// <reference lib="dom" />
/** The reader's GPU: the kernels of the webgpu engine, in the page. */

import type { DrawEngine } from "../../engine/draw_engine.ts";
import { DRAWS_OBJECTIVE } from "../../engine/step_plan.ts";
import { unsupported } from "../../engine/supported.ts";
import { webGpuDraws } from "../../engine/webgpu/draws.ts";
import { SUPPORTED } from "../../engine/webgpu/supported.ts";
import { CANDIDATES, tileFor } from "../../engine/webgpu/tiles.ts";
import { OPTIMIZERS } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { Vae } from "../../model/vae.ts";

/** A GPU on which the model runs. */
export interface Gpu {
  /** as the browser tells, which may be little */
  readonly name: string;
  readonly draws: DrawEngine;
}

/** Why the model cannot run on one here; null: it may. */
export function whyNoGpu(spec: VaeSpec): string | null {
  const options = { objective: DRAWS_OBJECTIVE, optimizer: OPTIMIZERS.sgd };
  const lacks = unsupported(SUPPORTED, { ...spec, ...options });
  if (lacks !== null) return `the webgpu engine has no ${lacks}`;
  return "gpu" in navigator ? null : NONE;
}

const NONE = "this browser has no WebGPU";

/**
 * Opens the GPU, if there is one.
 *
 * @param onFailure is told once of an error that comes later; what was asked
 *   for by then may have no answer
 * @returns or why there is none, such as `this browser has no WebGPU`
 */
export async function openGpu(
  vae: Vae,
  onFailure: (why: string) => void,
): Promise<Gpu | string> {
  const adapter = await navigator.gpu.requestAdapter({
    powerPreference: "high-performance",
  });
  if (adapter === null) return NONE;
  const { info } = adapter;
  const device = await adapter.requestDevice();
  let hasFailed = false;
  const fail = (why: string) => {
    if (!hasFailed) onFailure(why);
    hasFailed = true;
  };
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    fail((event as GPUUncapturedErrorEvent).error.message);
  });
  void device.lost.then(({ message }) => fail(message || "it is gone"));
  const software = info.isFallbackAdapter;
  const draws = await webGpuDraws(
    vae,
    { device, adapter: { software }, flush() {} },
    // A page compiles its kernels each time, which takes long on a processor.
    software ? CANDIDATES.software[1] : tileFor({ software }),
  );
  /** The answer; after a failure there is none. */
  const answer = <T>(asked: Promise<T>): Promise<T> =>
    asked.catch((error) => {
      fail(error instanceof Error ? error.message : String(error));
      return new Promise<never>(() => {});
    });
  const names = [info.vendor, info.architecture].filter((name) => name !== "");
  return {
    name: info.description || names.join(" ") || "a GPU without a name",
    draws: {
      ...draws,
      rowTerms: (batch, kept) => answer(draws.rowTerms(batch, kept)),
      encode: (rows) => answer(draws.encode(rows)),
      decode: (rows, noise) => answer(draws.decode(rows, noise)),
    },
  };
}
