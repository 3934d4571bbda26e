import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  meansAt,
  placesOf,
  thinned,
} from "../../../../src/web/report/record/thin.ts";

/** What has no place in a Float32Array would not be found again. */
const value = fc.oneof(
  { weight: 9, arbitrary: fc.float({ noDefaultInfinity: true, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);

Deno.test("placesOf() has every row once, the first rows and the last one alone", () => {
  fc.assert(fc.property(
    fc.nat(5000),
    fc.integer({ min: 1, max: 400 }),
    (rows, most) => {
      const places = placesOf(rows, most);
      assertEquals([places[0], places.at(-1)], [0, rows]);
      assert(places.every((begin, i) => i === 0 || begin > places[i - 1]!));
      if (rows > 0) assertEquals(places.at(-2), rows - 1);
      if (rows <= most) assertEquals(places.length, rows + 1);
    },
  ));
  assertEquals(placesOf(4, 2), [0, 1, 2, 3, 4]);
});

Deno.test("placesOf() has few places for many rows, and enough at the beginning", () => {
  const places = placesOf(20_000, 150);
  assert(places.length < 400, `${places.length}`);
  assert(places.filter((begin) => begin < 200).length > 60);
});

Deno.test("thinned() loses no extreme, wherever it is", () => {
  fc.assert(fc.property(
    fc.array(value, { minLength: 1, maxLength: 3000 }),
    fc.integer({ min: 1, max: 50 }),
    (all, most) => {
      const values = Float64Array.from(all);
      const places = placesOf(values.length, most);
      const { mean, low, high } = thinned(values, places);
      for (let place = 0; place < places.length - 1; place++) {
        const rows = all.slice(places[place], places[place + 1]);
        const finite = rows.filter(Number.isFinite);
        assertEquals(low[place], finite.length > 0 ? Math.min(...finite) : NaN);
        assertEquals(
          high[place],
          finite.length > 0 ? Math.max(...finite) : NaN,
        );
        if (finite.length < rows.length) assert(Number.isNaN(mean[place]));
      }
    },
  ));
});

Deno.test("thinned() and meansAt() have the means of the rows of a place", () => {
  const places = [0, 1, 4];
  const { mean } = thinned(Float64Array.of(5, 1, 2, 6), places);
  assertEquals([...mean], [5, 3]);
  assertEquals(meansAt(Float64Array.of(1, 2, 3, 4), places), [1, 3]);
});
