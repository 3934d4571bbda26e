import { assert, assertEquals } from "@std/assert";
import { agreeingGlyphs } from "../../src/data/agreeing_glyphs.ts";
import {
  drawFactors,
  GLYPH_LABELS,
  renderGlyph,
} from "../../src/data/glyphs.ts";

Deno.test("agreeingGlyphs() share one factor, and no other", () => {
  const seen = new Map<number, number>();
  for (let group = 0; group < 200; group++) {
    const { factor } = agreeingGlyphs(3, group, 1);
    seen.set(factor, (seen.get(factor) ?? 0) + 1);
  }
  assertEquals(seen.size, GLYPH_LABELS.length);
  assert([...seen.values()].every((count) => count > 8)); // of 25 expected

  const { factor, examples, firstRow } = agreeingGlyphs(3, 5, 4);
  const name = GLYPH_LABELS[factor]!;
  assertEquals(firstRow, 2 ** 33 + 5 * 4);
  const rows = [0, 1, 2, 3].map((i) => drawFactors(3, firstRow + i));
  rows.forEach((factors, i) =>
    assertEquals(
      examples.values.subarray(i * 784, (i + 1) * 784),
      renderGlyph({ ...factors, [name]: rows[0]![name] }),
    )
  );
  for (const other of GLYPH_LABELS.filter((label) => label !== "class")) {
    assertEquals(new Set(rows.map((row) => row[other])).size, 4);
  }
});
