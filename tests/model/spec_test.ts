import { assertEquals } from "@std/assert";
import { spreadColumn } from "../../src/model/likelihood/families.ts";
import {
  countParameters,
  type DecoderVariance,
  isTrained,
  type LikelihoodSpec,
  parameterShapes,
  totalLatentDim,
  type VaeSpec,
} from "../../src/model/spec.ts";

const SPEC = {
  dataDim: 9,
  latentDim: 2,
  hidden: [5, 4],
  activation: "relu",
  posterior: "isotropic",
  likelihood: { family: "gaussian", variance: "learned", mean: "linear" },
  initialisation: "glorot",
} as const satisfies VaeSpec;

Deno.test("parameterShapes() lists encoder, then decoder, mirrored", () => {
  assertEquals(
    parameterShapes(SPEC).map(({ name, shape }) => [name, [...shape]]),
    [
      ["encoder/hidden1/weight", [9, 5]],
      ["encoder/hidden1/bias", [5]],
      ["encoder/hidden2/weight", [5, 4]],
      ["encoder/hidden2/bias", [4]],
      ["encoder/mean/weight", [4, 2]],
      ["encoder/mean/bias", [2]],
      ["encoder/log_variance/weight", [4, 1]],
      ["encoder/log_variance/bias", [1]],
      ["decoder/hidden1/weight", [2, 4]],
      ["decoder/hidden1/bias", [4]],
      ["decoder/hidden2/weight", [4, 5]],
      ["decoder/hidden2/bias", [5]],
      ["decoder/output/weight", [5, 9]],
      ["decoder/output/bias", [9]],
      ["decoder/log_variance", []],
    ],
  );
});

Deno.test("parameterShapes() of a linear VAE has one layer each way", () => {
  assertEquals(
    parameterShapes({
      ...SPEC,
      hidden: [],
      posterior: "diagonal",
      likelihood: { family: "bernoulli" },
    }).map(({ name, shape }) => [name, [...shape]]),
    [
      ["encoder/mean/weight", [9, 2]],
      ["encoder/mean/bias", [2]],
      ["encoder/log_variance/weight", [9, 2]],
      ["encoder/log_variance/bias", [2]],
      ["decoder/output/weight", [2, 9]],
      ["decoder/output/bias", [9]],
    ],
  );
});

Deno.test("parameterShapes() has kernels, with a bias for each channel, and for each pixel of x", () => {
  assertEquals(
    parameterShapes({
      ...SPEC,
      dataDim: 32,
      image: { height: 8, width: 4 },
      hidden: [{ channels: 3 }, { channels: 6 }, 5],
    }).map(({ name, shape }) => [name, [...shape]]),
    [
      ["encoder/hidden1/weight", [4, 4, 1, 3]],
      ["encoder/hidden1/bias", [3]],
      ["encoder/hidden2/weight", [4, 4, 3, 6]],
      ["encoder/hidden2/bias", [6]],
      ["encoder/hidden3/weight", [12, 5]],
      ["encoder/hidden3/bias", [5]],
      ["encoder/mean/weight", [5, 2]],
      ["encoder/mean/bias", [2]],
      ["encoder/log_variance/weight", [5, 1]],
      ["encoder/log_variance/bias", [1]],
      ["decoder/hidden1/weight", [2, 5]],
      ["decoder/hidden1/bias", [5]],
      ["decoder/hidden2/weight", [5, 12]],
      ["decoder/hidden2/bias", [6]],
      ["decoder/hidden3/weight", [4, 4, 3, 6]],
      ["decoder/hidden3/bias", [3]],
      ["decoder/output/weight", [4, 4, 1, 3]],
      ["decoder/output/bias", [32]],
      ["decoder/log_variance", []],
    ],
  );
});

/** The parameters that a likelihood adds to those of a Bernoulli's. */
function addedBy(likelihood: LikelihoodSpec) {
  const bernoulli = { ...SPEC, likelihood: { family: "bernoulli" } } as const;
  const common = parameterShapes(bernoulli);
  const all = parameterShapes({ ...SPEC, likelihood });
  assertEquals(all.slice(0, common.length), common);
  return all.slice(common.length).map(({ name, shape }) => [name, [...shape]]);
}

Deno.test("parameterShapes() ends with what the likelihood needs", () => {
  const gaussian = { family: "gaussian", mean: "sigmoid" } as const;
  for (const variance of [0.5, "learned", "optimal"] as const) {
    assertEquals(addedBy({ ...gaussian, variance }), [
      ["decoder/log_variance", []],
    ]);
  }
  const perPixel = { ...gaussian, variance: "per-pixel" } as const;
  assertEquals(addedBy(perPixel), [
    ["decoder/log_variance/weight", [5, 9]],
    ["decoder/log_variance/bias", [9]],
  ]);
  // After a convolution it is one too, with a bias for each pixel.
  const image = { height: 4, width: 6 };
  const convolutional = parameterShapes({
    ...SPEC,
    dataDim: 24,
    image,
    hidden: [{ channels: 3 }],
    likelihood: perPixel,
  });
  assertEquals(convolutional.slice(-2).map(({ shape }) => [...shape]), [
    [4, 4, 1, 3],
    [24],
  ]);
  assertEquals(addedBy({ family: "continuous-bernoulli" }), []);
  assertEquals(addedBy({ family: "discretised-logistic" }), [
    ["decoder/log_scale", []],
  ]);
});

Deno.test("spreadColumn() is there where all pixels share a spread", () => {
  const columnOf = (variance: DecoderVariance) =>
    spreadColumn({ family: "gaussian", variance, mean: "linear" });
  assertEquals(columnOf(0.1), "decoder_variance");
  assertEquals(columnOf("learned"), "decoder_variance");
  assertEquals(columnOf("optimal"), "decoder_variance");
  assertEquals(columnOf("per-pixel"), null);
  assertEquals(spreadColumn({ family: "bernoulli" }), null);
  assertEquals(
    spreadColumn({ family: "discretised-logistic" }),
    "decoder_scale",
  );
});

Deno.test("parameterShapes() has a full covariance's entries below the diagonal", () => {
  const shapesOf = (latentDim: number) =>
    parameterShapes({ ...SPEC, latentDim, posterior: "full" })
      .filter(({ name }) => /encoder.*(diagonal|variance)/.test(name))
      .map(({ name, shape }) => [name, [...shape]]);
  assertEquals(shapesOf(3), [
    ["encoder/log_variance/weight", [4, 3]],
    ["encoder/log_variance/bias", [3]],
    ["encoder/off_diagonal/weight", [4, 3]],
    ["encoder/off_diagonal/bias", [3]],
  ]);
  // One dimension has none.
  assertEquals(shapesOf(1).length, 2);
});

Deno.test("parameterShapes() lists a second layer between encoder and decoder", () => {
  const spec: VaeSpec = {
    ...SPEC,
    posterior: "full",
    upper: { latentDim: 3, hidden: [7, 6] },
  };
  const names = parameterShapes(spec).map(({ name }) => name);
  const between = parameterShapes(spec)
    .filter(({ name }) => name.includes("/upper/"));
  assertEquals(
    between.map(({ name, shape }) => [name, [...shape]]),
    [
      ["encoder/upper/hidden1/weight", [2, 7]],
      ["encoder/upper/hidden1/bias", [7]],
      ["encoder/upper/hidden2/weight", [7, 6]],
      ["encoder/upper/hidden2/bias", [6]],
      ["encoder/upper/mean/weight", [6, 3]],
      ["encoder/upper/mean/bias", [3]],
      ["encoder/upper/log_variance/weight", [6, 3]],
      ["encoder/upper/log_variance/bias", [3]],
      ["encoder/upper/off_diagonal/weight", [6, 3]],
      ["encoder/upper/off_diagonal/bias", [3]],
      ["decoder/upper/hidden1/weight", [3, 6]],
      ["decoder/upper/hidden1/bias", [6]],
      ["decoder/upper/hidden2/weight", [6, 7]],
      ["decoder/upper/hidden2/bias", [7]],
      ["decoder/upper/mean/weight", [7, 2]],
      ["decoder/upper/mean/bias", [2]],
      ["decoder/upper/log_variance/weight", [7, 2]],
      ["decoder/upper/log_variance/bias", [2]],
    ],
  );
  assertEquals(
    names.indexOf("encoder/upper/hidden1/weight"),
    names.indexOf("encoder/off_diagonal/bias") + 1,
  );
  assertEquals(
    names.indexOf("decoder/hidden1/weight"),
    names.indexOf("decoder/upper/log_variance/bias") + 1,
  );
});

Deno.test("totalLatentDim() counts both layers", () => {
  assertEquals(totalLatentDim(SPEC), 2);
  assertEquals(totalLatentDim({ latentDim: 2, upper: null }), 2);
  const upper = { latentDim: 3, hidden: [] };
  assertEquals(totalLatentDim({ latentDim: 2, upper }), 5);
});

Deno.test("countParameters() counts the trained values", () => {
  // 784-400-20-400-784 with two heads of 20: 314000 + 2 * 8020 + 8400 + 314384.
  assertEquals(
    countParameters({
      ...SPEC,
      dataDim: 784,
      latentDim: 20,
      hidden: [400],
      posterior: "diagonal",
      likelihood: { family: "bernoulli" },
    }),
    652_824,
  );
  // The layers of the first test: 50 + 24 + 10 + 5 + 12 + 25 + 54, and one.
  assertEquals(countParameters(SPEC), 181);
  for (const variance of [0.5, "optimal"] as const) {
    const likelihood = {
      family: "gaussian",
      variance,
      mean: "linear",
    } as const;
    assertEquals(countParameters({ ...SPEC, likelihood }), 180);
  }
  // Heads of 9 from 5 units, and one scale.
  const perPixel = { ...SPEC.likelihood, variance: "per-pixel" } as const;
  assertEquals(countParameters({ ...SPEC, likelihood: perPixel }), 180 + 54);
  const logistic = { family: "discretised-logistic" } as const;
  assertEquals(countParameters({ ...SPEC, likelihood: logistic }), 181);
});

Deno.test("isTrained() spares the decoder variance unless it is learned", () => {
  const name = "decoder/log_variance";
  assertEquals(isTrained(SPEC, name), true);
  for (const variance of [0.5, "optimal"] as const) {
    const likelihood = {
      family: "gaussian",
      variance,
      mean: "linear",
    } as const;
    assertEquals(isTrained({ ...SPEC, likelihood }, name), false);
  }
  assertEquals(isTrained(SPEC, "decoder/output/bias"), true);
  const perPixel = { ...SPEC.likelihood, variance: "per-pixel" } as const;
  const spec = { ...SPEC, likelihood: perPixel };
  for (const { name } of parameterShapes(spec)) {
    assertEquals(isTrained(spec, name), true, name);
  }
  assertEquals(isTrained(SPEC, "decoder/log_scale"), true);
});
