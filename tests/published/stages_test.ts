import { assertEquals, assertThrows } from "@std/assert";
import { requestOf } from "../../src/cli/request.ts";
import { readFlags } from "../../src/cli/read_flags.ts";
import { valueAt } from "../../src/objective/schedule.ts";
import { UserError } from "../../src/errors.ts";
import { afterWarmUp, stagesOf } from "../../src/published/stages.ts";

const STAGES = [{ passes: 1, learningRate: 0.1 }, {
  passes: 3,
  learningRate: 0.01,
}];

function of(passes: number) {
  const flags = `--passes ${passes} --train-size 100 --batch-size 20`;
  const { runs } = requestOf(readFlags(flags.split(" ")));
  const { learningRate, evalEvery } = stagesOf(STAGES, runs[0]!.config);
  return [learningRate, evalEvery];
}

Deno.test("stagesOf() has the stages that a run reaches, and evaluates at their ends", () => {
  const first = { value: 0.1, steps: 5 };
  const both = [first, { value: 0.01, steps: 15 }];
  assertEquals(of(1), [{ shape: "stages", stages: [first] }, [5]]);
  assertEquals(of(2), [
    { shape: "stages", stages: [first, { value: 0.01, steps: 5 }] },
    [5, 10],
  ]);
  assertEquals(of(4), [{ shape: "stages", stages: both }, [5, 20]]);
  assertEquals(of(9), [{ shape: "stages", stages: both }, [5, 20, 45]]);
});

Deno.test("afterWarmUp() is 0 for 101 steps, and the step size from there on", () => {
  const of = (steps: number, optimizer = "adagrad") => {
    const flags = `--steps ${steps} --optimizer ${optimizer}`.split(" ");
    const { runs } = requestOf(readFlags(flags));
    return afterWarmUp(0.02, runs[0]!.config);
  };
  const schedule = of(102);
  assertEquals(
    [1, 101, 102, 10_000].map((step) => valueAt(schedule, step)),
    [0, 0, 0.02, 0.02],
  );
  assertEquals(of(100_000), schedule);
  assertEquals(of(1, "adam"), 0.001);
  assertThrows(() => of(101), UserError, "101 steps (10100 samples)");
});
