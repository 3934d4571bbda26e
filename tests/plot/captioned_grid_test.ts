import { assert, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { captionedGrid } from "../../src/plot/captioned_grid.ts";
import { imageGrid } from "../../src/plot/image_grid.ts";

Deno.test("captionedGrid() enlarges by whole pixels to 600, below a caption", async () => {
  const images = Uint8Array.from({ length: 3 * 5 * 4 * 3 }, (_, i) => i);
  for (const channels of [1, 3]) {
    const size = { height: 5, width: 4, channels, columns: 2 };
    const set = images.subarray(0, 3 * 20 * channels);
    const png = decode(await captionedGrid(set, size, "a < b & c"));
    const grid = decode(imageGrid(set, { ...size, scale: 75 }));
    assertEquals([png.width, png.channels], [602, channels]);
    assertEquals(png.data.subarray(-grid.data.length), grid.data);
    const strip = png.data.subarray(0, png.data.length - grid.data.length);
    assertEquals([strip[0], strip.at(-1)], [255, 255]);
    assert(strip.some((level) => level < 64), "no text");
  }
});

Deno.test("captionedGrid() wraps a long caption, and leaves large pictures as they are", async () => {
  const heights = await Promise.all(["word", "word ".repeat(99)].map(
    async (caption) => {
      const wide = new Uint8Array(700);
      const size = { height: 1, width: 700, columns: 1 };
      const { width, height } = decode(
        await captionedGrid(wide, size, caption),
      );
      assertEquals(width, 700);
      return height - 1;
    },
  ));
  assert(heights[1]! > 4 * heights[0]!, `${heights}`);
});
