import { assert, assertEquals, assertThrows } from "@std/assert";
import { encode } from "fast-png";
import { Buffer } from "node:buffer";
import { UserError } from "../../../src/errors.ts";
import { crc32, deflateSync } from "node:zlib";
import { COLOUR, COLOUR_PIXELS, GREY, GREY_PIXELS } from "./jpegs.ts";
import { configOf, type Files, load, withFiles } from "./files.ts";

/** A PNG of 2x3 pixels, each channel of which has its number and the level. */
function png(
  level: number,
  { channels = 1, depth = 8, width = 3, alpha = 255 }: {
    channels?: 1 | 2 | 3 | 4;
    depth?: 8 | 16;
    width?: number;
    alpha?: number;
  } = {},
): Uint8Array<ArrayBuffer> {
  const length = 2 * width * channels;
  const data = depth === 8 ? new Uint8Array(length) : new Uint16Array(length);
  const opaque = depth === 8 ? alpha : 65535;
  const hasAlpha = channels % 2 === 0;
  data.forEach((_, i) => {
    const channel = i % channels;
    data[i] = hasAlpha && channel === channels - 1 ? opaque : level + channel;
  });
  const file = encode({ width, height: 2, data, channels, depth });
  return Uint8Array.from(file);
}

const FOUR: Files = {
  "in/b/10.png": png(40),
  "in/b/2.png": png(30),
  "in/a/1.PNG": png(20),
  "in/.hidden.png": "",
  "in/notes.txt": "",
  "in/a/deep/0.png": png(10),
};

Deno.test("--data reads the images below a folder in natural order", () =>
  withFiles(FOUR, async (folder) => {
    const flags = ["--binarize", "none", "--labels", "folders"];
    const { train, test, image, labels } = await load(`${folder}/in`, flags);
    assertEquals(image, { height: 2, width: 3, channels: 1 });
    assertEquals([train.count, test.count], [3, 1]);
    const levels = (values: ArrayLike<number>) =>
      Array.from(values).filter((_, i) => i % 6 === 0);
    const all = [...levels(train.values), ...levels(test.values)];
    assertEquals(all.toSorted((a, b) => a - b), [10, 20, 30, 40]);
    // In the folder's order: a/1, a/deep/0, b/2, b/10.
    const order = [20, 10, 30, 40].filter((v) => v !== test.values[0]);
    assertEquals(levels(train.values), order);
    const classes = new Map([[10, "a"], [20, "a"], [30, "b"], [40, "b"]]);
    const [label] = labels!;
    assert(label?.kind === "class");
    assertEquals(
      Array.from(label.train, (at) => label.classes[at]),
      order.map((level) => classes.get(level)!),
    );
  }));

Deno.test("--data reads colour, opaque alpha, 16 bits and two splits of images", async () => {
  const colour = { channels: 3 } as const;
  const files = {
    "rgb/train/1.png": png(7, colour),
    "rgb/train/2.png": png(90, { channels: 4 }),
    "rgb/test/1.png": png(50, colour),
    "deep/1.png": png(13107, { depth: 16 }),
    "deep/2.png": png(26214, { depth: 16, channels: 2 }),
  };
  await withFiles(files, async (folder) => {
    const { train, test, image } = await load(`${folder}/rgb`, [
      ...["--binarize", "none"],
    ]);
    assertEquals(image, { height: 2, width: 3, channels: 3 });
    assertEquals([...train.values.subarray(0, 4)], [7, 8, 9, 7]);
    assertEquals([...train.values.subarray(18, 22)], [90, 91, 92, 90]);
    assertEquals([test.count, test.values[0]], [1, 50]);
    const deep = await load(`${folder}/deep`);
    const both = [deep.train.values[0]!, deep.test.values[0]!].sort();
    assertEquals(both, [0.2, 0.4].map(Math.fround));
  });
});

Deno.test("--data reads JPEG images beside PNG, within two levels of libjpeg", async () => {
  const wide = { channels: 3, width: 9 } as const;
  const files = {
    "colour/1.jpg": COLOUR,
    "colour/2.JPEG": COLOUR,
    "grey/1.jpeg": GREY,
    "grey/2.jpg": GREY,
    "mixed/1.jpg": COLOUR,
    "mixed/2.png": png(3, wide),
  };
  const flags = ["--binarize", "none"];
  await withFiles(files, async (folder) => {
    for (
      const [name, pixels, channels] of [
        ["colour", COLOUR_PIXELS, 3],
        ["grey", GREY_PIXELS, 1],
      ] as const
    ) {
      const { train, image } = await load(`${folder}/${name}`, flags);
      assertEquals(image, { height: 7, width: 9, channels });
      const off = pixels.map((v, i) => Math.abs(v - train.values[i]!));
      assert(off.every((levels) => levels <= 2), `${off}`);
    }
    const { dim } = await load(`${folder}/mixed`, [
      ...flags,
      ...["--resize", "2x9"],
    ]);
    assertEquals(dim, 2 * 9 * 3);
  });
});

Deno.test("--resize halves by the triangle filter, and config and split have it", async () => {
  const level = (x: number, y: number) => 10 + 40 * x + 13 * y + 7 * x * y;
  const data = Uint8Array.from({ length: 16 }, (_, i) => level(i % 4, i >> 2));
  const file = Uint8Array.from(
    encode({ width: 4, height: 4, channels: 1, depth: 8, data }),
  );
  const small = png(77, { width: 2 });
  const flags = ["--resize", "2x2", "--binarize", "none"];
  await withFiles({ "1.png": file, "2.png": small }, async (folder) => {
    const { own } = configOf(folder, flags);
    assertEquals(own?.resize, { height: 2, width: 2 });
    const { train, test } = await load(folder, flags);
    // 1 - |d| / 2 at the distances 0.5, 0.5 and 1.5.
    const weights = [[3, 3, 1, 0], [0, 1, 3, 3]].map((row) =>
      row.map((weight) => weight / 7)
    );
    const expected = weights.flatMap((vertical) =>
      weights.map((horizontal) =>
        vertical.reduce(
          (sum, v, y) =>
            sum + v * horizontal.reduce((s, h, x) => s + h * level(x, y), 0),
          0,
        )
      )
    );
    const [large, same] = train.values[0] === 77
      ? [test.values, train.values]
      : [train.values, test.values];
    assertEquals([...same], [77, 77, 77, 77]);
    large.forEach((value, i) => assert(Math.abs(value - expected[i]!) <= 1));
  });
});

/** A file with a chunk more, after its header. */
function withChunk(
  file: Uint8Array<ArrayBuffer>,
  type: string,
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return Uint8Array.from(
    Buffer.concat([file.subarray(0, 33), chunk, file.subarray(33)]),
  );
}

/** Zeros that a bomb unpacks to; packed they are a thousandth of that. */
const ZEROS = deflateSync(new Uint8Array(2 ** 25));

Deno.test("--data unpacks no texts or profiles of an image", () => {
  const profile = new TextEncoder().encode("p\0\0not zlib");
  const files = {
    "1.png": withChunk(png(1), "iCCP", profile),
    "2.png": withChunk(png(2), "zzZz", profile),
  };
  return withFiles(files, (folder) => {
    assertEquals(configOf(folder, []).own?.dim, 6);
  });
});

const huge = png(1);
new DataView(huge.buffer).setUint32(16, 2 ** 30);
/** A JPEG whose frame says so. */
function withFrame(at: number, bytes: readonly number[]) {
  const file = Uint8Array.from(GREY);
  const frame = file.findIndex((byte, i) =>
    byte === 255 && file[i + 1] === 192
  );
  file.set(bytes, frame + at);
  return file;
}
const fourChannels = withFrame(9, [4]);
const tall = withFrame(5, [255, 255, 255, 255]);
const flipped = png(1);
flipped[45]! ^= 0xff;

Deno.test("--data refuses images that differ or are damaged, by name", async (t) => {
  const cases: [Files, readonly string[], readonly string[]][] = [
    [{ "notes.txt": "" }, [], ["no .png, .jpg, .jpeg files"]],
    [{ "1.png": png(1), "2.png": "GIF89a" }, [], ["2.png", "not a PNG"]],
    [{ "1.png": png(1), "2.png": png(1).slice(0, 50) }, [], [
      "2.png",
      "intact",
    ]],
    [{ "1.png": png(1), "2.png": flipped }, [], ["2.png", "intact"]],
    [
      { "1.png": png(1), "2.png": png(1, { width: 4 }) },
      [],
      ["2.png: 2x4x1 of 8 bits, while 1.png is 2x3x1", "--resize"],
    ],
    [{ "1.png": png(1), "2.png": png(1, { channels: 4 }) }, [], [
      "2x3x3 of 8 bits, while 1.png is 2x3x1 of 8 bits; make all alike",
    ]],
    [{ "1.png": png(1), "2.png": png(1, { depth: 16 }) }, [], ["16 bits"]],
    [{ "1.png": png(1, { channels: 4, alpha: 9 }) }, [], ["transparent"]],
    [
      { "1.png": withChunk(png(1), "IDAT", ZEROS) },
      [],
      ["1.png", "pixels are more than its 3x2"],
    ],
    [{ "1.jpg": "GIF89a" }, [], ["1.jpg", "not a JPEG"]],
    [{ "1.jpg": GREY.slice(0, -4) }, [], ["1.jpg", "intact JPEG"]],
    [{ "1.jpg": GREY.slice(0, 60) }, [], ["1.jpg", "intact JPEG"]],
    [{ "1.jpg": fourChannels }, [], ["1.jpg", "4 channels"]],
    [{ "1.jpg": tall }, [], ["1.jpg", "65535x65535 pixels"]],
    [{ "1.jpg": withFrame(5, [0, 0]) }, [], ["1.jpg", "9x0 pixels"]],
    [{ "1.jpg": GREY, "2.jpg": COLOUR }, [], ["2.jpg: 7x9x3", "7x9x1"]],
    [
      { "1.png": png(1, { depth: 16 }) },
      ["--resize", "4x4"],
      ["1.png", "16 bits", "--resize"],
    ],
    [{ "1.png": png(1) }, ["--resize", "4"], ["--resize 4", "64x64"]],
    [{ "1.png": png(1) }, ["--resize", "4x5000"], ["--resize 4x5000"]],
    [{ "1.png": withChunk(png(1), "acTL", new Uint8Array(8)) }, [], [
      "1.png",
      "animated",
    ]],
    [{ "1.png": huge }, [], ["1.png", `${2 ** 30}x2 pixels`]],
    [{ "1.png": png(1) }, [], ["1 row"]],
    [{ "1.png": png(1) }, ["--labels", "x"], ["--labels x", "folders"]],
    [{ "1.png": png(1) }, ["--labels", "folders"], ["1.png", "sub-folder"]],
    [{ "1.png": png(1) }, ["--columns", "x"], ["--columns x"]],
  ];
  for (const [files, flags, parts] of cases) {
    await t.step(parts.join(" "), () =>
      withFiles(files, (folder) => {
        const error = assertThrows(() => configOf(folder, flags), UserError);
        assert(!error.message.includes("\n"), error.message);
        assert(
          !error.message.endsWith("alike, in size by --resize HxW") ||
            parts.includes("--resize"),
        );
        for (const part of parts) {
          assert(error.message.includes(part), `${error.message}: ${part}`);
        }
      }));
  }
});

Deno.test({
  name:
    "--data refuses what is no readable file by its name, and waits for none",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFiles({ "1.png": png(1) }, async (folder) => {
      const odd = `${folder}/2.png`;
      const refused = () =>
        assertThrows(() => configOf(folder, []), UserError).message;
      await Deno.symlink("nowhere", odd);
      assert(refused().includes(`${odd}: no such file`), refused());
      await Deno.remove(odd);
      const { success } = await new Deno.Command("mkfifo", { args: [odd] })
        .output();
      assert(success);
      assert(refused().includes(`${odd}: not a file`), refused());
    }),
});
