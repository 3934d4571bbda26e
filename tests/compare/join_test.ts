import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { type Join, joinRows, repeatedRow } from "../../src/compare/join.ts";
import { DRAWS } from "./arbitraries.ts";

const steps = fc.uniqueArray(fc.integer({ min: 0, max: 40 }));
const names = fc.uniqueArray(fc.string({ maxLength: 2 }));

/** A list and the same in another order. */
function shuffled<T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> {
  return lists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length }),
    )
  );
}

/** The keys of a join: shared, added, removed. */
function keysOf<K extends string | number>(join: Join, a: K[], b: K[]) {
  assertEquals(join.a.length, join.b.length);
  const at = (rows: Uint32Array, keys: K[]) =>
    Array.from(rows, (r) => keys[r]!);
  assertEquals(at(join.a, a), at(join.b, b));
  return {
    shared: at(join.a, a),
    added: at(join.added, b),
    removed: at(join.removed, a),
  };
}

function checkJoin<K extends string | number>(a: K[], b: K[]): void {
  const { shared, added, removed } = keysOf(joinRows(a, b), a, b);
  // No row is lost and none is there twice.
  assertEquals([...shared, ...removed].toSorted(), a.toSorted());
  assertEquals([...shared, ...added].toSorted(), b.toSorted());
  assertEquals(added.filter((key) => a.includes(key)), []);
  assertEquals(removed.filter((key) => b.includes(key)), []);
  const back = keysOf(joinRows(b, a), b, a);
  assertEquals(back.added.toSorted(), removed.toSorted());
  assertEquals(back.removed.toSorted(), added.toSorted());
}

Deno.test("joinRows() loses no row, and finds the added and the removed", () => {
  fc.assert(fc.property(steps, steps, checkJoin), DRAWS);
  fc.assert(fc.property(names, names, checkJoin), DRAWS);
});

Deno.test("joinRows() of steps is the same whatever the order of rows, and rising", () => {
  fc.assert(
    fc.property(shuffled(steps), shuffled(steps), ([a, a2], [b, b2]) => {
      const keys = keysOf(joinRows(a, b), a, b);
      assertEquals(keysOf(joinRows(a2, b2), a2, b2), keys);
      for (const list of Object.values(keys)) {
        assertEquals(list, list.toSorted((p, q) => p - q));
      }
    }),
    DRAWS,
  );
});

Deno.test("joinRows() of names keeps the order of A", () => {
  assertEquals(
    keysOf(joinRows(["z10", "z2", "q"], ["z2", "z10", "p"]), [
      "z10",
      "z2",
      "q",
    ], ["z2", "z10", "p"]),
    { shared: ["z10", "z2"], added: ["p"], removed: ["q"] },
  );
});

Deno.test("repeatedRow() finds the second of two equal keys", () => {
  assertEquals(repeatedRow([1, 2, 3]), undefined);
  assertEquals(repeatedRow([3, 1, 2]), undefined);
  assertEquals(repeatedRow([1, 2, 1, 2]), 2);
  assertEquals(repeatedRow(["a", "b", "b"]), 2);
  assertEquals(repeatedRow([NaN, 1, NaN]), 2);
});
