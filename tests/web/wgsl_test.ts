/** The kernels of the webgpu engine, as another compiler than Deno's reads them. */

import { assert, assertEquals } from "@std/assert";
import { unsupported } from "../../src/engine/supported.ts";
import { compileStep } from "../../src/engine/webgpu/compile.ts";
import { NO_OFFSETS } from "../../src/engine/webgpu/memory_layout.ts";
import { SUPPORTED } from "../../src/engine/webgpu/supported.ts";
import { CANDIDATES } from "../../src/engine/webgpu/tiles.ts";
import { BY_OBJECTIVE, DECODERS, TRAININGS } from "../engine/training.ts";
import { inFile, testInBrowsers } from "./browsers.ts";

const PURPOSES = ["train", "evaluate", "draws", "encode", "decode"] as const;

/** Every kernel, by what it is called, and its code. */
function kernels(): [string, string][] {
  const all = new Map<string, string>();
  const trainings = { ...TRAININGS, ...DECODERS, ...BY_OBJECTIVE };
  for (const [name, training] of Object.entries(trainings)) {
    const { spec, size, samples: draws, weightDecay = 0, ...own } = training;
    if (unsupported(SUPPORTED, { ...spec, ...own }) !== null) continue;
    for (const tile of [...CANDIDATES.software, ...CANDIDATES.hardware]) {
      for (const purpose of PURPOSES) {
        const options = { ...own, size, draws, weightDecay, tile };
        const step = compileStep(spec, options, NO_OFFSETS, { purpose });
        for (const { kernel: { label, code } } of step.dispatches) {
          all.set(code, `${name}: ${purpose}: ${label}`);
        }
      }
    }
  }
  return Array.from(all, ([code, name]) => [name, code]);
}

const COMPILE = `async (kernels) => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const wrong = [];
  for (const [name, code] of kernels) {
    device.pushErrorScope("validation");
    const { messages } = await device.createShaderModule({ code })
      .getCompilationInfo();
    for (const { type, lineNum, message } of messages) {
      wrong.push(name + ": " + type + " in line " + lineNum + ": " + message);
    }
    await device.popErrorScope();
  }
  return wrong;
}`;

testInBrowsers(
  "Chromium compiles every kernel of the webgpu engine without a warning",
  async (open) => {
    await inFile("<!doctype html><title>kernels</title>", async (url) => {
      const page = await open(url, { expected: /parsing WGSL/ });
      const all = kernels();
      assert(all.length > 100, `${all.length}`);
      const wrong = await page.evaluate(`(${COMPILE})(${JSON.stringify(all)})`);
      assertEquals(wrong, []);
    });
  },
  ["chromium with WebGPU"],
);
