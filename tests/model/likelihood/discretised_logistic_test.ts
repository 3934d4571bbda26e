import { assert, assertAlmostEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import { discretisedLogistic } from "../../../src/model/likelihood/discretised_logistic.ts";
import { testOnBackends } from "../../engine/backends.ts";
import { PIXELS } from "../pixels.ts";
import { integral } from "./toys.ts";

const pixel = PIXELS["discretised-logistic"];

/** Their products with 255 are float32: what is left is the formula's error. */
const LOCATIONS = [-1024, -4, -0.125, 0, 0.25, 0.4375, 0.75, 1, 1.125, 5, 1024];
const LOG_SCALES = [-30, -12, -7, -5, -2, 0, 3, 20];

/** All 256 levels as pixels. */
const LEVELS = Array.from({ length: 256 }, (_, level) => level / 255);

Deno.test("discretisedLogistic() sums to one over 256 levels", async () => {
  await openBackend("cpu");
  const x = tf.tensor(LEVELS, [256, 1]);
  for (const location of LOCATIONS) {
    for (const logScale of LOG_SCALES) {
      const logProb = await discretisedLogistic(
        tf.tensor([location], [1, 1, 1]),
        tf.scalar(logScale),
      ).logProb(x).data();
      let total = 0;
      for (const value of logProb) {
        assert(value <= 0);
        total += Math.exp(value);
      }
      assertAlmostEquals(total, 1, 3e-6, `${location}, ${logScale}`);
    }
  }
});

Deno.test("discretisedLogistic() is the mass of the logistic density in a bin", async () => {
  await openBackend("cpu");
  const [location, scale] = [0.4, 0.05];
  const density = (x: number) =>
    Math.cosh((x - location) / (2 * scale)) ** -2 / (4 * scale);
  const logProb = await discretisedLogistic(
    tf.tensor([location], [1, 1, 1]),
    tf.scalar(Math.log(scale)),
  ).logProb(tf.tensor(LEVELS, [256, 1])).data();
  for (const level of [0, 1, 60, 102, 103, 200, 254, 255]) {
    const mass = integral(density, [
      level === 0 ? -3 : (level - 0.5) / 255,
      level === 255 ? 4 : (level + 0.5) / 255,
    ], 2000);
    assertAlmostEquals(Math.exp(logProb[level]!) / mass, 1, 1e-5, `${level}`);
  }
});

testOnBackends(
  "discretisedLogistic() keeps its digits at any location and scale",
  async () => {
    const levels = [0, 1, 64, 127, 254, 255];
    const count = LOCATIONS.length * levels.length;
    const locations = LOCATIONS.flatMap((m) => levels.map(() => m));
    const output = tf.tensor(locations, [1, count, 1]);
    const x = tf.tensor(
      LOCATIONS.flatMap(() => levels.map((level) => level / 255)),
      [count, 1],
    );
    for (const logScale of LOG_SCALES) {
      const of = (output: tf.Tensor) =>
        discretisedLogistic(output, tf.scalar(logScale)).logProb(x);
      const logProb = await of(output).data();
      const gradient = await tf.grad((output) => tf.sum(of(output)))(output)
        .data();
      const scale = Math.exp(Math.fround(logScale));
      locations.forEach((location, i) => {
        const level = levels[i % levels.length]!;
        const label =
          `level ${level}, location ${location}, scale e^${logScale}`;
        const exact = pixel.logProb(
          level / 255,
          location,
          Math.fround(logScale),
        );
        // The exponential of 30 keeps five digits of its argument's seven.
        assertAlmostEquals(
          logProb[i]!,
          exact,
          5e-6 * (0.1 + Math.abs(exact)),
          label,
        );
        const tail = (edge: number) =>
          1 / (1 + Math.exp((edge / 255 - location) / scale));
        const slope = (level > 0 ? 1 - tail(level - 0.5) : 0) -
          (level < 255 ? tail(level + 0.5) : 0);
        assertAlmostEquals(gradient[i]! * scale, slope, 1e-5, label);
      });
    }
  },
);

testOnBackends(
  "discretisedLogistic() has the gradient by the log scale",
  async () => {
    const levels = [0, 64, 255];
    const x = tf.tensor(levels.map((level) => level / 255), [3, 1]);
    const output = tf.fill([1, 3, 1], 0.25);
    // Beyond, the differences have no digits left.
    for (const logScale of LOG_SCALES.filter((value) => value < 20)) {
      const [gradient] = await tf.grad((logScale) =>
        tf.sum(discretisedLogistic(output, logScale).logProb(x))
      )(tf.scalar(logScale)).data();
      const total = (s: number) =>
        levels.reduce(
          (sum, level) => sum + pixel.logProb(level / 255, 0.25, s),
          0,
        );
      const slope = (total(logScale + 1e-5) - total(logScale - 1e-5)) / 2e-5;
      assertAlmostEquals(
        gradient!,
        slope,
        1e-5 * (1 + Math.abs(slope)),
        `scale e^${logScale}`,
      );
    }
  },
);

testOnBackends(
  "discretisedLogistic() means and draws stay in [0, 1]",
  async () => {
    const output = tf.tensor(LOCATIONS, [1, LOCATIONS.length, 1]);
    for (const logScale of [-30, -3, 20]) {
      const likelihood = discretisedLogistic(output, tf.scalar(logScale));
      const means = await likelihood.mean().data();
      LOCATIONS.forEach((location, i) =>
        assertAlmostEquals(means[i]!, pixel.mean(location, logScale), 1e-5)
      );
      for (const uniform of [2 ** -33, 0.25, 1 - 2 ** -24]) {
        const drawn = await likelihood.sample(tf.fill(output.shape, uniform))
          .data();
        LOCATIONS.forEach((location, i) => {
          const exact = pixel.quantile(uniform, location, logScale);
          assertAlmostEquals(
            drawn[i]!,
            exact,
            1e-6,
            `${location}, ${logScale}`,
          );
        });
      }
    }
  },
);

Deno.test("discretisedLogistic() frees what its mean is added up from", async () => {
  await openBackend("cpu");
  tf.engine().startScope();
  const likelihood = discretisedLogistic(tf.zeros([1, 2, 3]), tf.scalar(0));
  const before = tf.memory().numTensors;
  likelihood.mean();
  assert(tf.memory().numTensors < before + 5);
  tf.engine().endScope();
});
