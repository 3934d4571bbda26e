import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  klBetweenGaussians,
  logDensity,
} from "../../src/model/full_gaussian.ts";
import { fullPosterior, gaussianPosterior } from "../../src/model/posterior.ts";
import { standardNormalLogProb } from "../../src/model/normal.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertAverages } from "../random/statistics.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { type Code, drawOf, logDensitiesOf, rowOf } from "./oracle.ts";

/** Two datapoints of three latent dimensions. */
const MEAN = [0.5, -1, 2, 0, 0.1, -0.7];
const LOG_VARIANCE = [0.2, -1, 0, -3, 1, 0.5];
/** L below its diagonal. */
const LOWER = [
  ...[0, 0, 0, 0.8, 0, 0, -0.5, 1.2, 0],
  ...[0, 0, 0, 2, 0, 0, 0.3, -0.4, 0],
];
const [DRAWS, COUNT, D] = [4, 2, 3];

type Parameters = readonly ArrayLike<number>[];

const PARAMETERS: Parameters = [MEAN, LOG_VARIANCE, LOWER];

function tensorsOf([mean, logVariance, lower]: Parameters) {
  return [
    tf.tensor(Array.from(mean!), [COUNT, D]),
    tf.tensor(Array.from(logVariance!), [COUNT, D]),
    tf.tensor(Array.from(lower!), [COUNT, D, D]),
  ] as [tf.Tensor, tf.Tensor, tf.Tensor];
}

/** q(z|x) of one datapoint, on the host. */
function codeOf([mean, logVariance, lower]: Parameters, b: number): Code {
  const variances = rowOf(logVariance!, b, D);
  return {
    mean: rowOf(mean!, b, D),
    logVariance: variances,
    factor: variances.map((v, j) =>
      rowOf(lower!, b * D + j, D)
        .map((entry, k) => j === k ? Math.exp(v / 2) : entry)
    ),
  };
}

/** N(mean, L L'). */
function gaussianOf({ mean, factor }: Code) {
  return {
    mean,
    covariance: factor.map((a) =>
      factor.map((b) => a.reduce((sum, entry, k) => sum + entry * b[k]!, 0))
    ),
  };
}

const PRIOR = gaussianOf({
  mean: [0, 0, 0],
  logVariance: [0, 0, 0],
  factor: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
});

const NOISE = stream(1, "noise").normals(DRAWS * COUNT * D);

/** Draw s of datapoint b, for all of them in order. */
function overDraws<T>(f: (noise: number[], b: number) => T[]): T[] {
  return Array.from(
    { length: DRAWS * COUNT },
    (_, row) => f(rowOf(NOISE, row, D), row % COUNT),
  ).flat();
}

function assertClose(actual: ArrayLike<number>, expected: number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) =>
    assertAlmostEquals(actual[i]!, value, 2e-6 * (1 + Math.abs(value)))
  );
}

testOnBackends(
  "fullPosterior() samples mu + L noise and has its log density there and anywhere",
  async () => {
    const posterior = fullPosterior(...tensorsOf(PARAMETERS));
    const noise = tf.tensor(NOISE, [DRAWS, COUNT, D]);
    const z = posterior.sample(noise);
    const codes = [codeOf(PARAMETERS, 0), codeOf(PARAMETERS, 1)];
    const drawn = overDraws((noise, b) => drawOf(codes[b]!, noise));
    assertEquals(z.shape, [DRAWS, COUNT, D]);
    assertClose(await z.data(), drawn);

    const atDraws = await posterior.logProbOfSample(noise).data();
    const expected = overDraws((noise, b) =>
      logDensitiesOf(codes[b]!, drawOf(codes[b]!, noise))
    );
    assertClose(atDraws, expected);
    // 1e-5: the noise is had back from a z with seven digits.
    (await posterior.detach().logProb(z).data()).forEach((value, i) =>
      assertAlmostEquals(value, expected[i]!, 1e-5)
    );

    // By the chain rule the dimensions sum to ln N(z; mean, L L').
    const densities = codes.map((code) => logDensity(gaussianOf(code)));
    for (let row = 0; row < DRAWS * COUNT; row++) {
      const sum = rowOf(atDraws, row, D).reduce((a, b) => a + b);
      const exact = densities[row % COUNT]!(rowOf(drawn, row, D));
      assertAlmostEquals(sum, exact, 1e-5);
    }
  },
);

testOnBackends("fullPosterior() has the KL of its Gaussian", async () => {
  const kl = await fullPosterior(...tensorsOf(PARAMETERS)).kl().data();
  for (let b = 0; b < COUNT; b++) {
    const exact = klBetweenGaussians(
      gaussianOf(codeOf(PARAMETERS, b)),
      PRIOR,
    );
    const sum = rowOf(kl, b, D).reduce((a, b) => a + b);
    assertAlmostEquals(sum, exact, 2e-6 * exact);
  }
});

Deno.test("fullPosterior() has the moments of N(mu, L L'), and log ratios whose mean is the KL by dimension", async () => {
  await openBackend("cpu");
  const draws = 100_000;
  const posterior = fullPosterior(...tensorsOf(PARAMETERS));
  const noise = tf.tensor(
    stream(2, "noise").normals(draws * COUNT * D),
    [draws, COUNT, D],
  );
  const sample = posterior.sample(noise);
  const ratios = await tf.sub(
    posterior.logProbOfSample(noise),
    standardNormalLogProb(sample),
  ).data();
  const kl = await posterior.kl().data();
  const z = await sample.data();
  for (let b = 0; b < COUNT; b++) {
    const { mean, covariance } = gaussianOf(codeOf(PARAMETERS, b));
    const column = (values: ArrayLike<number>, j: number) =>
      Float64Array.from(
        { length: draws },
        (_, l) => values[(l * COUNT + b) * D + j]!,
      );
    for (let j = 0; j < D; j++) {
      const centred = column(z, j).map((value) => value - mean[j]!);
      const own = Math.sqrt(covariance[j]![j]!);
      assertAverages(centred, 0, 0.02 * own);
      assertAverages(column(ratios, j), kl[b * D + j]!, 0.1, `kl ${b}, ${j}`);
      for (let k = 0; k <= j; k++) {
        const scale = own * Math.sqrt(covariance[k]![k]!);
        const other = column(z, k);
        assertAverages(
          centred.map((value, l) => value * (other[l]! - mean[k]!)),
          covariance[j]![k]!,
          0.03 * scale,
          `covariance ${b}, ${j}, ${k}`,
        );
      }
    }
  }
});

testOnBackends("fullPosterior() has its gradients", async () => {
  const weights = stream(3, "data").normals(DRAWS * COUNT * D);
  const fixed = stream(4, "data").normals(DRAWS * COUNT * D);
  const noise = tf.tensor(NOISE, [DRAWS, COUNT, D]);
  const weighted = (values: tf.Tensor) =>
    tf.sum(tf.mul(values, tf.tensor(weights, [DRAWS, COUNT, D])));
  const sum = (values: number[]) =>
    values.reduce((total, value, i) => total + weights[i]! * value, 0);
  const functions: [
    string,
    (posterior: ReturnType<typeof fullPosterior>) => tf.Tensor,
    (at: Parameters) => number,
  ][] = [
    [
      "sample",
      (posterior) => {
        const z = posterior.sample(noise);
        return weighted(tf.mul(z, tf.square(z)));
      },
      (at) =>
        sum(
          overDraws((noise, b) =>
            drawOf(codeOf(at, b), noise).map((value) => value ** 3)
          ),
        ),
    ],
    [
      "logProb",
      (posterior) =>
        weighted(posterior.logProb(tf.tensor(fixed, [DRAWS, COUNT, D]))),
      (at) =>
        sum(
          Array.from({ length: DRAWS * COUNT }, (_, row) =>
            logDensitiesOf(codeOf(at, row % COUNT), rowOf(fixed, row, D)))
            .flat(),
        ),
    ],
    [
      "kl",
      (posterior) => tf.sum(posterior.kl()),
      (at) =>
        [0, 1].reduce(
          (total, b) =>
            total + klBetweenGaussians(gaussianOf(codeOf(at, b)), PRIOR),
          0,
        ),
    ],
  ];
  // Entries on and above the diagonal are no variables.
  const isVariable = (part: number, at: number) =>
    part < 2 || Math.floor(at / D) % D > at % D;
  for (const [name, actual, expected] of functions) {
    const gradients = tf.grads((mean, logVariance, lower) =>
      actual(fullPosterior(mean, logVariance, lower))
    )(tensorsOf(PARAMETERS));
    for (const [part, gradient] of gradients.entries()) {
      const exact = gradientOf(
        (values) => expected(PARAMETERS.with(part, values)),
        PARAMETERS[part]!,
      );
      assertGradient(
        (await gradient.data()).filter((_, at) =>
          isVariable(part, at)
        ) as Float32Array,
        exact.filter((_, at) => isVariable(part, at)),
        5e-6,
        `${name}, part ${part}`,
      );
    }
  }
});

testOnBackends(
  "fullPosterior() with nothing below the diagonal is gaussianPosterior()",
  async () => {
    const [mean, logVariance, lower] = tensorsOf(PARAMETERS);
    const full = fullPosterior(mean, logVariance, tf.zerosLike(lower));
    const diagonal = gaussianPosterior(mean, logVariance);
    const noise = tf.tensor(NOISE, [DRAWS, COUNT, D]);
    const z = tf.mul(noise, 2);
    for (
      const read of [
        (posterior: typeof full) => posterior.sample(noise),
        (posterior: typeof full) => posterior.logProb(z),
        (posterior: typeof full) => posterior.logProbOfSample(noise),
        (posterior: typeof full) => posterior.kl(),
      ]
    ) {
      assertEquals(await read(full).data(), await read(diagonal).data());
    }
  },
);
