import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { gzip, idx, testOnRealData, withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  exists,
  run,
  runHere,
  threeAtATime,
  tinyNet,
} from "./command.ts";
import { checkExperiment, checkPictures } from "./results.ts";

const TRAIN_IMAGES = "mnist/train-images-idx3-ubyte.gz";

/** Runs on MNIST from a folder of files, which is a mistake. */
async function assertRefused(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  ...parts: string[]
): Promise<void> {
  const [dataDir, out] = [join(folder, "data"), join(folder, "out")];
  await Deno.mkdir(join(dataDir, "mnist"), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(join(dataDir, name), bytes);
  }
  const flags = { dataset: "mnist", "data-dir": dataDir, out };
  assertMistake(await runHere("latent-sweep", tinyNet(flags)), ...parts);
  assertEquals(await exists(out), false);
}

Deno.test("--data-dir without intact files is one line, exit code 2, and no file", async () => {
  const whole = await gzip(idx([2, 28, 28], new Uint8Array(2 * 28 * 28)));
  const wrongMagic = await gzip(new Uint8Array(3000));
  const cases = {
    missing: {},
    empty: { [TRAIN_IMAGES]: new Uint8Array() },
    truncated: { [TRAIN_IMAGES]: whole.subarray(0, whole.length - 12) },
    "no gzip": { [TRAIN_IMAGES]: new Uint8Array(100) },
    "wrong magic number": { [TRAIN_IMAGES]: wrongMagic },
    "other images": { [TRAIN_IMAGES]: whole },
  };
  await withFolder(async (folder) => {
    await threeAtATime([
      ...Object.entries(cases).map(([name, files]) => () =>
        assertRefused(join(folder, name), files, TRAIN_IMAGES)
      ),
      async () => {
        const [dataDir, out] = [join(folder, "none"), join(folder, "o")];
        const flags = { dataset: "freyface", "data-dir": dataDir, out };
        const outcome = await runHere("mc-samples", tinyNet(flags));
        assertMistake(outcome, "--data-dir", dataDir);
        assertEquals(await exists(out), false);
      },
    ]);
  });
});

const REAL: Readonly<Record<string, readonly string[]>> = {
  mnist: [TRAIN_IMAGES, "mnist/t10k-images-idx3-ubyte.gz"],
  "mnist-fixed": ["binarized_mnist/binarized_mnist_train.bits.gz"],
  freyface: ["freyface/freyfaces_1965x560_u8.bin"],
  "freyface-256": ["freyface/freyfaces_1965x560_u8.bin"],
};

for (const [dataset, files] of Object.entries(REAL)) {
  testOnRealData(
    `exp:latent-sweep trains on ${dataset}, and refuses more rows than it has`,
    files,
    async ({ dataDir }) => {
      await withFolder(async (folder) => {
        const flags = { dataset, "data-dir": dataDir, backend: "wasm" };
        const [out, none] = [join(folder, "out"), join(folder, "none")];
        const tooMany = { ...flags, "train-size": 60001, out: none };
        const [trained, refused] = await Promise.all([
          run("latent-sweep", [...tinyNet({ ...flags, out }), "--quiet"]),
          runHere("latent-sweep", tinyNet(tooMany)),
        ]);
        assertQuietSuccess(trained);
        const name = `${dataset}-z2-L1-seed1`;
        await checkExperiment(`${out}/latent-sweep`, [name]);
        await checkPictures(`${out}/latent-sweep/${name}`);

        assertMistake(refused, "--train-size 60001", "rows");
        assertEquals(await exists(none), false);
      });
    },
  );
}
