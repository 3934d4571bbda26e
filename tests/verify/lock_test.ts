import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import { formatLock, parseLock } from "../../src/verify/lock.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];

/** As `sha256sum` prints them, in the order of the bytes of ASCII paths. */
const TEXT = `${B}  e/Z/run.json\n${A}  e/a b.csv\n${A}  e/z/run.json\n`;

Deno.test("formatLock() writes what sha256sum checks, and parseLock() reads it", () => {
  const hashes = new Map([
    ...[["e/z/run.json", A], ["e/Z/run.json", B], ["e/a b.csv", A]] as const,
  ]);
  assertEquals(formatLock(hashes), TEXT);
  const { hashes: read, fault } = parseLock(TEXT);
  assertEquals([formatLock(read), fault], [TEXT, null]);
  assertEquals(parseLock("").fault, "its last line is cut short");
});

Deno.test("formatLock() refuses a name that would be two lines", () => {
  const hashes = new Map([["e/a\nb.csv", A]]);
  assertThrows(() => formatLock(hashes), UserError, "rename the file");
});

Deno.test("parseLock() names the first line that is not as formatLock() writes it", () => {
  for (
    const [text, fault] of [
      [TEXT.slice(0, -1), /cut short/],
      [TEXT.replace(A, A.toUpperCase()), /line 2 is not a SHA-256/],
      [TEXT.replace(`${B}  `, `${B} *`), /line 1 is not a SHA-256/],
      [TEXT.replace("e/a b", "../a b"), /line 2 is not a SHA-256/],
      [TEXT.replace("e/a b", "/a b"), /line 2 is not a SHA-256/],
      [TEXT + TEXT, /line 4 is not sorted/],
      [TEXT.replace("\n", "\n\n"), /line 2 is not a SHA-256/],
    ] as const
  ) assertMatch(parseLock(text).fault ?? "", fault);
});

Deno.test("parseLock() takes no text whose bits were flipped for the same", () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let i = 0; i < bytes.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      const other = bytes.slice();
      other[i]! ^= 1 << bit;
      const text = new TextDecoder().decode(other);
      const { hashes, fault } = parseLock(text);
      assert(fault !== null || formatLock(hashes) !== TEXT, text);
    }
  }
});
