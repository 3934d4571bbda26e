import { assert, assertEquals, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { labelledGrid } from "../../src/plot/labelled_grid.ts";
import { svgToPng } from "../../src/plot/png.ts";

const OPTIONS = {
  ...{ title: "A < B", height: 1, width: 1, columns: ["-1", "1"] },
};

Deno.test("labelledGrid() draws each row of images beside its label", async () => {
  const rows = [
    { label: "z2: KL 3", images: Float32Array.of(0, 1) },
    { label: "z1: KL & 1", images: Float32Array.of(1, 0) },
  ];
  const svg = labelledGrid(rows, OPTIONS);
  for (const part of ["A &lt; B", ">z2: KL 3<", ">z1: KL &amp; 1<", ">-1<"]) {
    assert(svg.includes(part), part);
  }
  // Images of one pixel are drawn 40 units wide, which are 80 pixels.
  const { width, height, data, channels } = decode(await svgToPng(svg));
  const [, x, y] = /<image x="([\d.]+)" y="([\d.]+)"/.exec(svg)!;
  const level = (column: number, row: number) => {
    const [across, down] = [+x! + 20 + 43 * column, +y! + 20 + 43 * row]
      .map((at) => Math.round(2 * at)) as [number, number];
    assert(across < width && down < height);
    return data[(down * width + across) * channels];
  };
  assertEquals([level(0, 0), level(1, 0)], [0, 255]);
  assertEquals([level(0, 1), level(1, 1)], [255, 0]);
});

Deno.test("labelledGrid() escapes what SVG cannot have", async () => {
  const rows = [{ label: "z\0", images: Float32Array.of(0, 1) }];
  const svg = labelledGrid(rows, { ...OPTIONS, title: "new\x1b[31m" });
  assert(svg.includes(">new\\x1b[31m<") && svg.includes(">z\\x00<"));
  await svgToPng(svg);
});

Deno.test("labelledGrid() refuses rows of other lengths", () => {
  const rows = [{ label: "z1", images: Float32Array.of(0, 1, 0) }];
  assertThrows(() => labelledGrid(rows, OPTIONS), RangeError, "z1");
});
