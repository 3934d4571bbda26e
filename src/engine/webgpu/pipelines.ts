/** Kernels that a device has compiled: one run after the other needs them. */

import type { Kernel } from "./kernels/kernel.ts";
import * as layout from "./layout.ts";

export class Pipelines {
  /** of all kernels: they have all buffers */
  readonly bindGroupLayout: GPUBindGroupLayout;
  readonly #device: GPUDevice;
  readonly #layout: GPUPipelineLayout;
  readonly #compiled = new Map<string, GPUComputePipeline>();

  private constructor(device: GPUDevice) {
    const readOnly = [layout.COMMANDS, layout.STEPS, layout.DATA];
    this.#device = device;
    this.bindGroupLayout = device.createBindGroupLayout({
      entries: Array.from({ length: layout.BINDINGS }, (_, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: {
          type: readOnly.includes(binding) ? "read-only-storage" : "storage",
          // of a block of steps those of one and the next
          hasDynamicOffset: binding === layout.STEPS,
        },
      })),
    });
    this.#layout = device.createPipelineLayout({
      bindGroupLayouts: [this.bindGroupLayout],
    });
  }

  static readonly #ofDevices = new WeakMap<GPUDevice, Pipelines>();

  static of(device: GPUDevice): Pipelines {
    let own = Pipelines.#ofDevices.get(device);
    if (own === undefined) {
      own = new Pipelines(device);
      Pipelines.#ofDevices.set(device, own);
    }
    return own;
  }

  /** A kernel with its overrides, compiled now or before. */
  get({ label, code, constants }: Kernel): GPUComputePipeline {
    const key = JSON.stringify([code, constants]);
    let pipeline = this.#compiled.get(key);
    if (pipeline === undefined) {
      pipeline = this.#device.createComputePipeline({
        label,
        layout: this.#layout,
        compute: {
          module: this.#device.createShaderModule({ label, code }),
          entryPoint: "main",
          constants: { ...constants },
        },
      });
      this.#compiled.set(key, pipeline);
    }
    return pipeline;
  }
}
