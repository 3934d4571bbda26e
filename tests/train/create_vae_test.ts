import { assertAlmostEquals, assertEquals } from "@std/assert";
import { meanPixels } from "../../src/data/dataset.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae, vaeSpec } from "../../src/train/create_vae.ts";
import { configOf, toyData } from "./toys.ts";

Deno.test("vaeSpec() is the model's part of a config", () => {
  assertEquals(
    vaeSpec(configOf({ hidden: [8, 4] }), { dim: 784, image: null }),
    {
      dataDim: 784,
      latentDim: 2,
      hidden: [8, 4],
      activation: "tanh",
      posterior: "diagonal",
      upper: null,
      likelihood: { family: "bernoulli" },
      initialisation: "glorot",
    },
  );
});

Deno.test("vaeSpec() has the image of data that are images", () => {
  const image = { height: 28, width: 28 };
  const hidden = [{ channels: 8 }, 4];
  const spec = vaeSpec(configOf({ hidden }), { dim: 784, image });
  assertEquals([spec.image, spec.hidden], [image, hidden]);
});

/** Name to values of a new model. */
async function arraysOf(config: RunConfig): Promise<Map<string, number[]>> {
  using vae = createVae(config, toyData());
  return new Map(
    (await vae.values()).map(({ name, values }) => [name, [...values]]),
  );
}

Deno.test("createVae() draws the run's initial parameters", async () => {
  await openBackend("cpu");
  const config = configOf({ seed: 7, initialisation: "normal" });
  const expected = initialParameters(vaeSpec(config, toyData()), 7);
  assertEquals(
    [...await arraysOf(config)],
    expected.map(({ name, values }) => [name, [...values]]),
  );
});

Deno.test("createVae() starts the output at the data's mean where asked", async () => {
  await openBackend("cpu");
  const name = "decoder/output/bias";
  const config = configOf({ outputBias: "data-mean" });
  const arrays = await arraysOf(config);
  // Rows of (row, 0, 255) for rows 0 to 9: the means are 4.5 / 255, 0 and 1,
  // the latter clipped to 0.001 and 0.999.
  const means = [4.5 / 255, 0.001, 0.999];
  means.forEach((p, i) =>
    assertAlmostEquals(arrays.get(name)![i]!, Math.log(p / (1 - p)), 1e-6)
  );

  const likelihood = {
    family: "gaussian",
    variance: 0.5,
    mean: "linear",
  } as const;
  const gaussian = await arraysOf({ ...config, likelihood });
  assertEquals(gaussian.get(name), [Math.fround(4.5 / 255), 0, 1]);
  const sigmoid = { ...likelihood, mean: "sigmoid" } as const;
  const logits = await arraysOf({ ...config, likelihood: sigmoid });
  assertEquals(logits.get(name), arrays.get(name));

  // Nothing else changes.
  const plain = await arraysOf(configOf());
  assertEquals(plain.get(name), [0, 0, 0]);
  for (const other of plain.keys()) {
    if (other !== name) assertEquals(arrays.get(other), plain.get(other));
  }
});

Deno.test("meanPixels() averages rows of bytes and of floats", () => {
  assertEquals(
    meanPixels({ count: 2, dim: 2, values: Uint8Array.of(0, 255, 102, 51) }),
    Float32Array.of(0.2, 0.6),
  );
  assertEquals(
    meanPixels({ count: 2, dim: 1, values: Float32Array.of(-1, 4) }),
    Float32Array.of(1.5),
  );
});
