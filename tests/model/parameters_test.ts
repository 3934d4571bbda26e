import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
} from "@std/assert";
import { initialParameters } from "../../src/model/parameters.ts";
import { gridPair } from "../../src/model/layers.ts";
import type {
  Initialisation,
  LikelihoodSpec,
  VaeSpec,
} from "../../src/model/spec.ts";
import { stream } from "../../src/random/stream.ts";
import { assertAverages, correlation } from "../random/statistics.ts";
import { convolveDirectly, spreadDirectly } from "./direct_convolution.ts";
import { PIXELS } from "./pixels.ts";

const SPEC: VaeSpec = {
  dataDim: 60,
  latentDim: 20,
  hidden: [50],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  initialisation: "glorot",
};

const valuesOf = (spec: VaeSpec, seed = 0) =>
  new Map(
    initialParameters(spec, seed).map(({ name, values }) => [name, values]),
  );

/** Uniform draws, with the largest square of a weight by its fans. */
const UNIFORM: readonly [
  Initialisation,
  (fanIn: number, fanOut: number) => number,
][] = [
  ["glorot", (fanIn, fanOut) => 6 / (fanIn + fanOut)],
  ["lecun", (fanIn) => 3 / fanIn],
  ["pytorch", (fanIn) => 1 / fanIn],
];

/** That all values are within +-limit, and some near it. */
function assertLimit(values: Float32Array, limit: number, name: string): void {
  const largest = Math.max(...values.map(Math.abs));
  assert(largest <= Math.fround(limit), name);
  // Of n draws none is above 1 - 20/n with probability e^-20.
  assertGreater(largest, limit * (1 - 20 / values.length), name);
}

for (const [initialisation, squaredLimit] of UNIFORM) {
  Deno.test(`initialParameters() draws ${initialisation} weights uniformly in their bounds`, () => {
    const spec: VaeSpec = { ...SPEC, initialisation };
    let limit = 0;
    // A weight comes before its bias.
    for (const { name, shape, values } of initialParameters(spec, 1)) {
      if (name.endsWith("bias")) {
        if (initialisation === "pytorch") assertLimit(values, limit, name);
        else assert(values.every((value) => value === 0), name);
        continue;
      }
      const [fanIn, fanOut] = shape as [number, number];
      limit = Math.sqrt(squaredLimit(fanIn, fanOut));
      assertLimit(values, limit, name);
      assertAverages(values, 0, 0.1 * limit, name);
      const variance = limit ** 2 / 3;
      const squares = Float64Array.from(values, (value) => value ** 2);
      assertAverages(squares, variance, 0.2 * variance, name);
    }
  });

  Deno.test(`initialParameters() counts the fans of a ${initialisation} kernel as its places meet`, () => {
    const [C, O] = [24, 40];
    const spec: VaeSpec = {
      ...SPEC,
      dataDim: 64,
      image: { height: 8, width: 8 },
      hidden: [{ channels: C }, { channels: O }],
      initialisation,
    };
    const grids = gridPair(
      { height: 12, width: 12, channels: 1 },
      { height: 6, width: 6, channels: 1 },
    )!;
    // Ones everywhere: an inner output counts its inputs, an inner input the
    // outputs that it goes into.
    const ones = (n: number) => new Array<number>(n).fill(1);
    const ins = convolveDirectly(ones(144), ones(16), grids)[6 * 2 + 3]!;
    const outs = spreadDirectly(ones(36), ones(16), grids)[12 * 5 + 4]!;
    assertEquals([ins, outs], [16, 4]);
    const [windows, places] = [ins * C, outs * O];
    // The decoder's layer is the transpose, from O channels to C.
    const fans = { encoder: [windows, places], decoder: [places, windows] };
    for (const [side, [fanIn, fanOut]] of Object.entries(fans)) {
      const name = `${side}/hidden2/weight`;
      const values = valuesOf(spec).get(name)!;
      assertEquals(values.length, 16 * C * O);
      assertLimit(values, Math.sqrt(squaredLimit(fanIn!, fanOut!)), name);
    }
  });
}

Deno.test("initialParameters() draws normal weights and biases of deviation 0.01", () => {
  const spec: VaeSpec = { ...SPEC, initialisation: "normal" };
  for (const { name, values } of initialParameters(spec, 1)) {
    assertAverages(values, 0, 0.02, name);
    const squares = Float64Array.from(values, (value) => value ** 2);
    if (values.length < 500) {
      assertAverages(squares, 1e-4, 3e-4, name);
      continue;
    }
    assertAverages(squares, 1e-4, 0.3e-4, name);
    // No uniform of that variance goes beyond 1.73 deviations.
    assertGreater(Math.max(...values), 0.025, name);
  }
});

Deno.test("initialParameters() gives every array a stream of its own", () => {
  const spec: VaeSpec = { ...SPEC, initialisation: "normal" };
  const arrays = [...valuesOf(spec, 3)];
  arrays.forEach(([name, values], part) => {
    const draws = stream(3, "init", 0, part).normals(values.length);
    assertEquals(values, draws.map((value) => 0.01 * value), name);
    for (const [other, others] of arrays.slice(part + 1)) {
      const n = Math.min(values.length, others.length);
      const r = correlation(values.subarray(0, n), others.subarray(0, n));
      assertLess(Math.abs(r), 5 / Math.sqrt(n), `${name} and ${other}`);
    }
  });
});

Deno.test("initialParameters() changes no other array with a hidden unit more", () => {
  const spec: VaeSpec = { ...SPEC, initialisation: "normal" };
  const small = valuesOf(spec);
  const large = valuesOf({ ...spec, hidden: [51] });
  const changed: string[] = [];
  for (const [name, values] of small) {
    const longer = large.get(name)!;
    if (longer.length > values.length) changed.push(name);
    // Not one draw is another: there are only more of them.
    assertEquals(longer.slice(0, values.length), values, name);
  }
  assertEquals(changed, [
    "encoder/hidden1/weight",
    "encoder/hidden1/bias",
    "encoder/mean/weight",
    "encoder/log_variance/weight",
    "decoder/hidden1/weight",
    "decoder/hidden1/bias",
    "decoder/output/weight",
  ]);
});

Deno.test("initialParameters() starts a full covariance diagonal", () => {
  for (const initialisation of ["glorot", "normal"] as const) {
    const spec: VaeSpec = {
      ...SPEC,
      initialisation,
      upper: { latentDim: 3, hidden: [] },
    };
    const values = [...valuesOf({ ...spec, posterior: "full" })];
    const off = values.filter(([name]) => name.includes("off_diagonal"));
    assertEquals(off.map(([, { length }]) => length), [9500, 190, 60, 3]);
    for (const [name, array] of off) {
      assert(array.every((value) => value === 0), name);
    }
    // It then is the diagonal posterior, down to its parameters.
    const diagonal = valuesOf(spec);
    for (const name of ["mean", "log_variance"]) {
      const weight = `encoder/${name}/weight`;
      assertEquals(new Map(values).get(weight), diagonal.get(weight));
    }
  }
});

Deno.test("initialParameters() depends on the seed alone", () => {
  assertEquals(initialParameters(SPEC, 5), initialParameters(SPEC, 5));
  const [a, b] = [valuesOf(SPEC, 5), valuesOf(SPEC, 6)];
  const name = "decoder/output/weight";
  assertNotEquals(a.get(name), b.get(name));
  const r = correlation(a.get(name)!, b.get(name)!);
  assertLess(Math.abs(r), 5 / Math.sqrt(a.get(name)!.length));
});

Deno.test("initialParameters() starts the decoder variance where it is said", () => {
  const logVariance = (variance: number | "learned" | "optimal") => {
    const likelihood = {
      family: "gaussian",
      variance,
      mean: "linear",
    } as const;
    return valuesOf({ ...SPEC, likelihood }).get("decoder/log_variance")!;
  };
  assertAlmostEquals(logVariance(0.04)[0]!, Math.log(0.04), 1e-6);
  assertEquals(logVariance(1), Float32Array.of(0));
  assertEquals(logVariance("learned"), Float32Array.of(0));
  assertEquals(logVariance("optimal"), Float32Array.of(0));
  assertEquals(valuesOf(SPEC).has("decoder/log_variance"), false);
});

Deno.test("initialParameters() starts a scale at 0.1, and variances per pixel at about one", () => {
  const logistic = { family: "discretised-logistic" } as const;
  const scale = valuesOf({ ...SPEC, likelihood: logistic })
    .get("decoder/log_scale")!;
  assertEquals(scale, Float32Array.of(Math.log(0.1)));
  const perPixel = {
    family: "gaussian",
    variance: "per-pixel",
    mean: "sigmoid",
  } as const;
  const heads = valuesOf({ ...SPEC, likelihood: perPixel });
  assertEquals(heads.get("decoder/log_variance/bias"), new Float32Array(60));
  assertEquals(heads.get("decoder/log_variance/weight")!.length, 3000);
});

Deno.test("initialParameters() starts the output where E[x|z] is about the data's mean", () => {
  const dataMean = Float32Array.of(0, 0.3, 0.5, 0.8, 1);
  const biasOf = (likelihood: LikelihoodSpec) => {
    const spec = { ...SPEC, dataDim: 5, likelihood };
    const bias = initialParameters(spec, 0, dataMean)
      .find(({ name }) => name === "decoder/output/bias")!;
    return [...bias.values];
  };
  const clip = Math.log(0.999 / 0.001);
  const logit = (p: number) => Math.log(p / (1 - p));
  const expected = [-clip, logit(0.3), 0, logit(0.8), clip];
  biasOf({ family: "bernoulli" }).forEach((bias, i) =>
    assertAlmostEquals(bias, expected[i]!, 1e-6)
  );

  const eta = biasOf({ family: "continuous-bernoulli" });
  const { mean } = PIXELS["continuous-bernoulli"];
  assertAlmostEquals(eta[0]!, -clip, 1e-6);
  assertAlmostEquals(eta[4]!, clip, 1e-6);
  for (const i of [1, 2, 3]) {
    assertAlmostEquals(mean(eta[i]!, NaN), dataMean[i]!, 1e-6);
  }

  const gaussian = { family: "gaussian", variance: "per-pixel" } as const;
  assertEquals(biasOf({ ...gaussian, mean: "linear" }), [...dataMean]);
  assertEquals(
    biasOf({ ...gaussian, mean: "sigmoid" }),
    biasOf({ family: "bernoulli" }),
  );
  assertEquals(biasOf({ family: "discretised-logistic" }), [...dataMean]);
});
