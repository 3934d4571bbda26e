import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  lengthOf,
  type Schedule,
  valueAt,
} from "../../src/objective/schedule.ts";

const values = (schedule: Schedule, steps: number) =>
  Array.from({ length: steps }, (_, i) => valueAt(schedule, i + 1));

Deno.test("valueAt() of a number is that number", () => {
  assertEquals(values(4, 3), [4, 4, 4]);
  assertEquals(lengthOf(4), 1);
});

Deno.test("valueAt() of a linear schedule goes from the first step and stays", () => {
  const up = { shape: "linear", from: 0, to: 2, steps: 4 } as const;
  assertEquals(values(up, 7), [0, 0.5, 1, 1.5, 2, 2, 2]);
  const down = { shape: "linear", from: 3, to: 1, steps: 2 } as const;
  assertEquals(values(down, 4), [3, 2, 1, 1]);
  assertEquals(lengthOf(up), 4);
});

Deno.test("valueAt() of stages has each value for its steps, and the last from there on", () => {
  const stages = {
    shape: "stages",
    stages: [{ value: 3, steps: 1 }, { value: 0.5, steps: 3 }, {
      value: 2,
      steps: 2,
    }],
  } as const;
  assertEquals(values(stages, 8), [3, 0.5, 0.5, 0.5, 2, 2, 2, 2]);
  assertEquals(lengthOf(stages), 6);
});

Deno.test("valueAt() of a cyclical schedule begins again, and holds after its ramp", () => {
  const half = {
    shape: "cyclical",
    from: 0,
    to: 1,
    period: 4,
    ramp: 0.5,
  } as const;
  assertEquals(values(half, 9), [0, 0.5, 1, 1, 0, 0.5, 1, 1, 0]);
  const whole = { ...half, from: 1, to: 4, period: 3, ramp: 1 };
  values(whole, 6).forEach((value, i) =>
    assertAlmostEquals(value, [1, 2, 3, 1, 2, 3][i]!, 1e-12)
  );
  assertEquals(lengthOf(half), 4);
});
