import { assert, assertEquals, assertRejects } from "@std/assert";
import { mnist, type MnistFiles } from "../../src/data/mnist.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import {
  type DataRequest,
  datasetRow,
  loadDataset,
} from "../../src/data/load.ts";
import { shareDatasets } from "../../src/data/shared.ts";
import { UserError } from "../../src/errors.ts";
import {
  filesBelow,
  gzip,
  idx,
  sha256,
  testOnRealData,
  withFolder,
  withServer,
} from "./helpers.ts";

const PIXELS = Array.from({ length: 3 * 784 }, (_, i) => i % 256);

/** The gzipped files of a small MNIST: 3 train rows, 2 test rows. */
async function smallFiles() {
  return {
    trainImages: await gzip(idx([3, 28, 28], PIXELS)),
    trainLabels: await gzip(idx([3], [5, 0, 4])),
    testImages: await gzip(idx([2, 28, 28], PIXELS.slice(0, 2 * 784))),
    testLabels: await gzip(idx([2], [7, 2])),
  };
}

/** Pins of these files, with `address` as their mirror. */
async function pinsOf(
  files: Awaited<ReturnType<typeof smallFiles>>,
  address: string,
): Promise<MnistFiles> {
  async function pin(name: keyof typeof files, dims: number[]) {
    return {
      dims,
      sha256: await sha256(files[name]),
      forms: [{
        file: `mnist/${name}.gz`,
        urls: [address + name],
        mostBytes: files[name].length,
      }] as const,
    };
  }
  return {
    trainImages: await pin("trainImages", [3, 28, 28]),
    trainLabels: await pin("trainLabels", [3]),
    testImages: await pin("testImages", [2, 28, 28]),
    testLabels: await pin("testLabels", [2]),
  };
}

/** The class of each row. */
function digitsOf({ labels }: Dataset) {
  const [label] = labels ?? [];
  assert(label?.kind === "class" && labels!.length === 1);
  assertEquals(label.name, "class");
  assertEquals(label.classes.join(""), "0123456789");
  return label;
}

Deno.test("mnist() downloads, then reads the cache; labels where they are asked for", async () => {
  const files = await smallFiles();
  const routes = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [
      name,
      () => new Response(bytes),
    ]),
  );
  await withFolder(async (cacheDir) => {
    await withServer(routes, async (address, asked) => {
      const pins = await pinsOf(files, address);
      const first = await mnist({ cacheDir }, pins);
      assertEquals(first.train.count, 3);
      assertEquals([...first.train.values], PIXELS);
      assertEquals(first.test.count, 2);
      assertEquals(first.labels, undefined);
      assertEquals(asked, ["trainImages", "testImages"]);

      const labelled = await mnist({ cacheDir, labels: true }, pins);
      const { train, test } = digitsOf(labelled);
      assertEquals([[...train], [...test]], [[5, 0, 4], [7, 2]]);
      assertEquals(labelled.sha256, first.sha256);
      assertEquals(asked.length, 4);
      assertEquals((await filesBelow(cacheDir)).length, 4);

      assertEquals(await mnist({ cacheDir }, pins), first);
      assertEquals(asked.length, 4);
    });
  });
});

Deno.test("mnist() asks for one file only when there is no network", async () => {
  const files = await smallFiles();
  await withFolder(async (cacheDir) => {
    await withServer({}, async (address, asked) => {
      const pins = await pinsOf(files, address);
      await assertRejects(
        () => mnist({ cacheDir }, pins),
        UserError,
        "mnist/trainImages.gz: the network failed",
      );
      assertEquals(asked, ["trainImages"]);
    });
  });
});

testOnRealData(
  "mnist() gives the digits of the official files",
  ["mnist/train-images-idx3-ubyte.gz"],
  async (source) => {
    const data = await mnist({ ...source, labels: true });
    const { name, dim, image, train, test } = data;
    assertEquals(name, "mnist");
    assertEquals(dim, 784);
    assertEquals(image, { height: 28, width: 28 });
    assertEquals(image, datasetRow({ dataset: "mnist" }).image);
    assertEquals([train.count, train.dim], [60000, 784]);
    assertEquals([test.count, test.dim], [10000, 784]);
    assertEquals(train.values.length, 60000 * 784);
    assertEquals(test.values.length, 10000 * 784);

    // The mean and the class counts that are known of MNIST.
    assert(train.values instanceof Uint8Array);
    const sum = train.values.reduce((total, value) => total + value, 0);
    assertEquals((sum / train.values.length / 255).toFixed(4), "0.1307");
    const labels = digitsOf(data);
    const config: DataRequest = {
      ...{ dataset: "mnist", dataSeed: 0, binarize: "none" as const },
      ...{ trainSize: 4, testSize: 2 },
    };
    const shared = { shared: shareDatasets(source) };
    assertEquals((await loadDataset(config, shared)).labels, undefined);
    const cut = await loadDataset(config, { ...shared, labels: true });
    assertEquals([...digitsOf(cut).train], [5, 0, 4, 1]);
    assertEquals(
      countClasses(labels.train),
      [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    );
    assertEquals(
      countClasses(labels.test),
      [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    );
    assertEquals([...labels.train.subarray(0, 5)], [5, 0, 4, 1, 9]);
    assertEquals(
      data.sha256,
      "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96",
    );
  },
);

function countClasses(labels: Uint32Array): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}
