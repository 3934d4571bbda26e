/**
 * A part that is added to the project, but not to an engine, is refused: no
 * engine trains it as another one.
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { BINARISATION_TABLE } from "../../src/data/binarise.ts";
import { DATASET_TABLE, loadDataset } from "../../src/data/load.ts";
import { type Backend, openBackend } from "../../src/engine/backend.ts";
import type { Arguments, LATENTS } from "../../src/engine/fields.ts";
import {
  describeEngine,
  type EngineDescription,
  openEngine,
} from "../../src/engine/open_engine.ts";
import { unsupported } from "../../src/engine/supported.ts";
import { command, type CommandName } from "../../src/engine/wasm/commands.ts";
import { FREE } from "../../src/engine/wasm/layout.ts";
import { SUPPORTED as BY_WASM } from "../../src/engine/wasm/supported.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { checkCapacity } from "../../src/engine/webgpu/capacity.ts";
import { kernelWith } from "../../src/engine/webgpu/kernels/kernel.ts";
import {
  INFER,
  KL,
  LOG_POSTERIOR,
  POSTERIOR_GRADIENT,
} from "../../src/engine/webgpu/kernels/latents.ts";
import { productKernel } from "../../src/engine/webgpu/kernels/product.ts";
import { rowWeightsKernel } from "../../src/engine/webgpu/kernels/row_weights.ts";
import { updateCode } from "../../src/engine/webgpu/kernels/update.ts";
import { weighedPosteriorKernel } from "../../src/engine/webgpu/kernels/weighed_posterior.ts";
import { SUPPORTED as BY_WEBGPU } from "../../src/engine/webgpu/supported.ts";
import { formatTile } from "../../src/engine/webgpu/tiles.ts";
import type { WebGpuDevice } from "../../src/engine/webgpu_device.ts";
import { UserError } from "../../src/errors.ts";
import { ACTIVATION_TABLE } from "../../src/model/activations.ts";
import {
  INITIALISATION_TABLE,
  OUTPUT_BIAS_TABLE,
} from "../../src/model/initialisations.ts";
import { FAMILY_TABLE } from "../../src/model/likelihood/families.ts";
import {
  DECODER_MEAN_TABLE,
  DECODER_VARIANCE_TABLE,
} from "../../src/model/likelihood/gaussian.ts";
import { OPTIMIZER_TABLE } from "../../src/model/optimizers.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { output, square } from "../../src/model/pixelwise/expression.ts";
import { POSTERIOR_TABLE } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { GRADIENT_TABLE } from "../../src/objective/gradients.ts";
import { OBJECTIVE_TABLE } from "../../src/objective/spec.ts";
import { configOf as configOfRun } from "../../src/sweep/finished_run.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { train } from "../../src/train/loop.ts";
import { runJson } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";
import { testOnWebGpu } from "./backends.ts";
import { trainingOf } from "./training.ts";
import { openBench } from "./wasm/commands.ts";
import { SMALL_TILE } from "./webgpu/trainings.ts";

const NEW = "made-up";

/** A made-up member of each union: how messages call it, and its table. */
const MEMBERS = ([
  ["data set", DATASET_TABLE, { dataset: NEW }],
  ["binarisation", BINARISATION_TABLE, { binarize: NEW }],
  ["initialisation", INITIALISATION_TABLE, { initialisation: NEW }],
  ["output bias", OUTPUT_BIAS_TABLE, { outputBias: NEW }],
  ["activation", ACTIVATION_TABLE, { activation: NEW }],
  ["posterior", POSTERIOR_TABLE, { posterior: NEW }],
  ["likelihood", FAMILY_TABLE, { likelihood: { family: NEW } }],
  ["decoder variance", DECODER_VARIANCE_TABLE, {
    likelihood: { family: "gaussian", variance: NEW, mean: "linear" },
  }],
  ["decoder mean", DECODER_MEAN_TABLE, {
    likelihood: { family: "gaussian", variance: 1, mean: NEW },
  }],
  ["objective", OBJECTIVE_TABLE, { objective: { name: NEW } }],
  ["gradient", GRADIENT_TABLE, {
    objective: { name: "elbo-sampled", gradient: NEW },
  }],
  ["gradient", GRADIENT_TABLE, {
    objective: { name: "iwae", k: 2, gradient: NEW },
  }],
  ["optimiser", OPTIMIZER_TABLE, { optimizer: { name: NEW } }],
] as const).map(([kind, table, change]) => ({
  refused: `there is no ${kind} ${NEW}; use one of ${
    Object.keys(table).join(", ")
  }`,
  change: change as unknown as Partial<RunConfig>,
}));

/** Data, model, engine and training of a config, as in README.md. */
async function trained(
  config: RunConfig,
  engine: EngineDescription,
  backend: Backend,
): Promise<void> {
  const data = await loadDataset(config);
  using vae = createVae(config, data);
  using own = await openEngine(engine, vae, { ...config, backend, threads: 1 });
  for await (const _ of train(own, new Batches(data, config), config));
}

const SMALL = configOf({ trainSize: 20, testSize: 10, steps: 1 });

Deno.test("a made-up member of a union is not trained by the reference", async () => {
  const backend = await openBackend("cpu");
  const reference = { name: "reference", bits: "backend" } as const;
  await trained(SMALL, reference, backend);
  for (const { refused, change } of MEMBERS) {
    const run = () => trained({ ...SMALL, ...change }, reference, backend);
    const { message } = await assertRejects(run, UserError);
    assertEquals(message, refused);
  }
});

/** The kernels' engines lack it, or what stands before them refuses it. */
async function assertRefused(engine: EngineDescription, backend: Backend) {
  await trained(SMALL, engine, backend);
  for (const { refused, change } of MEMBERS) {
    const run = () => trained({ ...SMALL, ...change }, engine, backend);
    const { message } = await assertRejects(run, UserError);
    const lacks = `the ${engine.name} engine has no `;
    assert(message === refused || message.startsWith(lacks), message);
    assertStringIncludes(message, NEW);
  }
}

Deno.test("nor by the wasm engine", async () => {
  const wasm = { name: "wasm", bits: "portable" } as const;
  await assertRefused(wasm, await openBackend("cpu"));
});

testOnWebGpu("nor by the webgpu engine", async (backend) => {
  const tiles = formatTile(SMALL_TILE);
  await assertRefused({ name: "webgpu", bits: "backend", tiles }, backend);
});

Deno.test("a run.json with a made-up member is refused by its reader", () => {
  for (const { change } of MEMBERS) {
    const config = { ...SMALL, ...change };
    assertThrows(
      () => configOfRun("results/a/b", runJson({ config })),
      UserError,
      `results/a/b/run.json: config.${Object.keys(change)[0]}`,
    );
  }
});

/** A row that is added to a table of the project for a while. */
function added(table: object, row: object): Disposable {
  const rows = table as Record<string, unknown>;
  rows[NEW] = row;
  return { [Symbol.dispose]: () => delete rows[NEW] };
}

const GAUSSIAN_OF_1 = { family: "gaussian", variance: 1, mean: "linear" };

/** Parts that the project has, and no engine with kernels. */
const PARTS: readonly [
  part: string,
  table: object,
  row: object,
  change: object,
][] = [
  [`objective ${NEW}`, OBJECTIVE_TABLE, {
    ...OBJECTIVE_TABLE.elbo,
    kl: NEW,
  }, { objective: { name: NEW } }],
  [`gradient ${NEW}`, GRADIENT_TABLE, GRADIENT_TABLE.stl, {
    objective: { name: "iwae", k: 2, gradient: NEW },
  }],
  [`optimizer ${NEW}`, OPTIMIZER_TABLE, OPTIMIZER_TABLE.sgd, {
    optimizer: { name: NEW },
  }],
  [`activation ${NEW}`, ACTIVATION_TABLE, ACTIVATION_TABLE.tanh, {
    activation: NEW,
  }],
  [`${NEW} covariances`, POSTERIOR_TABLE, POSTERIOR_TABLE.diagonal, {
    posterior: NEW,
  }],
  [`${NEW} decoders`, FAMILY_TABLE, {
    ...FAMILY_TABLE.bernoulli,
    pixelwise: () => ({ mean: output, draw: output, logProb: output }),
  }, { likelihood: { family: NEW } }],
  [`gaussian 1 ${NEW} decoders`, DECODER_MEAN_TABLE, {
    location: square,
  }, { likelihood: { ...GAUSSIAN_OF_1, mean: NEW } }],
  [`${NEW} parameters of gaussian decoders`, DECODER_VARIANCE_TABLE, {
    ...DECODER_VARIANCE_TABLE.optimal,
    shared: { mode: NEW },
  }, { likelihood: { ...GAUSSIAN_OF_1, variance: NEW } }],
];

/** A device without limits. */
const DEVICE = { device: { limits: {} } } as WebGpuDevice;

Deno.test("engines with kernels refuse rows that they have no kernels for", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf();
  const { spec } = training;
  using vae = new Vae(spec, initialParameters(spec, 0));
  for (const [part, table, row, change] of PARTS) {
    using _row = added(table, row);
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
    ...{ capacity: 1, bStride: 32, stride: 32, rows: 1, columns: 8 },
    ...{ counts: FREE + 512, entries: FREE, b: FREE, c: FREE, bias: FREE },
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
  run("log-likelihood", { ...outputs, likelihood: 0 });
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
      () => run("log-likelihood", { ...outputs, likelihood: unknown }),
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
      () => updateCode({ name: NEW as "sgd" }, 0),
    ]
  ) assertThrows(refused, Error, `no kernel for ${NEW}`);
  const update = updateCode({ name: "sgd" }, 0);
  for (
    const kernel of [
      ...[INFER, KL, LOG_POSTERIOR, POSTERIOR_GRADIENT],
      ...[rowWeightsKernel(update), weighedPosteriorKernel(update)],
    ]
  ) {
    const names = Object.keys(kernel.branches!);
    const known = Object.fromEntries(names.map((name) => [name, 0]));
    assertEquals(kernelWith(kernel, known).constants, known);
    for (const name of names) {
      const refused = `${kernel.label} has no branch: ${name} 99`;
      const unknown = { ...known, [name]: 99 };
      assertThrows(() => kernelWith(kernel, unknown), Error, refused);
    }
  }
});
