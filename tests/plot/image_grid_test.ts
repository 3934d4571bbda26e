import { assertEquals, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { imageGrid, scaleFor } from "../../src/plot/image_grid.ts";

const G = 200;

/** The PNG's pixels, row by row. */
function pixels(png: Uint8Array): number[][] {
  const { width, height, data, channels, depth } = decode(png);
  assertEquals([channels, depth], [1, 8]);
  return Array.from(
    { length: height },
    (_, y) => [...data.subarray(y * width, (y + 1) * width)],
  );
}

Deno.test("imageGrid() puts images row by row, gaps between them", () => {
  // Three images of 1 x 2 in two columns.
  const images = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const png = imageGrid(images, { height: 1, width: 2, columns: 2, gap: 1 });
  assertEquals(pixels(png), [
    [1, 2, G, 3, 4],
    [G, G, G, G, G],
    [5, 6, G, G, G],
  ]);
});

Deno.test("imageGrid() keeps the rows of an image apart from its columns", () => {
  const images = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const png = imageGrid(images, { height: 3, width: 2, columns: 1 });
  assertEquals(pixels(png), [[1, 2], [3, 4], [5, 6]]);
});

Deno.test("imageGrid() has a gap of 2 and a scale of 1 where none is given", () => {
  const images = Uint8Array.of(1, 2);
  const png = imageGrid(images, { height: 1, width: 1, columns: 2 });
  assertEquals(pixels(png), [[1, G, G, 2]]);
});

Deno.test("imageGrid() scales the images, not the gaps", () => {
  const images = Uint8Array.of(1, 2, 3, 4);
  const png = imageGrid(images, {
    height: 1,
    width: 2,
    columns: 2,
    gap: 1,
    scale: 2,
  });
  assertEquals(pixels(png), [
    [1, 1, 2, 2, G, 3, 3, 4, 4],
    [1, 1, 2, 2, G, 3, 3, 4, 4],
  ]);
});

Deno.test("imageGrid() takes floats as levels in [0, 1] and clamps the rest", () => {
  const images = Float32Array.of(0, 1, 0.5, 0.7, -0.5, 1.5, NaN, Infinity);
  const png = imageGrid(images, { height: 1, width: 8, columns: 1 });
  assertEquals(pixels(png), [[0, 255, 128, 178, 0, 255, 0, 255]]);
});

Deno.test("imageGrid() is as wide as the images, not as the columns", () => {
  const images = Uint8Array.of(1, 2);
  const png = imageGrid(images, { height: 1, width: 1, columns: 9, gap: 0 });
  assertEquals(pixels(png), [[1, 2]]);
});

Deno.test("imageGrid() alternates the rows of several sets", () => {
  // Three images of one pixel in two columns: bytes above floats.
  const data = Uint8Array.of(1, 2, 3);
  const reconstructions = Float32Array.of(1, 0, 1);
  const png = imageGrid([data, reconstructions], {
    height: 1,
    width: 1,
    columns: 2,
    gap: 1,
  });
  const gap = [G, G, G];
  assertEquals(pixels(png), [
    [1, G, 2],
    gap,
    [255, G, 0],
    ...[gap, gap, gap, gap],
    [3, G, G],
    gap,
    [255, G, G],
  ]);
});

Deno.test("imageGrid() takes a set in a list as the set itself", () => {
  const images = Uint8Array.of(1, 2, 3);
  const options = { height: 1, width: 1, columns: 2 };
  assertEquals(imageGrid([images], options), imageGrid(images, options));
});

Deno.test("imageGrid() gives the same bytes again and leaves its input alone", () => {
  const images = Float32Array.from({ length: 4 * 784 }, (_, i) => i % 7 / 6);
  const copy = images.slice();
  const options = { height: 28, width: 28, columns: 3 };
  assertEquals(imageGrid(images, options), imageGrid(images, options));
  assertEquals(images, copy);
});

Deno.test("imageGrid() rejects what is not whole images", () => {
  const options = { height: 2, width: 2, columns: 1 };
  const one = new Uint8Array(4);
  for (const images of [new Uint8Array(5), new Uint8Array(0), []]) {
    assertThrows(() => imageGrid(images, options), RangeError, "images of 2");
  }
  assertThrows(
    () => imageGrid([one, new Float32Array(8)], options),
    RangeError,
    "unequal length: 4, 8",
  );
});

Deno.test("imageGrid() rejects sizes that are not whole numbers", () => {
  const good = { height: 1, width: 1, columns: 1, gap: 1, scale: 1 };
  for (const name of ["height", "width", "columns", "gap", "scale"] as const) {
    for (const size of [-1, 1.5, NaN, name === "gap" ? Infinity : 0]) {
      assertThrows(
        () => imageGrid(new Uint8Array(1), { ...good, [name]: size }),
        RangeError,
        name,
      );
    }
  }
});

Deno.test("imageGrid() draws colour, channel by channel", () => {
  const images = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const size = { height: 1, width: 2, channels: 3 };
  const png = decode(imageGrid(images, { ...size, columns: 2, gap: 1 }));
  assertEquals([png.width, png.height, png.channels], [5, 1, 3]);
  const left = [1, 2, 3, 4, 5, 6];
  assertEquals([...png.data], [...left, G, G, G, 7, 8, 9, 10, 11, 12]);
  const twice = decode(imageGrid(images.subarray(0, 6), {
    ...{ ...size, width: 1, height: 2, columns: 1, scale: 2 },
  }));
  assertEquals([...twice.data], [
    ...[1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3],
    ...[4, 5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 6],
  ]);
  assertThrows(
    () => imageGrid(images, { ...size, channels: 2, columns: 1 }),
    RangeError,
    "channels",
  );
});

Deno.test("scaleFor() makes small images visible, and large pictures no larger", () => {
  assertEquals([8, 16, 28, 40, 64].map((height) => scaleFor(height, 5000)), [
    ...[5, 3, 2, 1, 1],
  ]);
  assertEquals(scaleFor(4, 2 ** 25), 1);
});
