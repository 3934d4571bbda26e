import { assert, assertEquals, assertThrows } from "@std/assert";
import { DASHES } from "../../src/plot/theme.ts";
import {
  type Series,
  type SeriesFigure,
  seriesFigure,
} from "../../src/plot/series_figure.ts";
import { renderSvg } from "../../src/plot/svg.ts";
import { assertInFrame, count } from "./svg_notes.ts";

const LAYOUT = { width: 640, panelWidth: 400, columns: 1 };

function line(colour: string | number, dash = "", y = 1): Series {
  const points = [{ x: 1, y }, { x: 10, y: y + 1 }];
  return { colour, dash, isMean: false, points };
}

/** A figure with a panel of the series. */
function figure(
  series: readonly Series[],
  changes: Partial<SeriesFigure> = {},
): SeriesFigure {
  return {
    ...{ title: "title", notes: [], xTitle: "x" },
    x: { kind: "log", domain: [1, 10] },
    panels: [{
      yTitle: "y",
      y: { kind: "linear", domain: [0, series.length + 3] },
      series,
    }],
    colours: { entries: [...new Set(series.map(({ colour }) => `${colour}`))] },
    dashes: [...new Set(series.map(({ dash }) => dash))],
    ...changes,
  };
}

/** The looks of lines in an SVG: colour and dash. */
function looks(svg: string): string[] {
  const lines = svg.matchAll(
    /aria-roledescription="line mark" d="[^"]*" stroke="([^"]*)"([^/]*)\/>/g,
  );
  return Array.from(lines, ([, colour, more]) => {
    const dash = /stroke-dasharray="([^"]*)"/.exec(more!)?.[1] ?? "";
    return `${colour} ${dash}`;
  });
}

Deno.test("seriesFigure() gives no two series one mark, and each an entry", async () => {
  for (const entries of [1, 7, 12]) {
    const names = Array.from({ length: entries }, (_, i) => `name ${i}`);
    const series = names.flatMap((name, i) =>
      DASHES.map((_, j) => line(name, `dash ${j}`, i))
    );
    const svg = await renderSvg(seriesFigure(figure(series), LAYOUT));
    const drawn = looks(svg);
    assertEquals(drawn.length, series.length);
    assertEquals(new Set(drawn).size, series.length);
    for (const name of entries === 1 ? [] : names) {
      assertEquals(count(svg, `>${name}<`), 1, name);
    }
    for (const j of DASHES.keys()) assertEquals(count(svg, `>dash ${j}<`), 1);
    await assertInFrame(svg);
  }
});

Deno.test("seriesFigure() colours numbers along a scale, a few of them in the legend", async () => {
  const values = Array.from({ length: 40 }, (_, i) => i + 1);
  const series = values.map((value) => line(value, "", value));
  const colours = { title: "latent dimension", values, isLogarithmic: true };
  const svg = await renderSvg(
    seriesFigure(figure(series, { colours, dashes: [""] }), LAYOUT),
  );
  assertEquals(new Set(looks(svg)).size, 40);
  for (const value of [8, 21, 34]) assertEquals(count(svg, `>${value}<`), 1);
  assertEquals(count(svg, ">9<"), 0);
  await assertInFrame(svg);
});

Deno.test("seriesFigure() leaves out what lies outside, and draws the rest", async () => {
  const far = { ...line("far", "", -900), faint: [{ x: 1, y: -9 }] };
  const svg = await renderSvg(
    seriesFigure(figure([line("near"), far]), LAYOUT),
  );
  assertEquals(looks(svg).length, 1);
  await assertInFrame(svg);
});

Deno.test("seriesFigure() wraps a long title and cuts no name", async () => {
  const long = "words ".repeat(40).trim();
  const spec = seriesFigure(
    figure([line("n".repeat(70)), line("m".repeat(70))], { title: long }),
    LAYOUT,
  );
  const svg = await renderSvg(spec);
  assert(!svg.includes("\u2026"));
  await assertInFrame(svg);
});

Deno.test("seriesFigure() refuses series that look alike, and too many dashes", () => {
  assertThrows(
    () => seriesFigure(figure([line("a"), line("a")]), LAYOUT),
    RangeError,
    "two series",
  );
  assertThrows(
    () =>
      seriesFigure(
        figure(["1", "2", "3", "4", "5"].map((dash) => line("a", dash))),
        LAYOUT,
      ),
    RangeError,
    "5 dashes",
  );
  assertThrows(
    () => seriesFigure(figure([], { panels: [] }), LAYOUT),
    RangeError,
    "no panels",
  );
});

Deno.test("seriesFigure() takes a logarithmic axis of y, with its own ticks", async () => {
  const points = [{ x: 1, y: 0.01 }, { x: 10, y: 100 }];
  const series = [{ ...line("a"), points }];
  const svg = await renderSvg(
    seriesFigure(
      figure(series, {
        panels: [{
          ...{ yTitle: "y", series },
          y: { kind: "log", domain: [0.01, 100] },
        }],
      }),
      LAYOUT,
    ),
  );
  for (const tick of ["0.01", "0.1", "100"]) {
    assertEquals(count(svg, `>${tick}<`), 1, tick);
  }
});
