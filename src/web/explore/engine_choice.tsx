/// <reference lib="dom" />
/** Which engine computes, and the reader's choice of it. */

import type { Model } from "./model.ts";

/** What computes now, in words; a choice where there are two. */
export function EngineChoice({ model }: { readonly model: Model }) {
  const gpu = model.gpu.value;
  const isWasm = model.engine.value === model.wasm;
  const name = gpu === null || typeof gpu === "string" ? "" : gpu.name;
  return (
    <>
      {typeof gpu !== "string" && (
        <select
          aria-label="engine"
          value={isWasm ? "wasm" : "webgpu"}
          onChange={({ currentTarget }) => {
            if (currentTarget.value === "webgpu") void model.useGpu();
            else model.useWasm();
          }}
        >
          <option value="wasm">wasm</option>
          <option value="webgpu">WebGPU</option>
        </select>
      )} {isWasm
        ? "the wasm engine in this page, on one thread; the command line’s " +
          "bits are the same"
        : `the webgpu engine on ${name}, whose last bits are its own`}
      {typeof gpu === "string" && <span class="quiet">{` (${gpu})`}</span>}
    </>
  );
}
