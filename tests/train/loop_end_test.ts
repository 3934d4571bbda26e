/** Where a training ends, and the states that it gives. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import type { EngineState } from "../../src/engine/engine.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import {
  DivergedError,
  evaluate,
  type Report,
  train,
  type TrainOptions,
} from "../../src/train/loop.ts";
import { runOf, upTo } from "./story.ts";
import { configOf, toyData } from "./toys.ts";

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
