import { assertEquals, assertRejects } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { describeEngine, openEngine } from "../../src/engine/open_engine.ts";
import type { Trainable } from "../../src/engine/supported.ts";
import type { AdapterDescription } from "../../src/engine/webgpu_device.ts";
import { UserError } from "../../src/errors.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { Vae } from "../../src/model/vae.ts";
import { MCEM, OBJECTIVE_TABLE } from "../../src/objective/spec.ts";
import { batchOf, trainingOf } from "./training.ts";

const PLANNED: Trainable = {
  hidden: [8],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  objective: { name: "elbo" },
  optimizer: { name: "sgd" },
};

const ADAPTER: AdapterDescription = {
  description: "a GPU",
  vendor: "",
  architecture: "",
  device: "",
  api: "vulkan",
  software: false,
};

Deno.test("describeEngine() takes webgpu on a GPU, wasm on the CPU, where they can train the run", async () => {
  const backend = await openBackend("cpu");
  const chosen = (
    changes: Partial<Trainable>,
    name: "cpu" | "webgpu" = "cpu",
    asked: "auto" | "cpu" = "auto",
  ) =>
    describeEngine("auto", { ...PLANNED, ...changes }, {
      asked,
      backend: { ...backend, name, adapter: name === "cpu" ? null : ADAPTER },
    }).name;
  assertEquals(chosen({}), "wasm");
  assertEquals(chosen({}, "webgpu"), "webgpu");
  assertEquals(chosen({ posterior: "full" }, "webgpu"), "reference");
  assertEquals(chosen({}, "cpu", "cpu"), "reference");
  assertEquals(chosen({ objective: MCEM }), "wasm");
  assertEquals(chosen({ objective: { name: "wake-sleep" } }), "wasm");
  assertEquals(chosen({ hidden: [{ channels: 4 }, 8] }), "reference");
  assertEquals(chosen({ posterior: "full" }), "reference");
  const upper = { latentDim: 2, hidden: [] };
  assertEquals(chosen({ upper }), "reference");
  assertEquals(chosen({ upper: null }), "wasm");
  const byFamily = (family: "continuous-bernoulli" | "discretised-logistic") =>
    chosen({ likelihood: { family } });
  assertEquals(byFamily("continuous-bernoulli"), "wasm");
  assertEquals(byFamily("discretised-logistic"), "reference");
});

Deno.test("describeEngine() takes the reference for columns that kernels do not log", async () => {
  const by = { asked: "auto", backend: await openBackend("cpu") } as const;
  const { elbo, iwae } = OBJECTIVE_TABLE;
  const table: Record<string, object> = OBJECTIVE_TABLE;
  const engineOf = (row: object) => {
    table["made-up"] = row;
    const objective = { name: "made-up" as "elbo" };
    return describeEngine("auto", { ...PLANNED, objective }, by).name;
  };
  try {
    assertEquals(engineOf({ ...elbo, klFactor: 0.5 }), "wasm");
    assertEquals(engineOf({ ...elbo, trainingColumns: ["a"] }), "reference");
    assertEquals(engineOf({ ...iwae }), "wasm");
    assertEquals(engineOf({ ...iwae, evaluationColumns: [] }), "reference");
  } finally {
    delete table["made-up"];
  }
});

Deno.test("describeEngine() takes what is asked for, and says whose bits it gives", async () => {
  const by = { asked: "auto", backend: await openBackend("cpu") } as const;
  assertEquals(describeEngine("reference", PLANNED, by), {
    name: "reference",
    bits: "backend",
  });
  const asked = { ...by, asked: "cpu" } as const;
  assertEquals(describeEngine("wasm", { ...PLANNED, objective: MCEM }, asked), {
    name: "wasm",
    bits: "portable",
  });
});

Deno.test("openEngine() opens engines that train, and refuses what wasm cannot", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf();
  const open = (name: "reference" | "wasm", vae: Vae) =>
    openEngine({ name, bits: "portable" }, vae, {
      ...training,
      batchSize: training.size,
      backend,
      threads: 1,
    });
  for (const name of ["reference", "wasm"] as const) {
    using vae = new Vae(training.spec, initialParameters(training.spec, 0));
    using engine = await open(name, vae);
    engine.step(batchOf(training, 1), training.settings);
    assertEquals((await engine.readTerms()).length, 1);
  }
  const { spec } = trainingOf({ spec: { posterior: "full" } });
  using vae = new Vae(spec, initialParameters(spec, 0));
  await assertRejects(
    () => open("wasm", vae),
    UserError,
    "--engine reference",
  );
});
