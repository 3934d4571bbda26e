import { assertAlmostEquals, assertEquals } from "@std/assert";
import { RunningMoments } from "../../src/evaluate/running_moments.ts";
import { stream } from "../../src/random/stream.ts";

/** Draws of three numbers, far from zero, of different scales. */
const DRAWS = Array.from({ length: 50 }, (_, draw) => {
  const [a, b, c] = stream(1, "gradient", draw).normals(3);
  return [a!, 1e3 * b! - 5, 1e6 + c!];
});

function momentsOf(draws: readonly number[][]): RunningMoments {
  const moments = new RunningMoments(3);
  draws.forEach((draw) => moments.add(draw));
  return moments;
}

/** The same by the definitions, in two passes. */
function assertMoments(moments: RunningMoments, draws: readonly number[][]) {
  assertEquals(moments.count, draws.length);
  for (let i = 0; i < 3; i++) {
    const values = draws.map((draw) => draw[i]!);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    assertAlmostEquals(moments.means[i]!, mean, 1e-13 * Math.abs(values[0]!));
    assertAlmostEquals(moments.squares[i]!, squares, 1e-9 * squares);
  }
}

Deno.test("RunningMoments.add() gives means and squared deviations", () => {
  assertMoments(momentsOf(DRAWS), DRAWS);
  assertMoments(momentsOf(DRAWS.slice(0, 1)), DRAWS.slice(0, 1));
});

Deno.test("RunningMoments.merge() is as if all draws were added to one", () => {
  for (const split of [0, 1, 20, 50]) {
    const moments = momentsOf(DRAWS.slice(0, split));
    moments.merge(momentsOf(DRAWS.slice(split)));
    assertMoments(moments, DRAWS);
  }
  const none = new RunningMoments(3);
  none.merge(new RunningMoments(3));
  assertEquals([none.count, ...none.means], [0, 0, 0, 0]);
});
