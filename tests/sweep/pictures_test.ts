import { assert, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { type DataRequest, loadDataset } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { generate } from "../../src/engine/generate.ts";
import { DISPLAY } from "../../src/notebook.ts";
import { drawPictures } from "../../src/sweep/pictures.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { imageGrid } from "../../src/plot/image_grid.ts";
import { stream } from "../../src/random/stream.ts";
import { configOf } from "../train/toys.ts";

Deno.test("drawPictures() of a conditional model has a class in a row, a draw in a column", async () => {
  await openBackend("cpu");
  const request: DataRequest = {
    ...{ dataset: "glyphs", dataSeed: 0, binarize: "static" },
    ...{ trainSize: 60, testSize: 3, condition: ["slant", "class"] },
  };
  const data = await loadDataset(request);
  using vae = createVae(configOf({ condition: ["slant", "class"] }), data);
  const drawn = await drawPictures(vae, data, 5);
  const pictures = new Map(drawn.map(({ name, png }) => [name, png]));
  const samples = decode(pictures.get("samples.png")!);
  assertEquals(samples.width, 10 * 3 * 28 + 9 * 2);

  // z of column c, and y of class r at the mean slant.
  const z = stream(5, "generate").normals(200).subarray(0, 20);
  const noise = Float32Array.from({ length: 200 }, (_, i) => z[i % 20]!);
  const condition = Float32Array.from(
    { length: 100 * 11 },
    (_, i) => Number(i % 11 === 1 + Math.floor(i / 110)),
  );
  const images = await generate(vae, noise, condition);
  const size = { ...data.image!, columns: 10, scale: 3 };
  const grid = decode(imageGrid([images], size)).data;
  assertEquals(samples.data.subarray(-grid.length), grid);

  const manifold = pictures.get("manifold.png")!;
  assertEquals(decode(manifold).width, 20 * 2 * 28);

  assert(DISPLAY in drawn);
  const shown = (drawn[DISPLAY] as () => { "text/html": string })();
  const images64 = shown["text/html"].matchAll(/base64,([^"]+)"/g);
  assertEquals(
    [...images64].map(([, text]) => Uint8Array.fromBase64(text!)),
    drawn.map(({ png }) => png),
  );
});
