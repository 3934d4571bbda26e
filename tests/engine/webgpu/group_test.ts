import { assert, assertEquals, assertThrows } from "@std/assert";
import type { EngineState, StepTerms } from "../../../src/engine/engine.ts";
import { WebGpuEngine } from "../../../src/engine/webgpu/webgpu_engine.ts";
import type { WebGpuDevice } from "../../../src/engine/webgpu_device.ts";
import { initialParameters } from "../../../src/model/parameters.ts";
import { Vae } from "../../../src/model/vae.ts";
import { testOnWebGpu } from "../backends.ts";
import { batchOf, type Training, trainingOf } from "../training.ts";
import { ALL_TRAININGS } from "../wasm/trainings.ts";
import { groupOf, openDevice, webGpuEngineOf } from "./trainings.ts";

interface Result {
  readonly terms: readonly StepTerms[];
  readonly state: EngineState;
}

/** Trains like the loop does: the event loop turns after every step. */
async function train(
  engine: WebGpuEngine,
  training: Training,
  evaluates: boolean,
): Promise<Result> {
  const terms: StepTerms[] = [];
  for (let step = engine.stepsDone + 1; step <= training.steps; step++) {
    engine.step(batchOf(training, step), training.settings);
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (step % 3 === 0) terms.push(...await engine.readTerms());
    if (step % 4 === 0 && evaluates) {
      await engine.evaluate([batchOf(training, 100)]);
    }
  }
  terms.push(...await engine.readTerms());
  return { terms, state: await engine.save() };
}

async function alone(
  training: Training,
  device: WebGpuDevice,
): Promise<Result> {
  using engine = await webGpuEngineOf(training, device);
  using _vae = engine.vae;
  return await train(engine, training, false);
}

/** The same training with each latent dimension, of so many steps. */
function withLatents(training: Training, steps: readonly number[]): Training[] {
  return [3, 1, 6, 5].slice(0, steps.length).map((latentDim, i) => ({
    ...training,
    spec: { ...training.spec, latentDim },
    settings: { ...training.settings, learningRate: 0.01 / (i + 1) },
    steps: steps[i]!,
  }));
}

testOnWebGpu(
  "runs of a group have the bytes that they have alone",
  async () => {
    const device = await openDevice();
    for (
      const name of [
        "bernoulli, tanh, Adam",
        "bernoulli, isotropic, sampled KL, relu, Adagrad",
        "iwae, dreg, tempered, isotropic",
        "gaussian of optimal variance, sigmoid",
        "wake-sleep, isotropic, optimal variance, Adagrad",
      ]
    ) {
      const runs = withLatents(ALL_TRAININGS[name]!, [9, 5, 9, 7]);
      const expected: Result[] = [];
      for (const run of runs) expected.push(await alone(run, device));
      const specs = runs.map(({ spec }) => spec);
      const slots = groupOf(runs[0]!, specs, device).slots();
      const results = await Promise.all(runs.map(async (run, i) => {
        using vae = new Vae(run.spec, initialParameters(run.spec, 0));
        using engine = await WebGpuEngine.create(vae, slots[i]!);
        return await train(engine, run, i === 1);
      }));
      assertEquals(results, expected, name);
    }
  },
);

testOnWebGpu(
  "a group goes on without the runs that leave, fail or never join",
  async () => {
    const device = await openDevice();
    const [first, second, third] = withLatents(trainingOf(), [8, 8, 8]) as [
      Training,
      Training,
      Training,
    ];
    const expected = await alone(first, device);
    const slots = groupOf(
      first,
      [first.spec, second.spec, third.spec],
      device,
    ).slots();
    const failing = async () => {
      using vae = new Vae(second.spec, initialParameters(second.spec, 0));
      using engine = await WebGpuEngine.create(vae, slots[1]!);
      await train(engine, { ...second, steps: 3 }, false);
      engine.step(batchOf(second, 4), second.settings);
      throw new Error("diverged");
    };
    const going = async () => {
      using vae = new Vae(first.spec, initialParameters(first.spec, 0));
      using engine = await WebGpuEngine.create(vae, slots[0]!);
      return await train(engine, first, false);
    };
    // Nothing is done before it is known who takes part.
    let isDecided = false;
    const deciding = async () => {
      using _slot = slots[2]!;
      await new Promise((resolve) => setTimeout(resolve, 50));
      isDecided = true;
    };
    const [failed, gone] = await Promise.allSettled([
      failing(),
      going().then((result) => {
        assert(isDecided);
        return result;
      }),
      deciding(),
    ]);
    assertEquals(failed!.status, "rejected");
    assert(gone!.status === "fulfilled");
    assertEquals(gone.value, expected);
  },
);

testOnWebGpu("runs that diverge change no bit of the one between", async () => {
  const device = await openDevice();
  for (const objective of [{ name: "elbo" }, { name: "wake-sleep" }] as const) {
    // Rows that are no multiple of four: kernels read beyond their ends.
    const training = trainingOf({
      ...{ objective, size: 5, steps: 6 },
      spec: { dataDim: 7, latentDim: 6, hidden: [5] },
    });
    const expected = await alone(training, device);
    const { spec } = training;
    const slots = groupOf(training, [spec, spec, spec], device).slots();
    const results = await Promise.all(slots.map(async (slot, i) => {
      using vae = new Vae(spec, initialParameters(spec, 0));
      using engine = await WebGpuEngine.create(vae, slot);
      const settings = { ...training.settings, learningRate: NaN };
      return await train(
        engine,
        i === 1 ? training : { ...training, settings },
        false,
      );
    }));
    assertEquals(results[1], expected);
    for (const { terms } of [results[0]!, results[2]!]) {
      assert(Number.isNaN(terms.at(-1)!.objective));
    }
  }
});

testOnWebGpu("a run goes on from its state in a group", async () => {
  const device = await openDevice();
  const [first, second] = withLatents(trainingOf(), [8, 8]) as [
    Training,
    Training,
  ];
  const expected = await alone(first, device);
  const { state } = await alone({ ...first, steps: 3 }, device);
  const slots = groupOf(first, [second.spec, first.spec], device).slots();
  const [, rest] = await Promise.all([
    (async () => {
      using vae = new Vae(second.spec, initialParameters(second.spec, 0));
      using engine = await WebGpuEngine.create(vae, slots[0]!);
      return await train(engine, second, false);
    })(),
    (async () => {
      using vae = new Vae(first.spec, initialParameters(first.spec, 0));
      using engine = await WebGpuEngine.create(vae, slots[1]!);
      engine.restore(state);
      return await train(engine, first, false);
    })(),
  ]);
  assertEquals(rest.terms, expected.terms.slice(3));
  assertEquals(rest.state, expected.state);
});

testOnWebGpu("runs of a group with different data are refused", async () => {
  const training = trainingOf();
  const { spec } = training;
  const group = groupOf(training, [spec, spec], await openDevice());
  const engines = await Promise.all(
    group.slots().map((slot) =>
      WebGpuEngine.create(new Vae(spec, initialParameters(spec, 0)), slot)
    ),
  );
  const batch = () => ({
    ...batchOf(training, 1),
    source: {
      values: new Uint8Array(120),
      rows: Uint32Array.from({ length: 10 }, (_, i) => i),
      pixels: null,
      noise: { key: [1, 0], counter: [0, 0, 0] },
    } as const,
  });
  const [first, second] = engines as [WebGpuEngine, WebGpuEngine];
  first.step(batch(), training.settings);
  assertThrows(
    () => second.step(batch(), training.settings),
    RangeError,
    "share their data",
  );
  for (const engine of engines) {
    engine[Symbol.dispose]();
    engine.vae.dispose();
  }
});
