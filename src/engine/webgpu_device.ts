/**
 * The project's own GPUDevice under tfjs's WebGPU backend.
 *
 * tfjs installs no error handlers: invalid WGSL or memory that ran out gives
 * zeros, and the run continues (tfjs-backend-webgpu 4.22, base.ts). Ours keep
 * the first error, and {@linkcode WebGpuDevice.check} throws it.
 */

import { tf } from "../lazy_tfjs.ts";
import { loadTfjs } from "../start_tfjs.ts";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { MachineError, UserError } from "../errors.ts";
import type { AdapterDescription } from "../results/run_json.ts";
import { type Part, readBuffer } from "./webgpu/read_buffers.ts";

export type { AdapterDescription };

/**
 * The interface behind an adapter. WebGPU does not say. wgpu reports exact
 * subgroup sizes on Vulkan, and the widest range possible, 4 to 128, on
 * OpenGL, where it cannot ask.
 */
function apiOf(info: GPUAdapterInfo): AdapterDescription["api"] {
  if (Deno.build.os === "darwin") return "metal";
  if (Deno.build.os === "windows") return "d3d12";
  return info.subgroupMinSize === 4 && info.subgroupMaxSize === 128
    ? "opengl"
    : "vulkan";
}

function describe({ info }: GPUAdapter): AdapterDescription {
  return {
    description: info.description,
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    api: apiOf(info),
    software: info.isFallbackAdapter,
  };
}

/**
 * Environment variables that WebGPU needs on Linux, where they are not set.
 *
 * `DENO_WEBGPU_BACKEND`: without it Deno looks for OpenGL adapters too, and
 * loads libglvnd's libEGL. When a process exits, libEGL 1.6 frees the records
 * of all threads, and a thread that ends meanwhile frees its record again:
 * glibc aborts the finished program with "corrupted size vs. prev_size in
 * fastbins" and exit code 134. In 1.7 the race is rarer, but still there: see
 * `__eglCurrentTeardown` and `OnThreadDestroyed` in
 * https://github.com/NVIDIA/libglvnd/blob/v1.7.0/src/EGL/libeglcurrent.c.
 * Delete when libEGL's exit leaves the records of running threads alone.
 *
 * `XDG_RUNTIME_DIR`: where it is unset, as in containers, Mesa prints "error:
 * XDG_RUNTIME_DIR is invalid" and works all the same. Nothing is written there.
 * Delete when Mesa's Vulkan drivers no longer look for Wayland.
 */
const ENVIRONMENT = {
  DENO_WEBGPU_BACKEND: "vulkan",
  XDG_RUNTIME_DIR: "/tmp",
};

function prepareEnvironment(): void {
  if (Deno.build.os !== "linux") return;
  for (const [variable, value] of Object.entries(ENVIRONMENT)) {
    const { state } = Deno.permissions.querySync({ name: "env", variable });
    if (state !== "granted" || Deno.env.has(variable)) continue;
    Deno.env.set(variable, value);
  }
}

/** An adapter, not opened yet. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly description: AdapterDescription;
}

/** The adapter that WebGPU would take here, or null where there is none. */
export async function findAdapter(): Promise<FoundAdapter | null> {
  prepareEnvironment();
  const adapter = await navigator.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  return adapter ? { adapter, description: describe(adapter) } : null;
}

/** An open device under the tfjs backend 'webgpu'. */
export interface WebGpuDevice {
  /** that of the tfjs backend */
  readonly device: GPUDevice;
  /** what it is a device of */
  readonly adapter: AdapterDescription;
  /**
   * A float32 tensor on a part of a buffer that is not tfjs's, without a copy.
   * The buffer must outlive it.
   *
   * @param offset in bytes, a multiple of 256
   */
  share(buffer: GPUBuffer, offset: number, shape: number[]): tf.Tensor;
  /** Submits what tfjs has recorded, before commands that come after it. */
  flush(): void;
  /** what submits work that is held back, before tfjs does anything */
  readonly held: Set<() => void>;
  /**
   * Looks for failures.
   *
   * @throws {MachineError} the device's first error, or its loss
   * @throws {UserError} the GPU's memory ran out first
   */
  check(): void;
  /** Whether there is none. */
  works(): boolean;
}

/**
 * tfjs's backend with tensors on parts of buffers. Its own share whole buffers
 * alone; but what it binds of a tensor, where that is neither a buffer nor a
 * texture, is what it is given: a binding (backend_webgpu.ts, tensorToBinding).
 * Reading is written anew: it copies buffers from their beginning, and keeps
 * the copy for the next time.
 */
const sharing = (Backend: typeof WebGPUBackend) =>
  class extends Backend {
    /** see `WebGpuDevice` */
    readonly held = new Set<() => void>();
    readonly #parts = new WeakMap<object, Part>();

    share(buffer: GPUBuffer, offset: number, shape: number[]): tf.Tensor {
      const tensor = tf.tensor({ buffer, zeroCopy: true }, shape, "float32");
      const part = { buffer, offset, size: 4 * tensor.size };
      this.#parts.set(tensor.dataId, part);
      this.tensorMap.get(tensor.dataId).resource = part as never;
      return tensor;
    }

    flush(): void {
      const { commandEncoder } = this as unknown as {
        commandEncoder: GPUCommandEncoder | null;
      };
      if (commandEncoder === null) return;
      this.endComputePassEncoder();
      this.submitQueue();
    }

    #submitHeld(): void {
      for (const submit of this.held) submit();
    }

    /** Any operation of tfjs. */
    override runWebGPUProgram(
      ...args: Parameters<WebGPUBackend["runWebGPUProgram"]>
    ) {
      this.#submitHeld();
      return super.runWebGPUProgram(...args);
    }

    /** Reads a tensor; a shared one anew each time. */
    override async read(dataId: object) {
      this.#submitHeld();
      const part = this.#parts.get(dataId);
      if (part === undefined) return await super.read(dataId);
      this.flush();
      return new Float32Array(await readBuffer(this.device, part));
    }
  };

type SharingBackend = InstanceType<ReturnType<typeof sharing>>;

/** The device of the current tfjs backend; null: it is another backend. */
export function currentDevice(): WebGpuDevice | null {
  return DEVICES.get(tf.backend()) ?? null;
}

const DEVICES = new WeakMap<object, WebGpuDevice>();

/** Submits what tfjs has recorded on a WebGPU device; elsewhere does nothing. */
export function submitRecorded(): void {
  const backend = tf.backend();
  if ("held" in backend) (backend as SharingBackend).flush();
}

/**
 * Opens a device on the adapter and makes it tfjs's backend 'webgpu'. What is
 * recorded there waits for {@linkcode submitRecorded} or a reading.
 *
 * Two of tfjs's choices are fixed, so that one seed gives one result:
 * every matmul takes the packed program, for the split-K program that tfjs
 * prefers for inner sizes from 2000 adds floats atomically, in any order; and
 * small operations stay on the GPU instead of moving to the CPU.
 */
export async function openWebGpu(
  adapter: GPUAdapter,
  description: AdapterDescription,
): Promise<WebGpuDevice> {
  const { limits } = adapter;
  const device = await adapter.requestDevice({
    // The choice of tiles and benchmarks ask the GPU for its times.
    requiredFeatures: adapter.features.has("timestamp-query")
      ? ["timestamp-query"]
      : [],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxComputeInvocationsPerWorkgroup:
        limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  });

  let failure: Error | undefined;
  device.addEventListener("uncapturederror", (event) => {
    // Otherwise Deno reports the event as an uncaught error of its own.
    event.preventDefault();
    failure ??= failureOf((event as GPUUncapturedErrorEvent).error);
  });
  device.lost.then(({ reason, message }) => {
    failure ??= new MachineError(
      `WebGPU device lost (${reason}): ${inOneLine(message)}`,
    );
  });

  await loadTfjs();
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  tf.removeBackend("webgpu");
  const backend = new (sharing(WebGPUBackend))(device, adapter.info);
  tf.registerBackend("webgpu", () => backend);
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", PACKED_MATMUL);
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", DEFERRED_DISPATCHES);
  await tf.setBackend("webgpu");

  const opened: WebGpuDevice = {
    device,
    adapter: description,
    share: (buffer, offset, shape) => backend.share(buffer, offset, shape),
    flush: () => backend.flush(),
    held: backend.held,
    check() {
      if (failure !== undefined) throw failure;
    },
    works: () => failure === undefined,
  };
  DEVICES.set(backend, opened);
  return opened;
}

function failureOf(error: GPUError): Error {
  const message = `WebGPU: ${inOneLine(error.message)}`;
  return error instanceof GPUOutOfMemoryError
    ? new UserError(
      `${message}; the GPU's memory ran out: take a smaller batch, fewer ` +
        "samples, or fewer --batch-runs",
    )
    : new MachineError(message);
}

/** Messages about shaders have an excerpt of them. */
function inOneLine(message: string): string {
  return message.trim().replace(/\s+/g, " ");
}

/** `MatMulProgramType.MatMulPackedProgram` of tfjs-backend-webgpu. */
const PACKED_MATMUL = 3;

/**
 * Dispatches that tfjs records before it submits them by itself: more than a
 * step has, which ends with a submit of its own.
 */
const DEFERRED_DISPATCHES = 300;
