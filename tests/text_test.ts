import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { naturally, printable, printableJson } from "../src/text.ts";

Deno.test("printable() escapes what a terminal obeys or does not show", () => {
  const escapes = {
    "\x1b[31m": "\\x1b[31m",
    "\r\n\t\0": "\\x0d\\x0a\\x09\\x00",
    "\x07\x7f": "\\x07\\x7f",
    "\x9b31m\x85": "\\x9b31m\\x85", // C1: CSI and NEL
    "\u202eabc\u2066": "\\u{202e}abc\\u{2066}", // turn the direction
    "\u200b\ufeff\xad": "\\u{200b}\\u{feff}\\xad", // are not seen
    "\ufff9\u0600": "\\u{fff9}\\u{600}",
    "\u2028\u2029": "\\u{2028}\\u{2029}", // end lines
    "\u3164\u115f\u1160\uffa0": "\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}",
    "\u2800\u034f\u{e0100}\ufe0f": "\\u{2800}\\u{34f}\\u{e0100}\\u{fe0f}",
    "\ufffe\uffff": "\\u{fffe}\\u{ffff}", // no characters
    "\u{e0041}\ud800": "\\u{e0041}\\u{d800}",
  };
  for (const [text, escaped] of Object.entries(escapes)) {
    assertEquals(printable(text), escaped);
  }
  const plain = "z 10 \u00e9 \u03b2 \u2248 \u4e2d \u{1f600} ~ \\x1b";
  assertEquals(printable(plain), plain);
});

Deno.test("naturally() puts 2 before 10, and ties no two texts", () => {
  const names = ["z10", "z2", "01.png", "1.png", "lr0.1", "lr0.01", "lr0.001"];
  const expected = [
    "01.png",
    "1.png",
    "lr0.001",
    "lr0.01",
    "lr0.1",
    "z2",
    "z10",
  ];
  assertEquals(names.toSorted(naturally), expected);
  assertEquals(names.toReversed().sort(naturally), expected);
  assertEquals(naturally("a", "a"), 0);
});

Deno.test("printableJson() is JSON of the same value, and printable", () => {
  fc.assert(
    fc.property(fc.json(), fc.string({ unit: "binary" }), (json, s) => {
      const value = { [s]: JSON.parse(json), s };
      const text = printableJson(JSON.stringify(value, null, 2));
      assertEquals(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
      assertEquals(
        printable(text.replaceAll("\n", "")),
        text.replaceAll("\n", ""),
      );
    }),
    { numRuns: 30 },
  );
});
