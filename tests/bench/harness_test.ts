import { assert, assertEquals } from "@std/assert";
import { GPU_ROUND, stepsOfRound, timeTable } from "./harness.ts";

Deno.test("stepsOfRound() keeps the sleep at a round's end a small part of it", () => {
  // Deno sleeps 11 ms when it waits for a device.
  const partOf = (pace: number) =>
    11 / (11 + pace * stepsOfRound(pace, GPU_ROUND));
  for (const pace of [0.06, 0.15, 0.3, 0.6, 1.7, 6, 40]) {
    assert(partOf(pace) < 0.01, `${pace}`);
  }
  assertEquals(stepsOfRound(0.15, GPU_ROUND), 8000);
  assertEquals(stepsOfRound(1, GPU_ROUND), 2000);
  // 2,000 steps of these would take a minute or more
  assertEquals(stepsOfRound(40, GPU_ROUND), 100);
  assertEquals(stepsOfRound(9000, GPU_ROUND), 1);
});

Deno.test("timeTable() goes on where the first contender is not there", async () => {
  const trainer = {
    time: (steps: number) => Promise.resolve({ wall: steps, cpu: steps }),
    close: () => {},
  };
  const { rows } = await timeTable("shapes", [
    { name: "absent", open: () => Promise.reject(new Error("not here\nat 1")) },
    { name: "present", open: () => Promise.resolve(trainer) },
  ], 1);
  const [present, absent] = rows;
  assertEquals(absent, {
    ...{ contender: "absent", shapes: "shapes", failed: "not here" },
  });
  assert("median" in present! && present.median === 1, "no row");
  assertEquals(present.ratio, null);
});
