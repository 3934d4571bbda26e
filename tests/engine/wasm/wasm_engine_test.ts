import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import { UserError } from "../../../src/errors.ts";
import { WasmModule } from "../../../src/engine/wasm/module.ts";
import type { WasmEngine } from "../../../src/engine/wasm/wasm_engine.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
} from "../../../src/results/safetensors.ts";
import type { ParameterValues } from "../../../src/model/parameters.ts";
import { largeParameters } from "../../model/oracle.ts";
import {
  batchOf,
  BY_OBJECTIVE,
  engineOf,
  settings,
  type Training,
  trainingOf,
} from "../training.ts";
import {
  ALL_TRAININGS,
  allThreadsOf,
  assertTerms,
  isSupported,
  mcem,
  randomTraining,
  wasmEngineOf,
} from "./trainings.ts";

const backend = await openBackend("cpu");

/** Steps of the i-th random training: every fifth is a long one. */
const stepsOf = (i: number) => i % 5 === 0 ? 50 : 12;

const TRAININGS: Record<string, Training> = {
  ...ALL_TRAININGS,
  ...Object.fromEntries(
    Object.entries(BY_OBJECTIVE).filter(([, own]) => isSupported(own)),
  ),
  ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => {
    const training = { ...randomTraining(i), steps: stepsOf(i) };
    return [`${i}: ${JSON.stringify(training)}`, training];
  })),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => {
    const training = {
      ...randomTraining(200 + i),
      objective: mcem(1 + i % 3, 1 + i % 4, 1 + i % 2),
      settings: settings(1e-3),
      steps: stepsOf(i),
    };
    return [`mcem ${i}: ${JSON.stringify(training)}`, training];
  })),
  ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => {
    const training = {
      ...randomTraining(100 + i),
      objective: { name: "wake-sleep" as const },
      settings: settings(1e-3),
      steps: stepsOf(i),
    };
    return [`wake-sleep ${i}: ${JSON.stringify(training)}`, training];
  })),
};

/** Large, but where pixels are dreamt: those of wide decoders overflow. */
function parametersOf({ spec, objective }: Training): ParameterValues[] {
  const scale = objective.name === "wake-sleep" ? 0.3 : 1;
  return largeParameters(spec, 4).map(({ values, ...parameter }) => ({
    ...parameter,
    values: values.map((value) => scale * value),
  }));
}

/** The engine's gradients are those of a step's last update, and clipped. */
function withOneUpdate(
  { clipGradient: _, ...training }: Training,
): Training {
  const { objective } = training;
  return objective.name === "mcem"
    ? { ...training, objective: { ...objective, updates: 1 } }
    : training;
}

Deno.test("WasmEngine.gradients() are the reference's", async () => {
  for (const [label, all] of Object.entries(TRAININGS)) {
    const training = withOneUpdate(all);
    const initial = parametersOf(training);
    using reference = engineOf(training, backend, initial);
    using _reference = reference.vae;
    using engine = await wasmEngineOf(training, 1, initial);
    using _vae = engine.vae;
    const { terms, gradients } = reference
      .gradients(batchOf(training, 1), training.settings);
    engine.step(batchOf(training, 1), training.settings);
    const actual = engine.gradients();
    assertEquals(actual.map(({ name }) => name), Object.keys(gradients));
    for (const { name, values } of actual) {
      const expected = await gradients[name]!.data();
      const norm = Math.hypot(...expected);
      const distance = Math.hypot(...expected.map((g, i) => g - values[i]!));
      assert(distance <= 1e-4 * norm, `${label}: ${name} ${distance} ${norm}`);
    }
    tf.dispose([terms, gradients]);
  }
});

Deno.test("WasmEngine.step() gives the reference's terms", async () => {
  for (const [label, training] of Object.entries(TRAININGS)) {
    using reference = engineOf(training, backend);
    using _reference = reference.vae;
    using engine = await wasmEngineOf(training);
    using _vae = engine.vae;
    for (let step = 1; step <= training.steps; step++) {
      const batch = batchOf(training, step);
      reference.step(batch, training.settings);
      engine.step(batch, training.settings);
    }
    const expected = await reference.readTerms();
    const actual = await engine.readTerms();
    assertEquals(actual.length, training.steps);
    actual.forEach((terms, i) =>
      assertTerms(terms, expected[i]!, `${label}, step ${i + 1}`)
    );
  }
});

Deno.test("WasmEngine.step() goes down the gradient with W times the parameter", async () => {
  const [rate, weightDecay] = [0.1, 0.5];
  const training = trainingOf({
    optimizer: { name: "sgd" },
    settings: settings(rate),
  });
  const initial = largeParameters(training.spec, 4);
  const [plain, decayed] = await Promise.all([0, weightDecay].map(async (w) => {
    const changed = { ...training, weightDecay: w };
    using engine = await wasmEngineOf(changed, 1, initial);
    using _vae = engine.vae;
    engine.step(batchOf(training, 1), training.settings);
    return (await engine.save()).arrays;
  }));
  initial.forEach(({ name, values }, i) =>
    values.forEach((before, j) =>
      assertAlmostEquals(
        decayed![i]!.values[j]!,
        plain![i]!.values[j]! - rate * weightDecay * before,
        1e-6 * (1 + Math.abs(before)),
        `${name} ${j}`,
      )
    )
  );
});

Deno.test("WasmEngine.evaluate() gives the reference's sums", async () => {
  for (const [label, training] of Object.entries(ALL_TRAININGS)) {
    const initial = largeParameters(training.spec, 4);
    using reference = engineOf(training, backend, initial);
    using _reference = reference.vae;
    using engine = await wasmEngineOf(training, 1, initial);
    using _vae = engine.vae;
    const batches = [10, 4, 1].map((size, i) =>
      batchOf({ ...training, size }, i + 1)
    );
    const [a, b] = [
      await engine.evaluate(batches),
      await reference.evaluate(batches),
    ];
    const flat = ({ reconstruction, kl, more }: typeof a) => [
      reconstruction,
      ...kl,
      ...Object.values(more),
    ];
    const expected = flat(b);
    flat(a).forEach((value, i) => {
      const scale = Math.max(Math.abs(expected[i]!), 1);
      assertLess(Math.abs(value - expected[i]!), 1e-5 * scale, label);
    });
    assertEquals(Object.keys(a.more), Object.keys(b.more));
  }
});

Deno.test("WasmEngine.evaluate() cuts large batches and changes no training", async () => {
  const training = trainingOf({ samples: 3 });
  const many = { ...training, samples: 700, size: 13 };
  using reference = engineOf(training, backend);
  using _reference = reference.vae;
  using engine = await wasmEngineOf(training);
  using _vae = engine.vae;
  using other = await wasmEngineOf(training);
  using _other = other.vae;
  for (let step = 1; step <= 5; step++) {
    engine.step(batchOf(training, step), training.settings);
    await engine.evaluate([batchOf({ ...training, size: 100 }, 7)]);
    other.step(batchOf(training, step), training.settings);
    reference.step(batchOf(training, step), training.settings);
  }
  assertEquals(await engine.save(), await other.save());
  const [a, b] = [
    await engine.evaluate([batchOf(many, 1)]),
    await reference.evaluate([batchOf(many, 1)]),
  ];
  assertLess(Math.abs(a.reconstruction / b.reconstruction - 1), 1e-5);
  a.kl.forEach((kl, j) => assertLess(Math.abs(kl / b.kl[j]! - 1), 1e-4));
});

/** Terms and state after some steps. */
async function trained(engine: WasmEngine, training: Training) {
  for (let step = engine.stepsDone + 1; step <= training.steps; step++) {
    engine.step(batchOf(training, step), training.settings);
  }
  return { terms: await engine.readTerms(), state: await engine.save() };
}

Deno.test("WasmEngine.step() has the same bits on 1, 2 and 4 threads", async () => {
  // More tasks than threads in most commands.
  const large = {
    dataDim: 150,
    latentDim: 11,
    hidden: [130, 70],
  };
  const trainings = [
    trainingOf({ spec: large, size: 70, samples: 2, steps: 12 }),
    ...Object.values(ALL_TRAININGS),
  ];
  for (const training of trainings) {
    const results = [];
    for (const threads of [1, 2, 4]) {
      using engine = await wasmEngineOf(training, threads);
      using _vae = engine.vae;
      await allThreadsOf(engine, threads);
      results.push(await trained(engine, training));
    }
    assertEquals(results[1], results[0]);
    assertEquals(results[2], results[0]);
  }
});

Deno.test("WasmEngine.restore() goes on to the bit", async () => {
  for (const [label, training] of Object.entries(ALL_TRAININGS)) {
    using whole = await wasmEngineOf(training);
    using _whole = whole.vae;
    const expected = await trained(whole, training);
    using first = await wasmEngineOf(training);
    using _first = first.vae;
    const middle = Math.floor(training.steps / 2);
    const half = await trained(first, { ...training, steps: middle });
    const { arrays } = await decodeSafetensors(
      await encodeSafetensors({ arrays: half.state.arrays, metadata: {} }),
    );
    using second = await wasmEngineOf(training);
    using vae = second.vae;
    second.restore({ step: middle, arrays });
    assertEquals(second.stepsDone, middle);
    const rest = await trained(second, training);
    assertEquals([...half.terms, ...rest.terms], expected.terms, label);
    assertEquals(rest.state, expected.state, label);
    // The model on the tfjs backend is that of the state.
    assertEquals(
      await vae.values(),
      rest.state.arrays.filter(({ name }) =>
        !/^(optimizer|objective)\//.test(name)
      ),
    );
  }
});

Deno.test("a state of the reference goes on in the wasm engine", async () => {
  for (const [label, training] of Object.entries(ALL_TRAININGS)) {
    using reference = engineOf(training, backend);
    using _reference = reference.vae;
    for (let step = 1; step <= 5; step++) {
      reference.step(batchOf(training, step), training.settings);
    }
    await reference.readTerms();
    using engine = await wasmEngineOf(training);
    using _vae = engine.vae;
    engine.restore(await reference.save());
    for (let step = 6; step <= 10; step++) {
      reference.step(batchOf(training, step), training.settings);
      engine.step(batchOf(training, step), training.settings);
    }
    const expected = await reference.readTerms();
    (await engine.readTerms()).forEach((terms, i) =>
      assertTerms(terms, expected[i]!, label)
    );
  }
});

Deno.test("WasmEngine.restore() refuses the state of another model", async () => {
  using engine = await wasmEngineOf(trainingOf());
  using _vae = engine.vae;
  for (
    const other of [
      trainingOf({ spec: { latentDim: 4 } }),
      trainingOf({ spec: { hidden: [8, 8] } }),
      trainingOf({ optimizer: { name: "sgd" } }),
    ]
  ) {
    using stranger = await wasmEngineOf(other);
    using _ = stranger.vae;
    const state = await stranger.save();
    assertThrows(() => engine.restore(state), RangeError, "instead of");
  }
});

Deno.test("WasmEngine.readTerms() gives each step once, in order", async () => {
  const training = trainingOf({ steps: 6 });
  using whole = await wasmEngineOf(training);
  using _whole = whole.vae;
  const { terms } = await trained(whole, training);
  using engine = await wasmEngineOf(training);
  using _vae = engine.vae;
  assertEquals(await engine.readTerms(), []);
  for (const block of [[1], [2, 3, 4], [5, 6]]) {
    for (const step of block) {
      engine.step(batchOf(training, step), training.settings);
    }
    assertEquals(engine.pending, block.length);
    const expected = block.map((step) => terms[step - 1]!);
    assertEquals(await engine.readTerms(), expected);
    assertEquals(engine.pending, 0);
  }
});

Deno.test("WasmEngine.create() says what it lacks", async () => {
  const image = { height: 6, width: 4 };
  for (
    const [training, lacks] of [
      [
        trainingOf({ spec: { dataDim: 24, image, hidden: [{ channels: 2 }] } }),
        "convolutions",
      ],
      [trainingOf({ spec: { posterior: "full" } }), "full covariances"],
    ] as const
  ) {
    await assertRejects(() => wasmEngineOf(training), UserError, lacks);
  }
});

Deno.test("WasmEngine.create() ends its workers where there is no memory", async () => {
  const [module, worker] = [WasmModule.prototype, Worker.prototype];
  const { reserve } = module;
  const { terminate } = worker;
  let ended = 0;
  module.reserve = () => {
    throw new UserError("no memory");
  };
  worker.terminate = function () {
    ended += 1;
    terminate.call(this);
  };
  try {
    const training = trainingOf({});
    await assertRejects(() => wasmEngineOf(training, 3), UserError, "memory");
    assertEquals(ended, 2);
  } finally {
    module.reserve = reserve;
    worker.terminate = terminate;
  }
});
