/** Every kind of file through the command line: good ones and broken ones. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decode, encode } from "fast-png";
import { gzipSync } from "node:zlib";
import { readCsv } from "../../src/results/csv_table.ts";
import { readRunJson, type RunJson } from "../../src/results/run_json.ts";
import { idx } from "../data/helpers.ts";
import {
  bytesOf,
  type Files,
  npy,
  npz,
  safetensors,
  withFiles,
} from "../data/own/files.ts";
import { COLOUR, GREY } from "../data/own/jpegs.ts";
import {
  assertMistake,
  assertQuietSuccess,
  type Flags,
  type Outcome,
  runBareHere,
  runHere,
  tinyNet,
} from "./command.ts";

const FEW: Flags = {
  ...{ "train-size": 6, "test-size": 1, "batch-size": 3, steps: 2 },
  ...{ "final-k": 2, "final-rows": 1 },
};

async function sweep(
  data: string,
  out: string,
  flags: Flags = {},
  run = runBareHere,
): Promise<Outcome> {
  const net = tinyNet({ data, out, engine: "reference", ...FEW, ...flags });
  return await run([...net, "--quiet"]);
}

const withPictures = (args: readonly string[]) => runHere("latent-sweep", args);

/** The one run that is in a folder of results. */
async function runIn(out: string): Promise<{ path: string; json: RunJson }> {
  const folder = `${out}/latent-sweep`;
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const [run] = entries.filter(({ isDirectory }) => isDirectory);
  const path = `${folder}/${run!.name}`;
  return { path, json: (await readRunJson(path))! };
}

/** Eight rows of six numbers, and as text. */
const VALUES = Array.from({ length: 48 }, (_, i) => (i * i * 37) % 256);
const ROWS = Array.from(
  { length: 8 },
  (_, i) => VALUES.slice(6 * i, 6 * i + 6),
);
const TEXT = ["a,b,c,d,e,f", ...ROWS.map((row) => row.join())].join("\n");
const U1 = npy([8, 2, 3], VALUES, { type: "u1" });
const F4 = { shape: [8, 6], dtype: "F32", data: bytesOf(VALUES) };

const PARQUET = await Deno.readFile(
  new URL("../data/own/snappy.parquet", import.meta.url),
);

/** An image, by default of 4x2 pixels. */
function png(
  n: number,
  { channels = 1, depth = 8, width = 4, height = 2 }: {
    channels?: 1 | 3;
    depth?: 8 | 16;
    width?: number;
    height?: number;
  } = {},
): Uint8Array {
  const length = width * height * channels;
  const data = depth === 8 ? new Uint8Array(length) : new Uint16Array(length);
  data.forEach((_, i) => data[i] = (n * 31 + i * 17) % 256);
  return encode({ width, height, channels, depth, data });
}

/** Eight images in a folder. */
const images = (ending: string, image: (n: number) => Uint8Array): Files =>
  Object.fromEntries(ROWS.map((_, n) => [`in/${n}${ending}`, image(n)]));

/** The files, numbers in a row, and more flags. */
const GOOD: readonly [files: Files, dim: number, flags?: Flags][] = [
  [{ "in.npy": npy([8, 6], VALUES, { type: "i2", fortran: true }) }, 6],
  [{ "in.npy": npy([8, 6], VALUES, { type: "f8", endian: ">" }) }, 6],
  [{ "in.npz": npz({ x_train: U1, x_test: U1 }) }, 6],
  [{ "in.tsv.gz": gzipSync(TEXT.replaceAll(",", "\t")) }, 6],
  [{ "in-ubyte": idx([8, 2, 3], VALUES) }, 6],
  [{ "in.safetensors": safetensors({ x: F4 }) }, 6, { scale: "standardise" }],
  [{ "in.parquet": PARQUET }, 3, { columns: "x,k,b" }],
  [images(".jpg", () => GREY), 63],
  [images(".jpeg", () => COLOUR), 12, { resize: "2x2" }],
  [images(".png", (n) => png(n, { depth: 16 })), 8],
];

Deno.test("every kind of file is trained on, and evaluated", async (t) => {
  for (const [files, dim, flags] of GOOD) {
    const name = Object.keys(files)[0]!;
    await t.step(name, () =>
      withFiles(files, async (folder) => {
        const out = `${folder}/out`;
        const path = `${folder}/${name.replace(/\/.*/, "")}`;
        assertQuietSuccess(await sweep(path, out, flags));
        const { path: run, json } = await runIn(out);
        assertEquals([json.status, json.data.dim], ["finished", dim]);
        const rows = await readCsv(`${run}/evaluation-k2-n1.csv`, ["value"]);
        const nll = rows.find(({ quantity }) => quantity === "nll");
        assert(Number.isFinite(Number(nll!["value"])));
      }));
  }
});

const withFrames = Uint8Array.from(png(1));
withFrames.set(new TextEncoder().encode("acTL"), 37);

/** The file, and what the refusal says. */
const BROKEN: readonly [files: Files, ...parts: string[]][] = [
  [{ "in.npy": U1.slice(0, -1) }, "in.npy", "truncated"],
  [{ "in.npy": npy([0, 6], []) }, "in.npy", "no rows"],
  [{ "in.npz": npz({ x: U1 }).slice(0, 99) }, "in.npz", "intact"],
  [{ "in.csv": "a,b\n1,2\n3\n" }, "in.csv", "line 3 has 1 cell, not 2"],
  [{ "in.csv": "a,b\n1,2\n" }, "in.csv", "1 row"],
  [{ "in.tsv": "a\tb\n1\tNaN\n" }, "line 2, column b", "--missing mask"],
  [{ "in.csv.gz": gzipSync(TEXT).subarray(0, 40) }, "intact gzip"],
  [{ "in-ubyte": U1 }, "in-ubyte", "magic number"],
  [{ "in.safetensors": U1 }, "intact safetensors"],
  [{ "in.parquet": PARQUET.slice(0, -1) }, "in.parquet", "Parquet"],
  [{ "in/1.png": png(1), "in/2.png": png(2, { width: 5 }) }, "2x5x1", "2.png"],
  [{ "in/1.png": png(1), "in/2.png": png(2, { channels: 3 }) }, "2x4x3"],
  [{ "in/1.png": png(1), "in/2.png": png(2, { depth: 16 }) }, "of 16 bits"],
  [{ "in/1.png": png(1).slice(0, 60) }, "1.png", "intact PNG"],
  [{ "in/1.png": withFrames }, "1.png", "animated"],
  [{ "in/1.jpg": GREY.slice(0, 99) }, "1.jpg", "intact JPEG"],
];

Deno.test("every kind of file is refused where it is broken, before a run", async (t) => {
  for (const [files, ...parts] of BROKEN) {
    const name = Object.keys(files)[0]!;
    await t.step(
      `${name} ${parts.join(" ")}`,
      () =>
        withFiles(files, async (folder) => {
          const path = `${folder}/${name.replace(/\/.*/, "")}`;
          assertMistake(await sweep(path, `${folder}/out`), ...parts);
        }),
    );
  }
});

/**
 * Fisher's iris (The use of multiple measurements in taxonomic problems, Annals
 * of Eugenics 7, 1936), in the version of R, without the two errors of UCI's.
 */
const IRIS = new URL("../data/own/iris.csv", import.meta.url);

Deno.test("Fisher's iris is trained on, in the units of its table", () =>
  withFiles({}, async (folder) => {
    const flags = { labels: "species", scale: "standardise" };
    const all = { "train-size": 135, "test-size": 15, "final-rows": 15 };
    const path = IRIS.pathname;
    const steps = { steps: 300, engine: "wasm", "eval-every": 300 };
    const net = { "learning-rate": 0.01, ...steps, "batch-size": 100 };
    assertQuietSuccess(
      await sweep(path, folder, { ...flags, ...all, ...net }),
    );
    const { path: run, json } = await runIn(folder);
    const { offset, factor } = json.data.units!;
    // The means and standard deviations of all 150 flowers.
    const means = [5.843, 3.057, 3.758, 1.199];
    const deviations = [0.825, 0.434, 1.759, 0.760];
    means.forEach((mean, i) => assertAlmostEquals(offset[i]!, mean, 0.1));
    deviations.forEach((d, i) => assertAlmostEquals(factor[i]!, d, 0.1));
    // Independent normals have -5.68 nats, two principal components -3.69.
    const rows = await readCsv(`${run}/eval.csv`, ["elbo"]);
    const elbo = Number(rows.at(-1)!["elbo"]);
    assert(elbo > -5.5 && elbo < -3, `${elbo}`);
  }));

Deno.test("64x64 images train through four convolutions, and are drawn", () =>
  withFiles(
    images(".png", (n) => png(n, { width: 64, height: 64 })),
    async (folder) => {
      const hidden = "conv2,conv2,conv2,conv2,4";
      const out = `${folder}/out`;
      assertQuietSuccess(
        await sweep(
          `${folder}/in`,
          out,
          { hidden, activation: "relu" },
          withPictures,
        ),
      );
      const { path } = await runIn(out);
      const drawn = decode(await Deno.readFile(`${path}/samples.png`));
      // Ten columns and rows, with gaps.
      // With a caption above
      assertEquals([drawn.width, drawn.height], [658, 699]);
    },
  ));
