import { assert, assertEquals, assertThrows } from "@std/assert";
import { posteriorScatter } from "../../src/plot/posterior_scatter.ts";
import { svgToPng } from "../../src/plot/png.ts";
import { renderSvg } from "../../src/plot/svg.ts";

const X = { name: "mean of z1", values: [0, 1, 2, 3] };
const Y = { name: "mean of z2", values: [3, 1, 2, 0] };
const HEADING = { title: "Means" };

Deno.test("posteriorScatter() draws a mark for each point, and each class in the legend", async () => {
  const labels = {
    name: "digit",
    words: ["7", "10", "7", "9"],
    order: ["7", "8", "9", "10"],
  };
  const svg = await renderSvg(posteriorScatter(X, Y, labels, HEADING));
  assertEquals(svg.match(/aria-roledescription="point"/g)?.length, 4);
  // The ends of the data stay off the axes: the plot begins at 0.
  const places = svg.matchAll(
    /aria-roledescription="point"[^>]*transform="translate\(([\d.]+),/g,
  );
  const xs = [...places].map(([, x]) => Number(x));
  assertEquals(xs.length, 4);
  assert(Math.min(...xs) >= 8, `${xs}`);
  // In the order that was given, without the class that no point has.
  const legend = [...svg.matchAll(/>(7|8|9|10|digit)<\/text>/g)];
  assertEquals(legend.map(([, word]) => word), ["7", "9", "10", "digit"]);
  assert((await svgToPng(svg)).length > 1000);
});

Deno.test("posteriorScatter() has a colour scale for numbers, and one colour without labels", async () => {
  const numbers = { name: "slant", numbers: [0, 0.5, 1, 2] };
  const svg = await renderSvg(posteriorScatter(X, Y, numbers, HEADING));
  assert(svg.includes("linearGradient") && svg.includes(">slant<"));
  const plain = await renderSvg(posteriorScatter(X, Y, null, HEADING));
  assert(!plain.includes("linearGradient") && !plain.includes("legend-symbol"));
  await svgToPng(plain);
});

Deno.test("posteriorScatter() draws more classes than there are marks as others", async () => {
  const words = Array.from({ length: 40 }, (_, i) => `c${i}`);
  const values = words.map((_, i) => i);
  const axis = { name: "x", values };
  const svg = await renderSvg(
    posteriorScatter(axis, axis, { name: "c", words, order: words }, HEADING),
  );
  assert(svg.includes(">c26<") && svg.includes(">13 other classes<"));
  assert(!svg.includes(">c27<"));
});

Deno.test("posteriorScatter() escapes what SVG cannot have, and tells all classes apart", async () => {
  const words = ["\0z", "a\x1b[31m", "others", "\0z"];
  const labels = { name: "c\ufffe", words, order: words.slice(0, 3) };
  const svg = await renderSvg(posteriorScatter(X, Y, labels, HEADING));
  for (const text of ["\\x00z", "a\\x1b[31m", "others", "c\\u{fffe}"]) {
    assert(svg.includes(`>${text}<`), text);
  }
  await svgToPng(svg);
});

Deno.test("posteriorScatter() keeps a class called others apart from the rest", async () => {
  const words = Array.from(
    { length: 40 },
    (_, i) => i === 3 ? "others" : `c${i}`,
  );
  const axis = { name: "x", values: words.map((_, i) => i) };
  const svg = await renderSvg(
    posteriorScatter(axis, axis, { name: "c", words, order: words }, HEADING),
  );
  assert(svg.includes(">others<") && svg.includes(">13 other classes<"));
});

Deno.test("posteriorScatter() refuses labels of other points", () => {
  const labels = { name: "slant", numbers: [1] };
  assertThrows(() => posteriorScatter(X, Y, labels, HEADING), RangeError);
});
