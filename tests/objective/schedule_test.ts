import { assertAlmostEquals, assertEquals } from "@std/assert";
import { valueOf } from "../../src/config/value.ts";
import "../../src/zod.ts";
import {
  formatSchedule,
  isSameUpTo,
  lengthOf,
  SCHEDULE,
  type Schedule,
  valueAt,
} from "../../src/objective/schedule.ts";

Deno.test("isSameUpTo() compares values at every step of them, but does not count", () => {
  const stages = (...of: [value: number, steps: number][]): Schedule => ({
    shape: "stages",
    stages: of.map(([value, steps]) => ({ value, steps })),
  });
  const all = [
    ...[0.5, stages([0.5, 3]), stages([0.5, 1], [0.5, 4], [2, 1])],
    ...[stages([1, 2], [2, 3], [1, 1]), stages([1, 2], [2, 1])],
    stages([0.5, 3], [1, 2], [2, 1]),
  ];
  for (const a of all) {
    for (const b of all) {
      for (const steps of [1, 2, 3, 4, 5, 6, 9]) {
        const isSame = values(a, steps).join() === values(b, steps).join();
        assertEquals(isSameUpTo(a, b, steps), isSame);
      }
    }
  }
  const long = stages([1, 9e14], [2, 1]);
  assertEquals(isSameUpTo(long, 1, 9e15), false);
  assertEquals(isSameUpTo(long, 1, 9e14), true);
  const up = { shape: "linear", from: 0, to: 2, steps: 9e15 } as const;
  assertEquals(isSameUpTo(up, { ...up }, 9e15), true);
  assertEquals(isSameUpTo(up, { ...up, to: 3 }, 9e15), false);
});

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

Deno.test("SCHEDULE reads numbers and shapes, and writes them", () => {
  const schedules: [string, Schedule][] = [
    ["4", 4],
    ["linear:0:1.5:100", { shape: "linear", from: 0, to: 1.5, steps: 100 }],
    ["cyclical:1:0.25:50:0.5", {
      ...{ shape: "cyclical", from: 1, to: 0.25 },
      ...{ period: 50, ramp: 0.5 },
    }],
    ["stages:0.001:9,1e-7:1", {
      shape: "stages",
      stages: [{ value: 0.001, steps: 9 }, { value: 1e-7, steps: 1 }],
    }],
  ];
  for (const [typed, schedule] of schedules) {
    assertEquals(valueOf(SCHEDULE, typed), schedule);
    assertEquals(formatSchedule(schedule), typed);
    assertEquals(SCHEDULE.schema().parse(schedule), schedule);
  }
  const refused = [
    ...["", "-1", "linear", "linear:0:1", "linear:0:1:0", "linear:0:-1:9"],
    ...["linear:0:1:9:9", "linear:0:1:1.5", "cyclical:0:1:9"],
    ...["cyclical:0:1:0:0.5", "cyclical:0:1:9:1:1", "sine:0:1:9", "1e39"],
    ...["cyclical:0:1:9:0", "cyclical:0:1:9:1.1", "cyclical:0:1:9:x"],
    ...["stages", "stages:", "stages:1", "stages:1:0", "stages:1:2,"],
    ...["stages:-1:2", "stages:1:2:3", "stages:1:2:3:4"],
  ];
  for (const typed of refused) {
    assertEquals(valueOf(SCHEDULE, typed), undefined, typed);
  }
});
