import { assert, assertEquals } from "@std/assert";
import {
  averaged,
  type Curve,
  paretoFront,
  progressRange,
  valueRange,
  withBands,
} from "../../src/figures/frame.ts";

/** Values that rise from `level - 300` to `level`, every 100 samples. */
function learned(level: number, count = 100, sign = 1): Curve {
  return Array.from({ length: count }, (_, i) => ({
    x: 100 * (i + 1),
    y: sign * (level - 300 / (i + 1)),
  }));
}

const mirrored = ([low, high]: readonly number[]) => [-high!, -low!];

Deno.test("valueRange() frames what was learned, not the first steps, of gains and of losses", () => {
  const range = valueRange([learned(-100)], []);
  assert(range[0] > -120 && range[0] < -110, `${range}`);
  assert(range[1] > -103 && range[1] < -98, `${range}`);
  assertEquals(valueRange([learned(-100, 100, -1)], []), mirrored(range));
});

Deno.test("valueRange() leaves out a run that diverged, not one that is only worse", () => {
  const good = [-100, -101, -102].map((level) => learned(level));
  const diverged = [...learned(-100, 50), { x: 1e4, y: -1e6 }];
  const range = valueRange([...good, diverged], []);
  assert(range[0] > -200, `${range}`);
  const worse = [{ x: 100, y: -170 }, { x: 200, y: -160 }];
  const [low] = valueRange([...good, worse], []);
  assert(low <= -160, `${low}`);
});

Deno.test("valueRange() passes over spikes in the background, and shows all evaluations", () => {
  const test = [{ x: 1e3, y: -110 }, { x: 1e4, y: -100 }];
  const spiky = learned(-100).map(({ x, y }, i) => ({
    x,
    y: i === 50 ? -1e3 : y,
  }));
  const [low] = valueRange([test], [spiky]);
  assert(low > -170 && low <= -110, `${low}`);
});

Deno.test("progressRange() begins where the first curve enters the frame", () => {
  const curve = learned(-100);
  const y = [-130, -100];
  // -100 - 300 / n is above -130 from n = 10 on.
  assertEquals(progressRange([{ curve, y }]), [1000, 10_000]);
  assertEquals(progressRange([{ curve: [], y }]), [1, 10]);
  assertEquals(progressRange([{ curve: [{ x: 5, y: -120 }], y }]), [
    5 / 1.5,
    5 * 1.5,
  ]);
});

Deno.test("withBands() lets bands widen a range by about a third, each way", () => {
  assertEquals(withBands([0, 1], []), [0, 1]);
  const [low, high] = withBands([0, 1], [[-50, 1.1]]);
  assertEquals(low, -0.35);
  assert(high > 1.1 && high <= 1.35, `${high}`);
});

Deno.test("averaged() joins what is within 2 %, and little else", () => {
  const long = averaged(learned(-100, 20_000));
  assert(long.length < 500, `${long.length} of 20,000`);
  const few = [{ x: 100, y: 1 }, { x: 150, y: 2 }, { x: 150.5, y: 4 }];
  assertEquals(averaged(few), [{ x: 100, y: 1 }, { x: 150.25, y: 3 }]);
});

Deno.test("paretoFront() has what nothing is below in both", () => {
  const places = [[1, 9], [2, 5], [2, 4], [3, 6], [4, 4], [5, 1]]
    .map(([x, y]) => ({ x: x!, y: y! }));
  assertEquals(paretoFront(places).map(({ x, y }) => [x, y]), [
    [1, 9],
    [2, 4],
    [5, 1],
  ]);
});
