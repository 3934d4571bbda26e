import { assert, assertEquals, assertThrows } from "@std/assert";
import { encode } from "fast-png";
import { UserError } from "../../../src/errors.ts";
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

/** A PNG with a chunk of an animation after its header. */
function animated(): Uint8Array<ArrayBuffer> {
  const file = png(1);
  const chunk = new Uint8Array(20);
  new DataView(chunk.buffer).setUint32(0, 8);
  chunk.set(new TextEncoder().encode("acTL"), 4);
  return Uint8Array.of(
    ...file.subarray(0, 33),
    ...chunk,
    ...file.subarray(33),
  );
}

const huge = png(1);
new DataView(huge.buffer).setUint32(16, 2 ** 30);
const flipped = png(1);
flipped[45]! ^= 0xff;

Deno.test("--data refuses images that differ or are damaged, by name", async (t) => {
  const cases: [Files, readonly string[], readonly string[]][] = [
    [{ "notes.txt": "" }, [], ["no .png files"]],
    [{ "1.png": png(1), "2.png": "GIF89a" }, [], ["2.png", "not a PNG"]],
    [{ "1.png": png(1), "2.png": png(1).slice(0, 50) }, [], [
      "2.png",
      "intact",
    ]],
    [{ "1.png": png(1), "2.png": flipped }, [], ["2.png", "intact"]],
    [
      { "1.png": png(1), "2.png": png(1, { width: 4 }) },
      [],
      ["2.png: 2x4x1 of 8 bits, while 1.png is 2x3x1"],
    ],
    [{ "1.png": png(1), "2.png": png(1, { channels: 3 }) }, [], ["2x3x3"]],
    [{ "1.png": png(1), "2.png": png(1, { depth: 16 }) }, [], ["16 bits"]],
    [{ "1.png": png(1, { channels: 4, alpha: 9 }) }, [], ["transparent"]],
    [{ "1.png": animated() }, [], ["1.png", "animated"]],
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
