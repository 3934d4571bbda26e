import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
} from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import type { EngineState } from "../../src/engine/engine.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import {
  DivergedError,
  evaluate,
  type EvaluationRow,
  type Report,
  termsOf,
  train,
  type TrainOptions,
  type TrainRow,
} from "../../src/train/loop.ts";
import { TestClock } from "../clock.ts";
import { configOf, toyData } from "./toys.ts";

/** What a run told, in order, and the error that ended it. */
interface Story {
  readonly reports: Report[];
  readonly rows: TrainRow[];
  readonly evaluations: EvaluationRow[];
  readonly error: unknown;
}

/** Trains on the toy data with the cpu backend. */
async function runOf(
  config: RunConfig,
  { onBatch, ...options }: TrainOptions & {
    onBatch?: (step: number) => void;
  } = {},
): Promise<Story> {
  await openBackend("cpu");
  using vae = createVae(config, toyData());
  using engine = new ReferenceEngine(vae, config);
  const batches = new class extends Batches {
    override training(step: number) {
      onBatch?.(step);
      return super.training(step);
    }
  }(toyData(), config);
  const reports: Report[] = [];
  let error: unknown;
  try {
    for await (const report of train(engine, batches, config, options)) {
      reports.push(report);
    }
  } catch (thrown) {
    error = thrown;
  }
  return {
    reports,
    rows: reports.flatMap((report) =>
      report.kind === "steps" ? report.rows : []
    ),
    evaluations: reports.flatMap((report) =>
      report.kind === "evaluation" ? [report.row] : []
    ),
    error,
  };
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

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

Deno.test("train() throws DivergedError after the first row that is no number", async () => {
  const config = configOf({ steps: 200, evalEvery: 1000, learningRate: 1e30 });
  const { rows, evaluations, error } = await runOf(config);
  assert(error instanceof DivergedError, `${error}`);
  const last = rows.at(-1)!;
  assertEquals(rows.map(({ step }) => step), upTo(last.step));
  assertEquals(
    rows.map(({ elbo }) => Number.isFinite(elbo)),
    rows.map(({ step }) => step < last.step),
  );
  assertGreater(last.step, 1);
  assertEquals(error.message, `the ELBO is ${last.elbo} at step ${last.step}`);
  assertEquals(evaluations, []);
});

Deno.test("train() throws DivergedError after an evaluation that is no number", async () => {
  // The first step's terms are finite, and its update is not: only the
  // evaluation can tell.
  const config = configOf({ steps: 1, evalEvery: 1, learningRate: 1e30 });
  const { rows, evaluations, error } = await runOf(config);
  assert(Number.isFinite(rows[0]!.elbo));
  assertEquals(evaluations.map(({ elbo }) => Number.isFinite(elbo)), [false]);
  assert(error instanceof DivergedError, "no error");
});

Deno.test("train() tells what is done and ends when the signal aborts", async () => {
  const controller = new AbortController();
  const { rows, evaluations, error } = await runOf(
    configOf({ steps: 100, evalEvery: 50 }),
    {
      signal: controller.signal,
      onBatch: (step) => step === 6 && controller.abort(),
    },
  );
  assertEquals(error, undefined);
  assertEquals(rows.map(({ step }) => step), upTo(6));
  assertEquals(evaluations, []);
  // The rows are those of a run that nobody stopped.
  const whole = await runOf(configOf({ steps: 100, evalEvery: 50 }));
  assertEquals(rows, whole.rows.slice(0, 6));
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

Deno.test("train() gives the state every so many steps, and after the last", async () => {
  const statesOf = (reports: readonly Report[]) =>
    reports.flatMap((report) =>
      report.kind === "checkpoint" ? [report.state.step] : []
    );
  const config = configOf({ steps: 10, evalEvery: 4 });
  const often = await runOf(config, { checkpointEvery: 4 });
  assertEquals(statesOf(often.reports), [4, 8, 10]);
  assertEquals(statesOf((await runOf(config)).reports), [10]);
  // The evaluation of a step comes before its state, which vouches for it. Rows
  // that are long in coming are given in parts.
  assertEquals(
    often.reports.map(({ kind }) => kind)
      .filter((kind, i, kinds) => kind !== "steps" || kinds[i - 1] !== kind),
    ["steps", "evaluation", "checkpoint", "steps", "evaluation", "checkpoint"]
      .concat(["steps", "evaluation", "checkpoint"]),
  );
});

Deno.test("train() gives the state where it was stopped, but for an evaluation owed", async () => {
  for (const [stop, states] of [[3, [3]], [4, []]] as const) {
    const controller = new AbortController();
    const { reports } = await runOf(configOf({ steps: 10, evalEvery: 4 }), {
      signal: controller.signal,
      onBatch: (step) => step === stop && controller.abort(),
    });
    assertEquals(
      reports.flatMap((r) => r.kind === "checkpoint" ? [r.state.step] : []),
      [...states],
    );
  }
});

/** ELBOs of toy data after steps 1 to n of a training, and its parameters. */
async function evaluatedEach(config: RunConfig) {
  const { evaluations } = await runOf({ ...config, evalEvery: 1 });
  return evaluations.map(({ step, elbo }) => ({ step, elbo }));
}

/** Trains to the end; gives the state of the engine, and what was saved. */
async function trained(
  config: RunConfig,
  options: TrainOptions = {},
  from?: EngineState,
) {
  await openBackend("cpu");
  using vae = createVae(config, toyData());
  using engine = new ReferenceEngine(vae, config);
  if (from !== undefined) engine.restore(from);
  const batches = new Batches(toyData(), config);
  const saved = new Map<number, EngineState>();
  for await (const report of train(engine, batches, config, options)) {
    if (report.kind === "checkpoint") {
      saved.set(report.state.step, report.state);
    }
  }
  return { state: await engine.save(), saved };
}

Deno.test("train() stops where the rule says, and leaves the engine in the best state", async () => {
  // So large a step size overshoots.
  const config = configOf({ steps: 60, evalEvery: 1, learningRate: 0.3 });
  const all = await evaluatedEach(config);
  const stopping = { after: 4, gain: 0 };
  // By hand: four in a row that are not above the highest so far.
  let last = 0;
  for (let i = 4; i < all.length && last === 0; i++) {
    const before = all.slice(0, i - 3).map(({ elbo }) => elbo);
    const four = all.slice(i - 3, i + 1);
    if (four.every(({ elbo }) => elbo <= Math.max(...before))) last = i + 1;
  }
  assert(last > 5 && last < 60, `${last}`);
  const until = all.slice(0, last);
  const highest = Math.max(...until.map(({ elbo }) => elbo));
  const best = until.find(({ elbo }) => elbo === highest)!.step;
  assertEquals(best, last - 4);

  const story = await runOf({ ...config, stopping });
  assertEquals(story.rows.map(({ step }) => step), upTo(last));
  const ended = await trained({ ...config, stopping });
  assertEquals(ended.state.step, last);
  const kept = await trained({ ...config, stopping, keep: "best" });
  assertEquals(Math.max(...kept.saved.keys()), last);
  assertEquals(kept.state, kept.saved.get(best));
  assertEquals(kept.state, (await trained({ ...config, steps: best })).state);

  // A process that goes on knows of the evaluations before it.
  const on = await trained(
    { ...config, stopping, keep: "best" },
    {
      evaluated: until.slice(0, -2),
      stateAt: (step) => Promise.resolve(kept.saved.get(step)!),
    },
    (await trained({ ...config, steps: last - 2 })).state,
  );
  assertEquals(on.state, kept.state);
  // And one that finds all done makes no step.
  const done = await trained(
    { ...config, stopping, keep: "best" },
    {
      evaluated: until,
      stateAt: (step) => Promise.resolve(kept.saved.get(step)!),
    },
    ended.state,
  );
  assertEquals([done.state, done.saved.size], [kept.state, 0]);
});

Deno.test("train() asks the validation rows, where there are any", async () => {
  const config = configOf({ steps: 6, evalEvery: 2, validationFraction: 0.3 });
  const data = toyData();
  const validation = {
    ...data.test,
    count: 2,
    values: data.test.values.slice(0, 6),
  };
  await openBackend("cpu");
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config);
  const batches = new Batches({ ...data, validation }, config);
  const alone = new Batches({ ...data, test: validation }, config);
  for await (const report of train(engine, batches, config)) {
    if (report.kind !== "evaluation") continue;
    const { row } = report;
    assert(row.validation !== null && row.validation.elbo !== row.elbo);
    assertEquals(
      row.validation.elbo,
      Math.fround(row.validation.reconstruction - row.validation.kl),
    );
    // The KL has no noise: that of the same rows as a test split.
    assertEquals(row.validation.kl, (await evaluate(engine, alone)).kl);
  }
  const story = await runOf(configOf({ steps: 2 }));
  assertEquals(story.evaluations[0]!.validation, null);
});
