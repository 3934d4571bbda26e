import { assertEquals } from "@std/assert";
import { Pace } from "../../src/engine/pace.ts";
import { TestClock } from "../clock.ts";

Deno.test("Pace.stepsIn() is how many steps a time has room for", () => {
  using clock = new TestClock();
  const pace = new Pace();
  assertEquals(pace.stepsIn(10, 64, 1), 1);
  clock.now = 100;
  pace.note(20, 40);
  assertEquals(pace.stepsIn(10, 64, 1), 5);
  assertEquals(pace.stepsIn(1, 64, 1), 1);
  assertEquals(pace.stepsIn(1000, 64, 1), 64);
});

Deno.test("Pace counts blocks that overlap once, and forgets the early ones", () => {
  using clock = new TestClock();
  const pace = new Pace();
  // the first steps compile their kernels
  clock.now = 5000;
  pace.note(0, 10);
  assertEquals(pace.stepsIn(100, 1000, 1), 1);
  // All were begun at once; two of them are seen at one look.
  for (const now of [5020, 5040, 5040, 5060]) {
    clock.now = now;
    pace.note(0, 10);
  }
  assertEquals(pace.stepsIn(100, 1000, 1), 66);
});

Deno.test("Pace takes the most steps where none took any time", () => {
  using _clock = new TestClock();
  const pace = new Pace();
  pace.note(0, 3);
  assertEquals(pace.stepsIn(10, 64, 1), 64);
});
