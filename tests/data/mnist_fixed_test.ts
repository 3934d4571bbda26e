import { assert, assertEquals, assertThrows } from "@std/assert";
import { packAmat, unpackBits } from "../../src/data/bits.ts";
import { mnist } from "../../src/data/mnist.ts";
import {
  mnistFixed,
  type MnistFixedFiles,
  pinnedBits,
} from "../../src/data/mnist_fixed.ts";
import { datasetRow } from "../../src/data/load.ts";
import { UserError } from "../../src/errors.ts";
import {
  filesBelow,
  sha256,
  testOnRealData,
  withFolder,
  withServer,
} from "./helpers.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Rows of 784 bits without any pattern of 8. */
function rows(count: number, modulus: number): number[][] {
  return Array.from(
    { length: count },
    (_, row) =>
      Array.from(
        { length: 784 },
        (_, i) => (row + i * i) % modulus < 2 ? 1 : 0,
      ),
  );
}

const amat = (bits: number[][]) =>
  encode(bits.map((row) => row.join(" ") + "\n").join(""));

/** Packs by way of text, unlike the code under test. */
function pack(bits: number[][]): Uint8Array<ArrayBuffer> {
  const octets = bits.flat().join("").match(/.{8}/g) ?? [];
  return Uint8Array.from(octets, (octet) => parseInt(octet, 2));
}

Deno.test("unpackBits() gives the most significant bit first", () => {
  assertEquals(
    [...unpackBits(new Uint8Array([0b10000001, 0b00000010]))],
    [255, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0],
  );
});

Deno.test("packAmat() packs what unpackBits() unpacks", () => {
  const bits = rows(5, 7);
  const packed = packAmat(amat(bits), 5, 784, "toy.amat");
  assertEquals(packed, pack(bits));
  assertEquals(
    [...unpackBits(packed)],
    bits.flat().map((bit) => bit * 255),
  );
});

Deno.test("packAmat() takes any white space and no last newline", () => {
  for (
    const text of [
      "1 0 0 0 0 0 0 1\n0 0 0 0 0 0 1 1\n",
      "1 0 0 0 0 0 0 1 \r\n0 0 0 0 0 0 1 1 \r\n",
      "1  0\t0 0 0 0 0 1\n0 0 0 0 0 0 1 1",
    ]
  ) {
    const bits = packAmat(encode(text), 2, 8, "toy.amat");
    assertEquals([...bits], [0b10000001, 0b00000011]);
  }
});

Deno.test("packAmat() rejects any other text", () => {
  const row = "0 0 0 0 0 0 0 1\n";
  for (
    const [text, what] of [
      ["", "truncated: 0 of 2 rows"],
      [row, "truncated: 1 of 2 rows"],
      [row + "0 0 0", "truncated: 1 of 2 rows"],
      [row + row + row, "more than 2 rows"],
      [row + "0 0 0\n" + row, "3 instead of 8 pixels in row 2"],
      [row + "\n" + row, "0 instead of 8 pixels in row 2"],
      ["0 " + row + row, "more than 8 pixels in row 1"],
      ["0 0 0 0 0 0 10 1\n" + row, "a number other than 0 and 1 in row 1"],
      [row + "0 0 0 0.5 0 0 0 0\n", "a character other than 0, 1 and space"],
      ["<html>", "a character other than 0, 1 and space in row 1"],
    ] as const
  ) {
    const error = assertThrows(
      () => packAmat(encode(text), 2, 8, "toy.amat"),
      UserError,
      `toy.amat: ${what}`,
    );
    assert(!error.message.includes("\n"));
  }
});

Deno.test("mnistFixed() downloads text, caches bits and reads them back", async () => {
  const [train, test] = [rows(4, 5), rows(3, 11)];
  const routes = {
    "train.amat": () => new Response(amat(train)),
    "test.amat": () => new Response(amat(test)),
  };
  await withFolder(async (cacheDir) => {
    await withServer(routes, async (address, asked) => {
      const pin = async (name: string, bits: number[][]) =>
        pinnedBits(`toy/${name}`, bits.length, await sha256(pack(bits)), [
          `${address}${name}.amat`,
        ]);
      const files: MnistFixedFiles = {
        train: await pin("train", train),
        test: await pin("test", test),
      };

      const first = await mnistFixed({ cacheDir }, files);
      assertEquals([first.train.count, first.test.count], [4, 3]);
      assertEquals(
        [...first.train.values],
        train.flat().map((bit) => bit * 255),
      );
      assertEquals(
        [...first.test.values],
        test.flat().map((bit) => bit * 255),
      );
      assertEquals(asked, ["train.amat", "test.amat"]);
      assertEquals(await filesBelow(cacheDir), [
        "toy/test.bits",
        "toy/train.bits",
      ]);

      assertEquals(await mnistFixed({ cacheDir }, files), first);
      assertEquals(asked.length, 2);
    });
  });
});

testOnRealData(
  "mnistFixed() gives Larochelle's bits",
  ["binarized_mnist/binarized_mnist_train.bits.gz"],
  async (source) => {
    const { name, dim, image, train, test, sha256 } = await mnistFixed(source);
    assertEquals(name, "mnist-fixed");
    assertEquals(dim, 784);
    assertEquals(image, { height: 28, width: 28 });
    assertEquals(image, datasetRow({ dataset: "mnist-fixed" }).image);
    assertEquals([train.count, test.count], [50000, 10000]);
    assertEquals(train.values.length, 50000 * 784);
    assertEquals(
      sha256,
      "4db76784d6bc779a6d78f15550824df05f82ffd56a53934ddfffbc22b4ac116f",
    );
  },
);

testOnRealData(
  "mnistFixed() agrees with MNIST wherever grey levels are extreme",
  [
    "binarized_mnist/binarized_mnist_test.bits.gz",
    "mnist/t10k-images-idx3-ubyte.gz",
  ],
  async (source) => {
    const fixed = (await mnistFixed(source)).test.values;
    const { test, labels } = await mnist({ ...source, labels: true });
    const digits = labels![0]!.test;
    const order = [...digits.keys()]
      .sort((a, b) => digits[a]! - digits[b]!); // a stable sort
    let extremes = 0;
    let disagreements = 0;
    order.forEach((row, sortedRow) => {
      for (let i = 0; i < 784; i++) {
        const grey = test.values[row * 784 + i]!;
        if (grey !== 0 && grey !== 255) continue;
        extremes += 1;
        if (fixed[sortedRow * 784 + i] !== grey) disagreements += 1;
      }
    });
    assert(extremes > 6e6);
    assertEquals(disagreements, 0);
  },
);
