import { assert, assertEquals } from "@std/assert";
import { textsCollide } from "../../src/plot/point_texts.ts";
import { type Panel, seriesFigure } from "../../src/plot/series_figure.ts";
import { renderSvg } from "../../src/plot/svg.ts";

const X = { kind: "linear", domain: [0, 100] } as const;
const SIZE = { width: 100, height: 100 };

/** Points at x and y from 0 to 100, each a series with its name beside it. */
const panelOf = (
  places: Readonly<Record<string, [number, number]>>,
): Panel => ({
  yTitle: "y",
  y: { kind: "linear", domain: [0, 100] },
  series: Object.entries(places).map(([text, [x, y]]) => ({
    ...{ colour: text, dash: "", isMean: false },
    points: [{ x, y, text }],
  })),
});

Deno.test("textsCollide() where a text lies upon another, or upon a point", () => {
  const collide = (places: Record<string, [number, number]>, x = X) =>
    textsCollide(panelOf(places), x, SIZE);
  assertEquals(collide({ a: [10, 10], b: [60, 60] }), false);
  assertEquals(collide({ a: [10, 10], b: [12, 12] }), true);
  // One above the other, with room between.
  assertEquals(collide({ a: [10, 10], b: [10, 40] }), false);
  // The point of b is where the text of a is.
  assertEquals(collide({ aaa: [10, 10], b: [20, 18] }), true);
  const log = { kind: "log", domain: [1, 1e4] } as unknown as typeof X;
  assertEquals(collide({ aaa: [10, 10], b: [20, 10] }, log), true);
  assertEquals(collide({ a: [10, 10], b: [1000, 10] }, log), false);
});

Deno.test("seriesFigure() has a legend in place of texts that collide", async () => {
  const svgOf = (places: Record<string, [number, number]>) =>
    renderSvg(
      seriesFigure({
        ...{ title: "t", notes: [], xTitle: "x", x: X, dashes: [""] },
        panels: [panelOf(places)],
        colours: { entries: Object.keys(places) },
      }, { width: 600, panelWidth: 400, columns: 1 }),
    );
  const isLegend = (svg: string) =>
    svg.includes('aria-roledescription="legend"');
  const apart = await svgOf({ "z = 1": [10, 10], "z = 2": [80, 80] });
  const near = await svgOf({ "z = 1": [10, 10], "z = 2": [11, 11] });
  assert(!isLegend(apart) && isLegend(near));
  for (const svg of [apart, near]) {
    for (const text of ["z = 1", "z = 2"]) {
      assertEquals(svg.split(`>${text}<`).length, 2, text);
    }
  }
});
