import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { globMatcher } from "../../src/compare/names.ts";

/** As a regular expression, which is right and may take for ever. */
function asRegExp(glob: string): RegExp {
  const pattern = glob.replace(
    /[\\^$.*+?()[\]{}|]/g,
    (c) => c === "*" ? ".*" : c === "?" ? "." : `\\${c}`,
  );
  return new RegExp(`^${pattern}$`, "su");
}

Deno.test("globMatcher() matches what a regular expression does", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "\n", "🦕", "."));
  const globs = fc.array(fc.constantFrom("*", "?", "a", "b", "🦕", ".", "["));
  fc.assert(
    fc.property(globs, letters, (glob, name) => {
      const [pattern, text] = [glob.join(""), name.join("")];
      assertEquals(globMatcher(pattern)(text), asRegExp(pattern).test(text));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

Deno.test("globMatcher() takes no power of its stars: 25 of them end", () => {
  const matches = globMatcher(`${"*a".repeat(25)}z`);
  assertEquals(matches("a".repeat(5000)), false);
  assertEquals(matches(`${"a".repeat(5000)}z`), true);
});
