import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { testOnBackends, testOnWebGpu } from "./backends.ts";
import { runProgram } from "./programs.ts";

testOnBackends(
  "openBackend() makes its backend tfjs's own",
  async (backend) => {
    assertEquals(tf.getBackend(), backend.name);
    assertEquals([...await tf.sum(tf.tensor([1, 2, 3])).data()], [6]);
    assertStringIncludes(backend.notice, `backend: tfjs's ${backend.name}`);
    assertEquals(backend.adapter === null, backend.name !== "webgpu");
    backend.check();
  },
);

Deno.test("openBackend() opens a backend again after another", async () => {
  for (const choice of ["cpu", "wasm", "cpu", "wasm"] as const) {
    assertEquals((await openBackend(choice)).name, choice);
    assertEquals(tf.getBackend(), choice);
  }
});

testOnWebGpu("openBackend() names the adapter", ({ adapter, notice }) => {
  const { description, api, software } = adapter!;
  assert(description !== "" && api !== "opengl");
  assertStringIncludes(notice, `${description} over ${api}`);
  assertEquals(notice.endsWith(", software"), software);
  assertEquals(tf.env().get("WEBGPU_MATMUL_PROGRAM_TYPE"), 3);
  assertEquals(tf.env().get("WEBGPU_CPU_FORWARD"), false);
});

testOnWebGpu("openBackend() loads no OpenGL beside Vulkan", async () => {
  if (Deno.build.os !== "linux") return;
  // Deno.readTextFile() may read this with all permissions alone.
  const { stdout } = await new Deno.Command("cat", {
    args: [`/proc/${Deno.pid}/maps`],
  }).output();
  const libraries = new TextDecoder().decode(stdout);
  assertStringIncludes(libraries, "libvulkan.so");
  assert(!libraries.includes("libEGL"), libraries);
});

/** Runs where WebGPU finds no adapter: no Linux has Direct3D 12. */
async function openWithoutAdapter(choice: string) {
  const { stdout, stderr } = await runProgram("open_backend.ts", [choice], {
    DENO_WEBGPU_BACKEND: "dx12",
  });
  return { told: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

const onLinux = (name: string, fn: () => Promise<void>) =>
  Deno.test({
    name: Deno.build.os === "linux"
      ? name
      : `${name} [ignored: adapters are hidden on Linux alone]`,
    ignore: Deno.build.os !== "linux",
    fn,
  });

onLinux("openBackend() takes wasm where auto finds no adapter", async () => {
  const { told } = await openWithoutAdapter("auto");
  assertEquals([told["name"], told["tfjs"], told["sum"]], ["wasm", "wasm", 6]);
  assertStringIncludes(
    String(told["notice"]),
    "backend: tfjs's wasm on the CPU: no WebGPU adapter found; for WebGPU install",
  );
});

onLinux(
  "openBackend() refuses webgpu without an adapter in one line",
  async () => {
    const { told } = await openWithoutAdapter("webgpu");
    assertEquals(told["error"], "UserError");
    const message = String(told["message"]);
    assertStringIncludes(message, "--backend webgpu: no WebGPU adapter");
    assertStringIncludes(message, "mesa-vulkan-drivers");
    assert(!message.includes("\n"));
  },
);
