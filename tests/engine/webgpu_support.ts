/** Whether tests can use WebGPU here, and if not, why. */

import { findAdapter } from "../../src/engine/webgpu_device.ts";

const found = await findAdapter();

/** OpenGL has a test of its own, in a process of its own. */
const available = found !== null && found.description.api !== "opengl";

/** `label`: the adapter, or why a test is ignored and what would help. */
export const webgpu: { available: boolean; label: string } = {
  available,
  label: found === null
    ? "ignored: no WebGPU adapter; install mesa-vulkan-drivers"
    : available
    ? `${found.description.description} over ${found.description.api}`
    : "ignored: no Vulkan adapter, only OpenGL; install mesa-vulkan-drivers",
};
