import { assertEquals, assertThrows } from "@std/assert";
import {
  biasesOf,
  encoderFeatures,
  gridPair,
  sizeOf,
  widestOf,
} from "../../src/model/layers.ts";

const IMAGE = { height: 28, width: 20 };
const CONVOLUTIONS = [{ channels: 32 }, { channels: 64 }];

Deno.test("encoderFeatures() halves the image with every convolution", () => {
  assertEquals(
    encoderFeatures({
      dataDim: 560,
      image: IMAGE,
      hidden: [...CONVOLUTIONS, 256],
    }),
    [
      { height: 28, width: 20, channels: 1 },
      { height: 14, width: 10, channels: 32 },
      { height: 7, width: 5, channels: 64 },
      256,
    ],
  );
});

Deno.test("encoderFeatures() of units alone needs no image, and ignores it", () => {
  for (const image of [{}, { image: IMAGE }]) {
    assertEquals(encoderFeatures({ dataDim: 560, hidden: [], ...image }), [
      560,
    ]);
    assertEquals(
      encoderFeatures({ dataDim: 560, hidden: [8, 4], ...image }),
      [560, 8, 4],
    );
  }
});

Deno.test("encoderFeatures() refuses convolutions that do not fit", () => {
  const hidden = CONVOLUTIONS;
  const refused = [
    [{ dataDim: 560, hidden }, "these rows are not"],
    [{ dataDim: 784, image: IMAGE, hidden }, "784 values are no 28x20x1 image"],
    [
      { dataDim: 560, image: IMAGE, hidden: [hidden[0]!, 8, hidden[1]!] },
      "before units",
    ],
    [{ dataDim: 560, image: IMAGE, hidden: [8, hidden[0]!] }, "before units"],
    [{ dataDim: 560, image: IMAGE, hidden: [...hidden, hidden[0]!] }, "7x5"],
    [
      { dataDim: 6, image: { height: 3, width: 2 }, hidden: [hidden[0]!] },
      "3x2 has no half",
    ],
  ] as const;
  for (const [spec, part] of refused) {
    assertThrows(() => encoderFeatures(spec), RangeError, part);
  }
});

Deno.test("sizeOf() and biasesOf() count values and biases", () => {
  const grid = { height: 7, width: 5, channels: 3 };
  assertEquals([sizeOf(grid), biasesOf(grid)], [105, 3]);
  assertEquals([sizeOf(9), biasesOf(9)], [9, 9]);
});

Deno.test("gridPair() is the same both ways, and none with units", () => {
  const fine = { height: 4, width: 2, channels: 1 };
  const coarse = { height: 2, width: 1, channels: 8 };
  assertEquals(gridPair(fine, coarse), { fine, coarse });
  assertEquals(gridPair(coarse, fine), { fine, coarse });
  for (const [from, to] of [[fine, 3], [3, fine], [3, 3]] as const) {
    assertEquals(gridPair(from, to), null);
  }
});

Deno.test("widestOf() counts the frame of a convolution's input", () => {
  const image = { height: 28, width: 28 };
  const widest = (hidden: Parameters<typeof encoderFeatures>[0]["hidden"]) =>
    widestOf(encoderFeatures({ dataDim: 784, image, hidden }));
  assertEquals(widest([]), 784);
  assertEquals(widest([200]), 784);
  assertEquals(widest([1000]), 1000);
  assertEquals(widest([{ channels: 2 }]), 30 * 30);
  assertEquals(widest([{ channels: 64 }]), 14 * 14 * 64);
  assertEquals(widest(CONVOLUTIONS), 16 * 16 * 32);
});
