/** The tfjs backends: WebGPU, WebAssembly, and plain JavaScript. */

import { fileURLToPath } from "node:url";
import { tf } from "../lazy_tfjs.ts";
import { loadTfjs, startLater, startTfjs } from "../start_tfjs.ts";
import { UserError } from "../errors.ts";
import { namesOf, rowOf } from "../table.ts";
import { findAdapter, openWebGpu } from "./webgpu_device.ts";
import type {
  AdapterDescription,
  FoundAdapter,
  WebGpuDevice,
} from "./webgpu_device.ts";

/** What a user may choose. */
export type BackendChoice = "auto" | "webgpu" | "wasm" | "cpu";

const BACKEND_TABLE: Readonly<Record<BackendChoice, () => Promise<Backend>>> = {
  auto: openFastest,
  webgpu: openGpu,
  wasm: () => openWasm(""),
  cpu: openCpu,
};

/** The backends that a user may choose. */
export const BACKENDS: readonly BackendChoice[] = namesOf(BACKEND_TABLE);

/** The backend in use, as run.json records it. */
export interface Backend {
  /** as tfjs names it */
  readonly name: Exclude<BackendChoice, "auto">;
  /** the adapter under WebGPU; null elsewhere */
  readonly adapter: AdapterDescription | null;
  /** the device that the project's kernels run on; null: none */
  readonly webgpu: WebGpuDevice | null;
  /** one line for people: the backend, and how to get WebGPU */
  readonly notice: string;
  /** Makes it the one that tfjs computes on, as soon as that is loaded. */
  choose(): Promise<void>;
  /** Checks for failures of the device. @throws {MachineError | UserError} see `WebGpuDevice` */
  check(): void;
}

const GET_WEBGPU = Deno.build.os === "linux"
  ? "for WebGPU install a GPU's Vulkan driver, or on Debian the package " +
    "mesa-vulkan-drivers for a software adapter, or set " +
    "DENO_WEBGPU_BACKEND=gl to take OpenGL"
  : "for WebGPU update the GPU's driver";

/**
 * Opens the backend and makes it tfjs's current one. `auto` takes WebGPU
 * where a hardware adapter exists. Elsewhere it takes the fastest backend of the
 * CPU, which is faster than a software adapter.
 *
 * @throws {UserError} WebGPU is asked for and there is no adapter
 */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  const backend = await findBackend(choice);
  await startTfjs();
  return backend;
}

/**
 * The same, but on the CPU tfjs is not loaded before something needs it: see
 * `startTfjs`.
 *
 * @throws {UserError} as above
 */
export async function findBackend(choice: BackendChoice): Promise<Backend> {
  return await rowOf(BACKEND_TABLE, choice, "backend")();
}

async function openFastest(): Promise<Backend> {
  const found = await findAdapter();
  if (found === null) {
    return await openWasm(`no WebGPU adapter found; ${GET_WEBGPU}`);
  }
  if (found.description.software) {
    return await openWasm(
      `the only WebGPU adapter is software (${name(found.description)}); ` +
        "--backend webgpu takes it",
    );
  }
  return await openAdapter(found);
}

async function openGpu(): Promise<Backend> {
  const found = await findAdapter();
  if (found !== null) return await openAdapter(found);
  throw new UserError(
    `--backend webgpu: no WebGPU adapter on this machine; ${GET_WEBGPU}, ` +
      "or use --backend wasm",
  );
}

async function openAdapter(
  { adapter, description }: FoundAdapter,
): Promise<Backend> {
  await loadTfjs();
  tf.enableProdMode();
  const device = await openWebGpu(adapter, description);
  const choose = () =>
    startLater(async () => {
      await tf.setBackend("webgpu");
    });
  await choose();
  return {
    choose,
    name: "webgpu",
    adapter: device.adapter,
    webgpu: device,
    notice: `backend: tfjs's webgpu on ${name(device.adapter)}` +
      (device.adapter.software ? ", software" : ""),
    check: device.check,
  };
}

function name({ description, api }: AdapterDescription): string {
  return `${description} over ${api}`;
}

/** A backend of the CPU, which starts when something needs it. */
async function onCpu(
  name: "wasm" | "cpu",
  notice: string,
  start: () => Promise<void>,
): Promise<Backend> {
  const choose = () =>
    startLater(async () => {
      tf.enableProdMode();
      await start();
    });
  await choose();
  const noDevice = { adapter: null, webgpu: null };
  return { name, ...noDevice, notice, choose, check: () => {} };
}

function openCpu(): Promise<Backend> {
  return onCpu("cpu", "backend: tfjs's cpu (plain JavaScript)", async () => {
    await tf.setBackend("cpu");
  });
}

function openWasm(why: string): Promise<Backend> {
  const notice = `backend: tfjs's wasm on the CPU${
    why === "" ? "" : `: ${why}`
  }`;
  return onCpu("wasm", notice, async () => {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    // The package looks for its .wasm files beside the main script.
    const script = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(fileURLToPath(new URL(".", script)));
    // One thread: sums in a fixed order.
    wasm.setThreadsCount(1);
    if (!await tf.setBackend("wasm")) {
      throw new Error("tfjs's wasm backend does not start");
    }
  });
}
