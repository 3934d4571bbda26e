import { assertEquals } from "@std/assert";
import type { RunConfig } from "../../src/train/config.ts";
import { beginningOf } from "../../src/train/longer.ts";
import { configOf } from "./toys.ts";

const SHORT = configOf({ steps: 100, evalEvery: 50, learningRate: 0.01 });

const AT_END = { k: 10, rows: 10 };

const of = (more: Partial<RunConfig>, shorter: Partial<RunConfig> = {}) =>
  beginningOf({ ...SHORT, steps: 200, ...more }, { ...SHORT, ...shorter });

Deno.test("beginningOf() is the same where schedules and evaluations are, in whatever words", () => {
  const same = { kind: "same" };
  assertEquals(of({}), same);
  const stages = (...stages: { value: number; steps: number }[]) =>
    ({ shape: "stages", stages }) as const;
  const first = { value: 0.01, steps: 100 };
  const learningRate = stages(first, { value: 0.001, steps: 1 });
  assertEquals(of({ learningRate }), same);
  assertEquals(of({ evalEvery: [50, 150] }), same);
  assertEquals(
    of({ finalEvaluation: null }, { finalEvaluation: AT_END }),
    same,
  );
  const ramp = { shape: "linear", from: 0, to: 1, steps: 80 } as const;
  assertEquals(of({ beta: ramp }, { beta: ramp }), same);
});

Deno.test("beginningOf() names the first step of which a schedule says something else", () => {
  const beta = { shape: "linear", from: 0, to: 1, steps: 80 } as const;
  const longer = { ...beta, steps: 160 };
  assertEquals(of({ beta: longer }, { beta }), {
    kind: "differs",
    why: "its beta is another from step 2 on",
  });
  const learningRate = {
    shape: "stages",
    stages: [{ value: 0.01, steps: 99 }, { value: 0.001, steps: 1 }],
  } as const;
  assertEquals(of({ learningRate }), {
    kind: "differs",
    why: "its learning rate is another from step 100 on",
  });
  assertEquals(of({ evalEvery: 25 }), {
    kind: "differs",
    why: "step 25 is evaluated in one of them alone",
  });
});

Deno.test("beginningOf() is other where a run is no longer one of the same config", () => {
  const other = { kind: "other" };
  assertEquals(of({ steps: 100 }), other);
  assertEquals(of({ steps: 50 }), other);
  assertEquals(of({ seed: SHORT.seed + 1 }), other);
  assertEquals(of({ learningRate: 0.02 }), other);
  assertEquals(of({ batchSize: SHORT.batchSize + 1 }), other);
});
