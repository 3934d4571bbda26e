import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  isWithin,
  type Join,
  joinRows,
  repeatedRow,
  type Tolerance,
  toleranceOf,
  TOLERANCES,
} from "../../src/compare/compare_columns.ts";
import { EVAL_COLUMNS, TRAIN_COLUMNS } from "../../src/results/columns.ts";
import { anyNumber, DRAWS } from "./arbitraries.ts";

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

const part = fc.oneof(
  fc.double({ min: 0, max: 1e3, noNaN: true }),
  fc.constantFrom(0, 1e-300, 1e-6, 1e-4, 1),
);
const tolerance: fc.Arbitrary<Tolerance> = fc.record({
  atol: part,
  rtol: part,
  scale: part,
});

/** Two numbers, often near to each other. */
const pair = fc.oneof(
  fc.tuple(anyNumber, anyNumber),
  fc.tuple(anyNumber, fc.double({ min: -1e-3, max: 1e-3, noNaN: true }))
    .map(([a, by]) => [a, a * (1 + by)] as [number, number]),
);

Deno.test("isWithin() is symmetric", () => {
  fc.assert(
    fc.property(pair, tolerance, ([a, b], t) => {
      assertEquals(isWithin(a, b, t), isWithin(b, a, t));
      assertEquals(isWithin(a, b, t), isWithin(-a, -b, t));
    }),
    { ...DRAWS, numRuns: 5000 },
  );
});

Deno.test("isWithin() is reflexive, whatever the tolerance", () => {
  fc.assert(
    fc.property(anyNumber, tolerance, (a, t) => {
      assert(isWithin(a, a, t));
      assert(isWithin(a, a, { atol: 0, rtol: 0, scale: 0 }));
    }),
    { ...DRAWS, numRuns: 5000 },
  );
});

Deno.test("isWithin() is monotone in atol, rtol and scale", () => {
  fc.assert(
    fc.property(pair, tolerance, tolerance, ([a, b], t, more) => {
      if (!isWithin(a, b, t)) return;
      for (const name of ["atol", "rtol", "scale"] as const) {
        assert(isWithin(a, b, { ...t, [name]: t[name] + more[name] }), name);
      }
    }),
    { ...DRAWS, numRuns: 5000 },
  );
});

Deno.test("isWithin() takes NaN for NaN alone, and an infinity for itself", () => {
  fc.assert(
    fc.property(anyNumber, tolerance, (a, t) => {
      assertEquals(isWithin(a, NaN, t), Number.isNaN(a));
      assertEquals(isWithin(a, Infinity, t), a === Infinity);
      assertEquals(isWithin(a, -Infinity, t), a === -Infinity);
    }),
    DRAWS,
  );
});

Deno.test("isWithin() adds both parts, and has a scale near zero", () => {
  const t = { atol: 0.5, rtol: 0.01, scale: 0 };
  assert(isWithin(100, 101.5, t));
  assert(!isWithin(100, 101.6, t));
  assert(!isWithin(0, 0.001, { atol: 0, rtol: 0.01, scale: 0 }));
  assert(isWithin(0, 0.001, { atol: 0, rtol: 0.01, scale: 0.1 }));
});

Deno.test("toleranceOf() is of the table, and of the last flag that has the column", () => {
  assertEquals(toleranceOf("samples_seen"), { atol: 0, rtol: 0, scale: 0 });
  assertEquals(toleranceOf("kl_12"), { atol: 0, rtol: 1e-4, scale: 1 });
  const flags = [
    { columns: "*", part: "rtol", value: 0.1 },
    { columns: "kl_*", part: "rtol", value: 0.2 },
    { columns: "kl", part: "atol", value: 0.3 },
  ] as const;
  assertEquals(toleranceOf("step", flags).rtol, 0.1);
  assertEquals(toleranceOf("kl_3", flags), { atol: 0, rtol: 0.2, scale: 1 });
  assertEquals(toleranceOf("kl", flags), { atol: 0.3, rtol: 0.1, scale: 1 });
});

Deno.test("TOLERANCES let one unit in the last place pass, and counts not", () => {
  for (const name of new Set([...TRAIN_COLUMNS, ...EVAL_COLUMNS])) {
    const isCount = name === "step" || name === "samples_seen";
    const t = toleranceOf(name);
    assertEquals(isWithin(1, 1 + 2 ** -23, t), !isCount, name);
    assert(!isWithin(100, 101, t), name);
  }
  assertEquals(TOLERANCES.at(-1)!.columns, ["*"]);
});
