/**
 * A part that is added to the project, but not to an engine, is refused: no
 * engine trains it as another one.
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { type Arguments, LATENTS } from "../../src/engine/fields.ts";
import { describeEngine } from "../../src/engine/open_engine.ts";
import { type Trainable, unsupported } from "../../src/engine/supported.ts";
import { command, type CommandName } from "../../src/engine/wasm/commands.ts";
import { FREE } from "../../src/engine/wasm/layout.ts";
import { SUPPORTED as BY_WASM } from "../../src/engine/wasm/supported.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { checkCapacity } from "../../src/engine/webgpu/capacity.ts";
import { productKernel } from "../../src/engine/webgpu/kernels/product.ts";
import { updateKernel } from "../../src/engine/webgpu/kernels/update.ts";
import { SUPPORTED as BY_WEBGPU } from "../../src/engine/webgpu/supported.ts";
import type { WebGpuDevice } from "../../src/engine/webgpu_device.ts";
import { UserError } from "../../src/errors.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { Vae } from "../../src/model/vae.ts";
import { OBJECTIVE_TABLE } from "../../src/objective/spec.ts";
import { trainingOf } from "./training.ts";
import { openBench } from "./wasm/commands.ts";
import { SMALL_TILE } from "./webgpu/trainings.ts";

const NEW = "made-up";

/** A training with one new part each, and how messages call the part. */
const PARTS = {
  "objective made-up": { objective: { name: NEW } },
  "gradient made-up": { objective: { name: "iwae", k: 2, gradient: NEW } },
  "optimizer made-up": { optimizer: { name: NEW } },
  "activation made-up": { activation: NEW },
  "made-up covariances": { posterior: NEW },
  "made-up decoders": { likelihood: { family: NEW } },
} as unknown as Record<string, Partial<Trainable>>;

/** A device without limits. */
const DEVICE = { device: { limits: {} } } as WebGpuDevice;

/** Runs with one more objective, of a kind that no engine knows. */
async function withObjective(run: () => Promise<void>): Promise<void> {
  const traits = OBJECTIVE_TABLE as Record<string, unknown>;
  traits[NEW] = { ...OBJECTIVE_TABLE.elbo, kl: NEW };
  try {
    await run();
  } finally {
    delete traits[NEW];
  }
}

Deno.test("engines refuse parts that they do not have, in one line", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf();
  const { spec } = training;
  using vae = new Vae(spec, initialParameters(spec, 0));
  await withObjective(async () => {
    for (const [part, change] of Object.entries(PARTS)) {
      const own = { ...spec, ...training, batchSize: 2, ...change };
      assertEquals(unsupported(BY_WASM, own), part);
      assertEquals(unsupported(BY_WEBGPU, own), part);
      const asked = { asked: "auto", backend } as const;
      assertEquals(describeEngine("auto", own, asked).name, "reference");
      const refused = `engine has no ${part}; take --engine reference`;
      assertThrows(
        () => checkCapacity(DEVICE, own, own, SMALL_TILE),
        UserError,
        `the webgpu ${refused}`,
      );
      const changed = new Proxy(vae, {
        get: (target, key) =>
          key === "spec" ? own : Reflect.get(target, key, target),
      });
      await assertRejects(
        () => WasmEngine.create(changed, own, 1),
        UserError,
        `the wasm ${refused}`,
      );
    }
  });
});

Deno.test("the module stops at codes that it does not know", () => {
  const latents: Arguments<typeof LATENTS> = {
    ...{ objective: 0, posterior: 0, gradient: 0, size: 1, draws: 1, dims: 1 },
    ...{ stride: 32, logVarianceStride: 32, mask: 0 },
    ...{ mean: FREE, logVariance: FREE, noise: FREE, z: FREE, kl: FREE },
    ...{ ratios: FREE, logPosteriors: FREE, zGradient: FREE },
    ...{ meanGradient: FREE, logVarianceGradient: FREE, klWeights: FREE },
    ...{ rowWeights: FREE, dregFactors: FREE },
  };
  const outputs = {
    ...{ rows: 1, size: 1, columns: 1, stride: 32, x: FREE, output: FREE },
    ...{ output2: 0, parameter: 0, sums: FREE, factors: FREE, noise: FREE },
  };
  const terms = {
    ...{
      share: 0,
      constant: 0,
      objective: 0,
      sharedMode: 0,
      size: 1,
      draws: 1,
    },
    ...{ dims: 1, columns: 1, k: 1, klRows: 1, klStride: 32, kl: FREE },
    ...{ logProbs: FREE, squares: FREE, ratios: FREE, logPosteriors: FREE },
    ...{ rowWeights: FREE, factors: FREE, dregFactors: FREE, klMeans: FREE },
    ...{ klWeights: FREE, parameter: FREE, parameterGradient: FREE },
    log: FREE + 1024,
  };
  const sums = {
    ...{ capacity: 1, depth: 1, stride: 32, rows: 1, columns: 8 },
    ...{ counts: FREE + 512, entries: FREE, panels: FREE, c: FREE, bias: FREE },
  };
  const run = <Name extends CommandName>(
    name: Name,
    values: Parameters<typeof command<Name>>[1],
  ) => {
    using bench = openBench();
    bench.allocator.bytes(4096);
    new Uint32Array(bench.module.buffer).fill(0, FREE / 4, FREE / 4 + 1024);
    bench.run([[command(name, values)]]);
  };
  const unknown = 99;
  run("infer", latents);
  run("log-posterior", latents);
  run("posterior-gradient", latents);
  run("likelihood", { ...outputs, likelihood: 0 });
  run("dream", { ...outputs, likelihood: 0 });
  run("row-weights", terms);
  run("sum-terms", terms);
  run("sparse-product", { ...sums, finisher: 0 });
  for (
    const refused of [
      () => run("infer", { ...latents, objective: unknown }),
      () => run("infer", { ...latents, posterior: unknown }),
      () => run("log-posterior", { ...latents, posterior: unknown }),
      () => run("posterior-gradient", { ...latents, objective: unknown }),
      () => run("posterior-gradient", { ...latents, posterior: unknown }),
      () => run("posterior-gradient", { ...latents, gradient: unknown }),
      () => run("likelihood", { ...outputs, likelihood: unknown }),
      () => run("dream", { ...outputs, likelihood: unknown }),
      () => run("row-weights", { ...terms, objective: unknown }),
      () => run("row-weights", { ...terms, sharedMode: unknown }),
      () => run("sum-terms", { ...terms, objective: unknown }),
      () => run("sparse-product", { ...sums, finisher: unknown }),
    ]
  ) assertThrows(refused, WebAssembly.RuntimeError, "unreachable");
});

Deno.test("WGSL is not generated for parts that it does not have", () => {
  const product = { form: "affine", aligned: true, tile: SMALL_TILE } as const;
  const activation = NEW as "tanh";
  for (
    const refused of [
      () => productKernel({ ...product, activation }),
      () => updateKernel({ name: NEW as "sgd" }, 0),
    ]
  ) assertThrows(refused, Error, `no kernel for ${NEW}`);
});
