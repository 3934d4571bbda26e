import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
} from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import {
  evaluate,
  termsOf,
  train,
  type TrainRow,
} from "../../src/train/loop.ts";
import { TestClock } from "../clock.ts";
import { runOf, type Story, upTo } from "./story.ts";
import { configOf, toyData } from "./toys.ts";

Deno.test("train() tells every step in order, however often it evaluates", async () => {
  const stories = new Map<number, Story>();
  for (const evalEvery of [1, 3, 10, 1000]) {
    const story = await runOf(configOf({ steps: 10, evalEvery }));
    assertEquals(story.error, undefined);
    assertEquals(story.rows.map(({ step }) => step), upTo(10));
    assertEquals(
      story.rows.map(({ samplesSeen }) => samplesSeen),
      upTo(10).map((step) => 4 * step),
    );
    stories.set(evalEvery, story);
  }
  const stepsOf = (evalEvery: number) =>
    stories.get(evalEvery)!.evaluations.map(({ step, samplesSeen }) => {
      assertEquals(samplesSeen, 4 * step);
      return step;
    });
  assertEquals(stepsOf(1), upTo(10));
  assertEquals(stepsOf(3), [3, 6, 9, 10]);
  assertEquals(stepsOf(10), [10]);
  assertEquals(stepsOf(1000), [10]);
  // The numbers of a step do not depend on when they are read.
  const { rows, evaluations } = stories.get(1)!;
  for (const story of stories.values()) {
    assertEquals(story.rows, rows);
    for (const row of story.evaluations) {
      assertEquals(row, evaluations[row.step - 1]);
    }
  }
});

Deno.test("train() evaluates at the steps of a list, and after the last", async () => {
  const stepsOf = async (evalEvery: number[]) => {
    const story = await runOf(configOf({ steps: 10, evalEvery }));
    return story.evaluations.map(({ step }) => step);
  };
  assertEquals(await stepsOf([2, 3, 7]), [2, 3, 7, 10]);
  assertEquals(await stepsOf([1, 10, 11, 40]), [1, 10]);
});

Deno.test("train() tells the steps before the evaluation that follows them", async () => {
  const { reports } = await runOf(configOf({ steps: 7, evalEvery: 3 }));
  let last = 0;
  for (const report of reports) {
    if (report.kind === "steps") {
      assertEquals(report.rows[0]!.step, last + 1);
      last = report.rows.at(-1)!.step;
    } else if (report.kind === "evaluation") {
      assertEquals(report.row.step, last);
    } else {
      assertEquals(report.state.step, last);
    }
  }
});

Deno.test("train() reads about every quarter of a second, and seldom", async () => {
  for (const [pace, then] of [[2, 125], [10, 25], [400, 1]] as const) {
    using clock = new TestClock();
    const steps = pace === 400 ? 5 : 64 + then;
    const { reports, rows } = await runOf(
      configOf({ steps, evalEvery: steps, hidden: [] }),
      { onBatch: () => clock.now += pace },
    );
    assertEquals(rows.map(({ step }) => step), upTo(steps));
    const blocks = reports.flatMap((report) =>
      report.kind === "steps" ? [report.rows.length] : []
    );
    assertEquals(blocks[0], pace === 400 ? 3 : 16, `${pace} ms`);
    // The first reading is noticed some steps late.
    assertAlmostEquals(
      Math.max(...blocks.slice(1)),
      then,
      then / 5,
      `${pace} ms`,
    );
    assert(blocks.length <= 5, `${blocks}`);
  }
});

Deno.test("train() rows hold ELBO = reconstruction - KL and the rate", async () => {
  const { rows, evaluations } = await runOf(configOf({ learningRate: 0.02 }));
  for (const { elbo, reconstruction, kl, learningRate } of rows) {
    assertEquals(elbo, Math.fround(reconstruction - kl));
    assertEquals(learningRate, 0.02);
    assertGreater(kl, 0);
  }
  const scheduled = await runOf(configOf({
    steps: 3,
    learningRate: {
      shape: "stages",
      stages: [{ value: 0.5, steps: 1 }, { value: 0.25, steps: 2 }],
    },
  }));
  assertEquals(scheduled.rows.map(({ learningRate }) => learningRate), [
    ...[0.5, 0.25, 0.25],
  ]);
  for (const { elbo, reconstruction, kl, klPerDimension } of evaluations) {
    assertEquals(elbo, Math.fround(reconstruction - kl));
    assertEquals(klPerDimension.length, 2);
    assertAlmostEquals(klPerDimension[0]! + klPerDimension[1]!, kl, 1e-6);
  }
});

Deno.test("train() goes up the ELBO", async () => {
  const { rows, evaluations } = await runOf(
    configOf({ steps: 200, evalEvery: 200, batchSize: 10 }),
  );
  const meanOf = (part: TrainRow[]) =>
    part.reduce((sum, { elbo }) => sum + elbo / part.length, 0);
  assertGreater(meanOf(rows.slice(-20)), meanOf(rows.slice(0, 20)) + 0.5);
  // Fair coins would have 3 ln 2 = 2.08 nats of reconstruction alone.
  assertGreater(evaluations[0]!.elbo, -2.08);
});

Deno.test("train() tells the decoder variance where there is one", async () => {
  const varianceOf = async (likelihood: RunConfig["likelihood"]) =>
    (await runOf(configOf({ likelihood }))).evaluations.at(-1)!.spread;
  assertEquals(await varianceOf({ family: "bernoulli" }), null);
  assertEquals(
    await varianceOf({ family: "gaussian", variance: 0.25, mean: "linear" }),
    0.25,
  );
  for (const variance of ["learned", "optimal"] as const) {
    const found = await varianceOf({
      family: "gaussian",
      variance,
      mean: "linear",
    });
    assert(found !== null && found > 0 && found !== 1, variance);
  }
});

Deno.test("evaluate() averages over the test split", async () => {
  await openBackend("cpu");
  const config = configOf();
  using vae = createVae(config, toyData());
  using engine = new ReferenceEngine(vae, config);
  const batches = new Batches(toyData(), config);
  const sums = await engine.evaluate(batches.test());
  const row = await evaluate(engine, batches);
  assertAlmostEquals(row.reconstruction, sums.reconstruction / 7, 1e-6);
  assertAlmostEquals(row.kl, (sums.kl[0]! + sums.kl[1]!) / 7, 1e-6);
  assertEquals(row.klPerDimension, sums.kl.map((kl) => Math.fround(kl / 7)));
});

Deno.test("termsOf() rounds the ELBO to float32", () => {
  const terms = termsOf(-100.1, 3.3);
  assertEquals(terms.elbo, Math.fround(-100.1 - 3.3));
  assertEquals([terms.reconstruction, terms.kl], [-100.1, 3.3]);
});

Deno.test("train() lets timers run between steps", async () => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 1);
  const steps = 100_000;
  const { rows } = await runOf(
    configOf({ steps, evalEvery: steps, hidden: [] }),
    { signal: controller.signal },
  );
  clearTimeout(timer);
  assert(rows.length < steps, `${rows.length} steps`);
});

Deno.test("train() goes on while terms are on their way from the device", async () => {
  await openBackend("cpu");
  // On a slow machine the loop would wait for step 16 to stay prompt.
  using _clock = new TestClock();
  const config = configOf({ steps: 150, evalEvery: 1000, hidden: [] });
  using vae = createVae(config, toyData());
  const arrival = Promise.withResolvers<void>();
  using engine = new class extends ReferenceEngine {
    override step(...args: Parameters<ReferenceEngine["step"]>) {
      super.step(...args);
      if (this.stepsDone === 40) arrival.resolve();
    }
    override async readTerms() {
      const terms = await super.readTerms();
      // Those of step 16 arrive after step 40 has begun.
      await arrival.promise;
      return terms;
    }
  }(vae, config);
  const batches = new Batches(toyData(), config);
  const rows: TrainRow[] = [];
  for await (const report of train(engine, batches, config)) {
    if (report.kind === "steps") rows.push(...report.rows);
  }
  assertEquals(rows.map(({ step }) => step), upTo(150));
});

Deno.test("train() passes the engine's error on", async () => {
  await openBackend("cpu");
  const config = configOf();
  using vae = createVae(config, toyData());
  using engine = new ReferenceEngine(vae, config, () => {
    throw new Error("the device is gone");
  });
  await assertRejects(
    async () => {
      for await (
        const _ of train(engine, new Batches(toyData(), config), config)
      );
    },
    Error,
    "the device is gone",
  );
});
