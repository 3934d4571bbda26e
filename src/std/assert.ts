/**
 * Local stand-in for `jsr:@std/assert`: the part that this project uses, on
 * Node's strict assertions. See README.md here for what was checked against the
 * original.
 */

import strict from "node:assert/strict";

/** The error that every assertion here throws. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

function run(check: () => void, msg?: string): void {
  try {
    check();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new AssertionError(msg === undefined ? cause : `${msg}\n${cause}`);
  }
}

/** Throws unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg || "expected a truthy value");
}

/** Throws unless both are deeply and strictly equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  run(() => strict.deepStrictEqual(actual, expected), msg);
}

/** Throws when both are deeply and strictly equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  run(() => strict.notDeepStrictEqual(actual, expected), msg);
}

/**
 * Throws unless |actual - expected| <= tolerance; the tolerance is 1e-7 of
 * the expected value where none is given.
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const bound = tolerance ??
    (Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7);
  const difference = Math.abs(actual - expected);
  if (difference <= bound) return;
  throw new AssertionError(
    `${msg === undefined ? "" : `${msg}\n`}expected ${actual} to be within ` +
      `${bound} of ${expected}, the difference is ${difference}`,
  );
}

/** Throws unless `actual` > `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  run(() => strict.ok(actual > expected, `${actual} > ${expected}`), msg);
}

/** Throws unless `actual` < `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  run(() => strict.ok(actual < expected, `${actual} < ${expected}`), msg);
}

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  run(
    () => strict.ok(actual.includes(expected), `"${expected}" in "${actual}"`),
    msg,
  );
}

/** Throws unless `actual` matches `expected`. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  run(() => strict.match(actual, expected), msg);
}

// deno-lint-ignore no-explicit-any -- the signature of @std/assert
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function checkError<E extends Error>(
  error: unknown,
  errorClass: ErrorClass<E>,
  msgIncludes = "",
  msg?: string,
): E {
  const prefix = msg === undefined ? "" : `${msg}\n`;
  if (!(error instanceof errorClass)) {
    throw new AssertionError(
      `${prefix}expected ${errorClass.name}, got ${error}`,
    );
  }
  if (!error.message.includes(msgIncludes)) {
    throw new AssertionError(
      `${prefix}expected a message with "${msgIncludes}", got "${error.message}"`,
    );
  }
  return error;
}

const NOTHING = Symbol("nothing was thrown");

/** Throws unless `fn` throws an `ErrorClass` whose message has `msgIncludes`. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E {
  let thrown: unknown = NOTHING;
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  if (thrown === NOTHING) throw new AssertionError(msg ?? "nothing was thrown");
  return checkError(thrown, ErrorClass, msgIncludes, msg);
}

/** Throws unless `fn` rejects with an `ErrorClass` that has `msgIncludes`. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw new AssertionError(
      `${msg ?? "it throws and returns no promise"}: ${error}`,
    );
  }
  let thrown: unknown = NOTHING;
  try {
    await promise;
  } catch (error) {
    thrown = error;
  }
  if (thrown === NOTHING) throw new AssertionError(msg ?? "nothing rejected");
  return checkError(thrown, ErrorClass, msgIncludes, msg);
}
