import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  type BoundSpec,
  GRADIENT_SNR_COLUMNS,
  gradientSignalToNoise,
  type GradientSnrRow,
  gradientSnrRows,
  type Side,
} from "../../src/evaluate/gradient_signal_to_noise.ts";
import type { Estimate } from "../../src/evaluate/estimates.ts";
import {
  type DecoderVariance,
  parameterShapes,
  type VaeSpec,
} from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { type GradientEstimator, GRADIENTS } from "../../src/objective/spec.ts";
import { stream } from "../../src/random/stream.ts";
import { formatRows } from "../../src/results/csv_text.ts";
import { testOnBackends } from "../engine/backends.ts";
import { largeParameters } from "../model/oracle.ts";

/** A linear VAE: encoder and decoder are one affine layer each. */
function linearSpec(dim: number, variance: DecoderVariance): VaeSpec {
  return {
    dataDim: dim,
    latentDim: dim,
    hidden: [],
    activation: "tanh",
    posterior: "diagonal",
    likelihood: { family: "gaussian", variance, mean: "linear" },
    initialisation: "glorot",
  };
}

function linearVae(
  dim: number,
  variance: DecoderVariance,
  arrays: Record<string, ArrayLike<number>>,
): Vae {
  const spec = linearSpec(dim, variance);
  return new Vae(
    spec,
    parameterShapes(spec).map(({ name, shape }) => ({
      name,
      shape,
      values: Float32Array.from(arrays[name]!),
    })),
  );
}

/** Mean and variance of each number of a gradient. */
type Moments = readonly (readonly [mean: number, variance: number])[];

function assertSignalToNoise(
  actual: { elementwise: Estimate; vectorSquared: Estimate },
  moments: Moments,
  estimates: number,
  msg: string,
): void {
  const n = moments.length;
  const ratios = moments.map(([mean, variance]) =>
    Math.abs(mean) / Math.sqrt(variance / estimates)
  );
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b);
  const expected = {
    elementwise: sum(ratios) / n,
    vectorSquared: estimates * sum(moments.map(([mean]) => mean ** 2)) /
      sum(moments.map(([, variance]) => variance)),
  };
  for (const measure of ["elementwise", "vectorSquared"] as const) {
    const { value, error } = actual[measure];
    assertLess(error, 0.12 * expected[measure], `${msg}, ${measure}`);
    assertAlmostEquals(value, expected[measure], 3.5 * error, msg);
  }
}

Deno.test("gradientSignalToNoise() is exact for one importance sample and one latent dimension", async () => {
  await openBackend("cpu");
  const [x, w, b, variance] = [1.5, 0.9, 0.1, 0.5];
  const [mean, sigma] = [0.3 * x - 0.2, Math.exp((0.1 * x - 0.6) / 2)];
  using vae = linearVae(1, "learned", {
    "encoder/mean/weight": [0.3],
    "encoder/mean/bias": [-0.2],
    "encoder/log_variance/weight": [0.1],
    "encoder/log_variance/bias": [-0.6],
    "decoder/output/weight": [w],
    "decoder/output/bias": [b],
    "decoder/log_variance": [Math.log(variance)],
  });
  // z = mean + sigma e, and x - decode(z) = residual - w sigma e.
  const residual = x - w * mean - b;
  // a + b e + c e^2 has mean a + c and variance b^2 + 2 c^2.
  const quadratic = (a: number, b: number, c: number) =>
    [a + c, b ** 2 + 2 * c ** 2] as const;
  const times = (factor: number, [mean, variance]: readonly [number, number]) =>
    [factor * mean, factor ** 2 * variance] as const;
  const decoder = [
    quadratic(
      mean * residual / variance,
      sigma * (residual - w * mean) / variance,
      -w * sigma ** 2 / variance,
    ),
    quadratic(residual / variance, -w * sigma / variance, 0),
    quadratic(
      residual ** 2 / (2 * variance) - 0.5,
      -residual * w * sigma / variance,
      (w * sigma) ** 2 / (2 * variance),
    ),
  ];
  // The derivative by z is slope + curvature sigma e.
  const slope = w * residual / variance - mean;
  const encoder = (curvature: number, normaliser: number) => {
    const byMean = quadratic(slope, curvature * sigma, 0);
    const byLogVariance = quadratic(
      normaliser,
      slope * sigma / 2,
      curvature * sigma ** 2 / 2,
    );
    return [byMean, byLogVariance, times(x, byMean), times(x, byLogVariance)];
  };
  const model = -(w ** 2) / variance - 1;
  const plain = encoder(model, 0.5);
  const path = encoder(model + 1 / sigma ** 2, 0);

  const [copies, samples] = [3, 2];
  const data = new Float32Array(copies).fill(x);
  for (const gradient of GRADIENTS) {
    const found = await gradientSignalToNoise(vae, data, {
      objective: { name: "iwae", k: 1, gradient },
      samples,
      draws: 300,
      seed: 5,
    });
    const exact = { encoder: gradient === "plain" ? plain : path, decoder };
    for (const side of ["encoder", "decoder"] as const) {
      assertEquals(found[side].varying, exact[side].length);
      assertSignalToNoise(
        found[side],
        exact[side],
        copies * samples,
        `${gradient}, ${side}`,
      );
    }
  }
});

const [DIM, COUNT] = [4, 128];

/**
 * The model of Rainforth et al. 2018, section 4: z ~ N(mu, I), x|z ~ N(z, I),
 * q(z|x) = N(A x + b, 2/3 I), less mu. mu is half a deviation from the mean of
 * the data, so that the decoder's gradient is far from zero for every k. A and
 * b are near their optimum, so that the importance weights are bounded.
 */
function toy() {
  const x = stream(3, "data").normals(COUNT * DIM).map((e) => Math.SQRT2 * e);
  const mean = Array.from(
    { length: DIM },
    (_, j) =>
      x.reduce((sum, value, at) => at % DIM === j ? sum + value : sum, 0) /
      COUNT,
  );
  const identity = (scale: number) =>
    Array.from({ length: DIM ** 2 }, (_, i) => i % (DIM + 1) ? 0 : scale);
  const mu = mean.map((value) => value + 0.5);
  const moved = stream(5, "init").normals(DIM);
  const vae = linearVae(DIM, 1, {
    "encoder/mean/weight": identity(0.5),
    "encoder/mean/bias": mu.map((value, j) => -value / 2 + 0.3 * moved[j]!),
    "encoder/log_variance/weight": identity(0),
    "encoder/log_variance/bias": mu.map(() => Math.log(2 / 3)),
    "decoder/output/weight": identity(1),
    "decoder/output/bias": mu,
    "decoder/log_variance": [0],
  });
  return { x, vae };
}

/**
 * The slope of ln value against ln k and its error, by least squares with the
 * errors of the values.
 */
function slopeOf(
  points: readonly { k: number; value: number; error: number }[],
): { slope: number; error: number } {
  const sums = { w: 0, x: 0, y: 0, xx: 0, xy: 0 };
  for (const { k, value, error } of points) {
    assertGreater(value, error);
    const [x, y, w] = [Math.log(k), Math.log(value), (value / error) ** 2];
    sums.w += w;
    sums.x += w * x;
    sums.y += w * y;
    sums.xx += w * x * x;
    sums.xy += w * x * y;
  }
  const determinant = sums.w * sums.xx - sums.x ** 2;
  return {
    slope: (sums.w * sums.xy - sums.x * sums.y) / determinant,
    error: Math.sqrt(sums.w / determinant),
  };
}

/** Asserts the slope of both measures from some k on. */
function assertSlopes(
  rows: readonly GradientSnrRow[],
  { gradient, group, from }: {
    gradient: GradientEstimator;
    group: Side;
    from: number;
  },
  expected: number,
): void {
  const chosen = rows.filter((row) =>
    row.gradient === gradient && row.group === group && row.k >= from
  );
  const elementwise = slopeOf(chosen.map((row) => ({
    k: row.k,
    value: row.snr,
    error: row.snr_error,
  })));
  const squared = slopeOf(chosen.map((row) => ({
    k: row.k,
    value: row.vector_snr_squared,
    error: row.vector_snr_squared_error,
  })));
  for (
    const [what, slope, error] of [
      ["elementwise", elementwise.slope, elementwise.error],
      ["vector", squared.slope / 2, squared.error / 2],
    ] as const
  ) {
    // The slopes are those of large k; here they are not far from them.
    assertAlmostEquals(
      slope,
      expected,
      0.05 + 3 * error,
      `${gradient}, ${group}, ${what}`,
    );
    assertLess(error, 0.03);
  }
}

Deno.test("signal to noise of the decoder grows as sqrt(k); of the encoder it falls, with dreg grows", async () => {
  await openBackend("wasm");
  const { x, vae } = toy();
  using _ = vae;
  const rows = await gradientSnrRows(vae, x, {
    ks: [1, 4, 16, 64],
    gradients: ["plain", "dreg"],
    draws: 100,
    seed: 1,
  });
  assertSlopes(rows, { gradient: "plain", group: "encoder", from: 1 }, -0.5);
  assertSlopes(rows, { gradient: "dreg", group: "encoder", from: 4 }, 0.5);
  assertSlopes(rows, { gradient: "plain", group: "decoder", from: 4 }, 0.5);
  // All estimators have the same gradient of the decoder.
  const decoders = rows.filter(({ group }) => group === "decoder");
  for (const { k, snr } of decoders) {
    const others = decoders.filter((row) => row.k === k);
    assertEquals(others.length, 2);
    others.forEach((row) => assertAlmostEquals(row.snr, snr, 1e-5 * snr));
  }
});

Deno.test("stl has the higher signal to noise near the optimum, for k = 1", async () => {
  await openBackend("wasm");
  const { x, vae } = toy();
  using _ = vae;
  const rows = await gradientSnrRows(vae, x, { ks: [1], draws: 50, seed: 2 });
  const [plain, stl, dreg] = GRADIENTS.map((gradient) =>
    rows.find((row) => row.gradient === gradient && row.group === "encoder")!
  );
  assertGreater(stl!.snr, 3 * plain!.snr);
  assertGreater(stl!.vector_snr_squared, 9 * plain!.vector_snr_squared);
  // For one importance sample dreg is stl.
  assertAlmostEquals(dreg!.snr, stl!.snr, 1e-5 * stl!.snr);
});

/** A model with a hidden layer whose decoder variance training sets. */
const MLP: VaeSpec = {
  ...linearSpec(3, "optimal"),
  latentDim: 2,
  hidden: [4],
};

const X = stream(1, "data").normals(5 * MLP.dataDim);

testOnBackends(
  "gradientSignalToNoise() gives the same again, and leaves the model",
  async () => {
    using vae = new Vae(MLP, largeParameters(MLP, 1));
    const before = await vae.values();
    vae.parameters.keys(); // puts them on the backend
    const tensors = tf.memory().numTensors;
    const found = async (seed: number) =>
      await gradientSignalToNoise(vae, X, {
        objective: { name: "iwae", k: 2, gradient: "dreg" },
        draws: 12,
        seed,
        samples: 2,
      });
    const first = await found(1);
    assertEquals(await found(1), first);
    assertNotEquals(await found(2), first);
    assertEquals(await vae.values(), before);
    assertEquals(tf.memory().numTensors, tensors);
  },
);

Deno.test("gradientSnrRows() has a row for each k, estimator and side", async () => {
  await openBackend("cpu");
  using vae = new Vae(MLP, largeParameters(MLP, 1));
  const rows = await gradientSnrRows(vae, X, {
    ks: [1, 3],
    draws: 12,
    seed: 1,
  });
  const lines = formatRows(GRADIENT_SNR_COLUMNS, rows, { headers: true })
    .trimEnd().split("\n");
  assertEquals(
    lines[0],
    "k,gradient,group,snr,snr_error,vector_snr_squared," +
      "vector_snr_squared_error,parameters,draws",
  );
  const outline = lines.slice(1).map((line) => {
    const cells = line.split(",");
    return [...cells.slice(0, 3), ...cells.slice(-2)].join(" ");
  });
  assertEquals(
    outline,
    ["1", "3"].flatMap((k) =>
      GRADIENTS.flatMap((gradient) => [
        `${k} ${gradient} encoder 36 12`,
        `${k} ${gradient} decoder 27 12`,
      ])
    ),
  );
  const { encoder } = await gradientSignalToNoise(vae, X, {
    objective: { name: "iwae", k: 3, gradient: "stl" },
    draws: 12,
    seed: 1,
  });
  assertEquals(rows[8]!.snr, encoder.elementwise.value);
  assertEquals(rows[8]!.vector_snr_squared_error, encoder.vectorSquared.error);
});

/** Wake-sleep and mcem have no bound: the compiler refuses them. */
const _refused: Extract<BoundSpec["name"], "wake-sleep" | "mcem"> extends never
  ? true
  : false = true;

Deno.test("gradientSignalToNoise() refuses too few draws", async () => {
  await openBackend("cpu");
  using vae = new Vae(MLP, largeParameters(MLP, 1));
  const objective = { name: "elbo" } as const;
  for (const draws of [9, 10.5, NaN]) {
    await assertRejects(
      () =>
        gradientSignalToNoise(vae, X, {
          objective,
          draws,
          seed: 1,
        }),
      RangeError,
      `draws is not an integer of at least 10: ${draws}`,
    );
  }
});
