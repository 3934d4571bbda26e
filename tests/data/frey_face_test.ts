import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { freyFace, freyFace256 } from "../../src/data/frey_face.ts";
import { datasetRow } from "../../src/data/load.ts";
import type { PinnedFile } from "../../src/data/files.ts";
import { UserError } from "../../src/errors.ts";
import { sha256, testOnRealData, withFolder } from "./helpers.ts";

const DIM = 560;

/** The number of a frame of the file below, from its first two pixels. */
const frameOf = (values: ArrayLike<number>, row: number) =>
  values[row * DIM]! * 256 + values[row * DIM + 1]!;

/** A file of frames, each of which has its number, big-endian, over and over. */
async function withFrames(
  test: (dataDir: string, pin: PinnedFile) => Promise<void>,
): Promise<void> {
  const frames = new Uint8Array(1965 * DIM);
  const view = new DataView(frames.buffer);
  for (let i = 0; i < frames.length; i += 2) {
    view.setUint16(i, Math.floor(i / DIM));
  }
  const pin = {
    sha256: await sha256(frames),
    forms: [
      { file: "freyface/toy.bin", urls: [], mostBytes: 1965 * 560 },
    ] as const,
  };
  await withFolder(async (dataDir) => {
    await Deno.writeFile(join(dataDir, "toy.bin"), frames);
    await test(dataDir, pin);
  });
}

Deno.test("freyFace() splits the frames at random, the same each time", () =>
  withFrames(async (dataDir, pin) => {
    const { train, test } = await freyFace({ dataDir }, pin);
    assertEquals([train.count, test.count], [1600, 365]);

    const drawn = [
      ...Array.from({ length: 1600 }, (_, i) => frameOf(train.values, i)),
      ...Array.from({ length: 365 }, (_, i) => frameOf(test.values, i)),
    ];
    assertEquals(drawn.slice(0, 5), [844, 787, 187, 900, 446]);
    assertEquals(drawn.toSorted((a, b) => a - b), [...Array(1965).keys()]);
    // Each frame is in one piece.
    assert(
      train.values.every((value, i) =>
        value === train.values[i - i % DIM + i % 2]
      ),
    );
  }));

Deno.test("freyFace256() has the same rows with pixels b / 256, exactly", () =>
  withFrames(async (dataDir, pin) => {
    const levels = await freyFace({ dataDir }, pin);
    const data = await freyFace256({ dataDir }, pin);
    assertEquals([data.name, data.train.count], ["freyface-256", 1600]);
    for (const split of ["train", "test"] as const) {
      assertEquals(
        Uint8Array.from(data[split].values, (pixel) => 256 * pixel),
        levels[split].values,
      );
    }
    assert(data.sha256 !== levels.sha256);
  }));

Deno.test("freyFace() says how to make the file that no mirror has", async () => {
  await withFolder(async (folder) => {
    for (const source of [{ cacheDir: folder }, { dataDir: folder }]) {
      const error = await assertRejects(
        () => freyFace(source),
        UserError,
        "make it from the matrix ff of frey_rawface.mat (1965 frames of 28 " +
          "rows x 20 columns, row-major, one byte a pixel",
      );
      assert(error.message.includes("freyface/freyfaces_1965x560_u8.bin"));
      assert(!error.message.includes("\n"));
    }
  });
});

testOnRealData(
  "freyFace() gives faces: neighbouring pixels are alike both ways",
  ["freyface/freyfaces_1965x560_u8.bin"],
  async (source) => {
    const { name, dim, image, train, test, sha256 } = await freyFace(source);
    assertEquals(name, "freyface");
    assertEquals(dim, DIM);
    assertEquals(image, { height: 28, width: 20 });
    assertEquals(image, datasetRow({ dataset: "freyface" }).image);
    assertEquals([train.count, test.count], [1600, 365]);
    assertEquals(train.values.length, 1600 * DIM);
    assertEquals(test.values.length, 365 * DIM);
    assertEquals(
      sha256,
      "2f85e410af1b1f435948d2ff921b3c5774bfd996e446721a0df923b21f23ab1d",
    );

    // The mean step to the pixel below is small for the true width only.
    const step = (width: number) => {
      let sum = 0;
      for (let i = width; i < train.values.length; i++) {
        sum += Math.abs(train.values[i]! - train.values[i - width]!);
      }
      return sum / train.values.length;
    };
    const steps = [16, 18, 19, 21, 22, 24, 28].map(step);
    assert(steps.every((other) => other > 1.2 * step(20)), `${steps}`);
  },
);
