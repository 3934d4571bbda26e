import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { decode } from "fast-png";
import type { TopLevelSpec } from "vega-lite";
import { svgToPng } from "../../src/plot/png.ts";
import { renderSvg } from "../../src/plot/svg.ts";
import { textWidth } from "../../src/plot/text_lines.ts";

/** A small chart with a title, a legend and clip paths. */
const SPEC: TopLevelSpec = {
  title: "clipped lines",
  data: {
    values: [
      { run: "first", x: 1, y: -300 },
      { run: "first", x: 10, y: -100 },
      { run: "second", x: 1, y: -280 },
      { run: "second", x: 10, y: -110 },
    ],
  },
  mark: { type: "line", clip: true },
  encoding: {
    x: { field: "x", type: "quantitative", scale: { type: "log" } },
    y: {
      field: "y",
      type: "quantitative",
      scale: { domain: [-200, -90] },
      title: "nats",
    },
    color: { field: "run", type: "nominal" },
  },
};

const BOX = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">' +
  '<rect width="40" height="20" fill="white"/>';

async function sha256(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : new Uint8Array(data);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

Deno.test("renderSvg() gives the same bytes again, also when drawing at once", async () => {
  const alone = await renderSvg(SPEC);
  assertStringIncludes(alone, "clip-path");
  for (const svg of await Promise.all([renderSvg(SPEC), renderSvg(SPEC)])) {
    assertEquals(svg, alone);
  }
});

// The bytes that this figure had when the test was written, in another
// process. They change with a version of vega, vega-lite or resvg: look at the
// figure, then put the new hash here.
Deno.test("renderSvg() and svgToPng() give the same bytes in every process", async () => {
  const svg = await renderSvg(SPEC);
  assertEquals(
    [await sha256(svg), await sha256(await svgToPng(svg))],
    [
      "4a522750994117ca3e530d256562d958be9d82f957d3660f7209833ae0ce1b50",
      "271d892f71c009741893a680c722253ba4eebda81f46ea10eec7388ed69a94a1",
    ],
  );
});

Deno.test("renderSvg() names the font that svgToPng() paints with", async () => {
  const families = (await renderSvg(SPEC)).matchAll(/font-family="([^"]*)"/g);
  assertEquals(
    [...new Set([...families].map((match) => match[1]))],
    ["DejaVu Sans, Verdana, sans-serif"],
  );
});

Deno.test("renderSvg() draws on after a specification that it rejects", async () => {
  const nothing = JSON.parse('{"mark": 7}');
  await assertRejects(() => renderSvg(nothing), Error);
  assertStringIncludes(await renderSvg(SPEC), "clipped lines");
});

Deno.test("textWidth() is the width in the font itself", async () => {
  const url = import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");
  const advance = advances(await Deno.readFile(new URL(url)));
  for (let code = 32; code < 127; code++) {
    const character = String.fromCharCode(code);
    assertAlmostEquals(
      textWidth(character, 1000),
      1000 * advance(code),
      6,
      character,
    );
  }
  for (const character of "−βµ²é×·") {
    assert(textWidth(character, 1) >= advance(character.codePointAt(0)!) - .01);
  }
  assertAlmostEquals(textWidth("aW", 10), 6.1 + 9.9);
  assertGreater(textWidth("a", 10, true), textWidth("a", 10));
});

Deno.test("svgToPng() makes scale pixels of a unit", async () => {
  for (const scale of [1, 3]) {
    const png = decode(await svgToPng(`${BOX}</svg>`, { scale }));
    assertEquals([png.width, png.height], [40 * scale, 20 * scale]);
  }
  const png = decode(await svgToPng(`${BOX}</svg>`));
  assertEquals([png.width, png.height], [80, 40]);
});

Deno.test("svgToPng() paints shapes and text, bold text heavier", async () => {
  const ink = async (inner: string) => {
    const { data } = decode(await svgToPng(`${BOX}${inner}</svg>`));
    return [...data].reduce((sum, value) => sum + 255 - value, 0);
  };
  const text = (weight: string) =>
    `<text x="4" y="14" font-family="nowhere" font-size="12"` +
    ` font-weight="${weight}">ELBO</text>`;
  assertEquals(await ink(""), 0);
  // A quarter of a black box: 20 x 10 units of 2 x 2 pixels in 3 channels.
  assertEquals(
    await ink('<rect width="20" height="10"/>'),
    20 * 10 * 4 * 3 * 255,
  );
  assertGreater(await ink(text("normal")), 0);
  assertGreater(await ink(text("bold")), 1.2 * await ink(text("normal")));
});

Deno.test("svgToPng() gives the same bytes again, and others for another SVG", async () => {
  const svg = await renderSvg(SPEC);
  const png = await svgToPng(svg);
  assertEquals(await svgToPng(svg), png);
  assertNotEquals(await svgToPng(svg.replaceAll("second", "third")), png);
});

Deno.test("svgToPng() rejects a scale that is not positive, and what is no SVG", async () => {
  for (const scale of [0, -1, NaN, Infinity]) {
    await assertRejects(
      () => svgToPng(`${BOX}</svg>`, { scale }),
      RangeError,
      "scale",
    );
  }
  await assertRejects(() => svgToPng("no svg"), Error);
});

/** Advance widths in em by code point, from a font's cmap (format 4) and hmtx. */
function advances(font: Uint8Array): (code: number) => number {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const u16 = (at: number) => view.getUint16(at);
  const tables = new Map(Array.from({ length: u16(4) }, (_, i) => {
    const record = 12 + 16 * i;
    const tag = new TextDecoder().decode(font.subarray(record, record + 4));
    return [tag, view.getUint32(record + 8)];
  }));
  const table = (tag: string) => tables.get(tag)!;
  const unitsPerEm = u16(table("head") + 18);
  const longMetrics = u16(table("hhea") + 34);

  const cmap = table("cmap");
  const format4 = Array.from(
    { length: u16(cmap + 2) },
    (_, i) => cmap + view.getUint32(cmap + 8 + 8 * i),
  ).find((subtable) => u16(subtable) === 4)!;
  const segments = u16(format4 + 6) / 2;
  const glyphOf = (code: number): number => {
    for (let i = 0; i < segments; i++) {
      if (code > u16(format4 + 14 + 2 * i)) continue;
      const start = u16(format4 + 16 + 2 * segments + 2 * i);
      const delta = u16(format4 + 16 + 4 * segments + 2 * i);
      const offsetAt = format4 + 16 + 6 * segments + 2 * i;
      if (code < start) return 0;
      if (u16(offsetAt) === 0) return (code + delta) % 65536;
      return u16(offsetAt + u16(offsetAt) + 2 * (code - start)) + delta;
    }
    return 0;
  };
  return (code) => {
    const metric = Math.min(glyphOf(code) % 65536, longMetrics - 1);
    return u16(table("hmtx") + 4 * metric) / unitsPerEm;
  };
}
