import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  AssertionError,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

// Were these silent, every other test would be.
Deno.test("assertions throw an AssertionError when they do not hold", async () => {
  const failures: (() => void)[] = [
    () => assert(0),
    () => assertEquals([1, { a: 2 }], [1, { a: 3 }]),
    () => assertEquals<unknown>(1, "1"),
    () => assertEquals<unknown>({ a: undefined }, {}),
    () => assertEquals(new Uint8Array([1]), new Uint8Array([2])),
    () => assertEquals(NaN, 0),
    () => assertNotEquals({ a: [1] }, { a: [1] }),
    () => assertAlmostEquals(1, 1.1, 0.05),
    () => assertAlmostEquals(NaN, 1),
    () => assertAlmostEquals(Infinity, 1, 1e300),
    () => assertGreater(1, 1),
    () => assertLess(2, 1),
    () => assertStringIncludes("abc", "d"),
    () => assertMatch("abc", /d/),
    () => assertThrows(() => 1, Error),
    () => assertThrows(() => fail("x"), RangeError),
    () => assertThrows(() => fail("x"), Error, "y"),
  ];
  for (const failure of failures) {
    assertThrows(failure, AssertionError);
  }
  const rejections = [
    () => assertRejects(() => Promise.resolve(1), Error),
    () => assertRejects(() => Promise.reject(new Error("x")), RangeError),
    () => assertRejects(() => Promise.reject(new Error("x")), Error, "y"),
    () => assertRejects(() => fail("x"), Error, "x"),
  ];
  for (const rejection of rejections) {
    await assertRejects(rejection, AssertionError);
  }
});

Deno.test("assertions pass where they hold, and give back what was thrown", async () => {
  assert("x");
  assertEquals({ a: [1, NaN] }, { a: [1, NaN] });
  assertNotEquals([1], [2]);
  assertAlmostEquals(1, 1 + 1e-9);
  assertAlmostEquals(1, 1.04, 0.05);
  assertGreater(2, 1);
  assertLess(1, 2);
  assertStringIncludes("abc", "b");
  assertMatch("abc", /b/);
  assertEquals(assertThrows(() => fail("xy"), Error, "x").message, "xy");
  const rejected = () => Promise.reject(new RangeError("xy"));
  assertEquals((await assertRejects(rejected, RangeError, "y")).message, "xy");
});

function fail(message: string): never {
  throw new Error(message);
}
