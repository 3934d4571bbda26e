import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import {
  exponentialMean,
  exponentialQuantile,
  logNormaliser,
} from "../../../src/model/likelihood/exponential.ts";
import { derivative } from "../../../src/model/pixelwise/derivative.ts";
import { evaluate } from "../../../src/model/pixelwise/evaluate.ts";
import { noise, output } from "../../../src/model/pixelwise/expression.ts";
import { testOnBackends } from "../../engine/backends.ts";

/** On both sides of every bound, and far from it. */
const RATES = [
  1e-30,
  1e-7,
  1e-3,
  0.049,
  0.051,
  0.3,
  0.7,
  0.9999,
  1.0001,
  1.5,
  8,
]
  .concat(30, 87, 90, 1000, 1e30)
  .map(Math.fround);

/** 1/t - 1/(e^t - 1), or the first terms of its series. */
const meanOf = (t: number) =>
  t < 0.01 ? 0.5 - t / 12 + t ** 3 / 720 : 1 / t - 1 / Math.expm1(t);

testOnBackends(
  "logNormaliser() keeps its digits, and so does its derivative",
  async () => {
    const logNormaliserAt = logNormaliser(output);
    const [values, means, slopes] = await Promise.all(
      evaluate(
        [
          logNormaliserAt,
          exponentialMean(output),
          derivative(logNormaliserAt, output),
        ],
        { output: tf.tensor(RATES) },
      ).map((tensor) => tensor.data()),
    );
    RATES.forEach((rate, i) => {
      const exact = rate < 1e-6
        ? rate / 2
        : Math.log(rate / -Math.expm1(-rate));
      assertAlmostEquals(values![i]! / exact, 1, 1e-6, `${rate}`);
      assertAlmostEquals(means![i]! / meanOf(rate), 1, 1e-6, `${rate}`);
      assertAlmostEquals(slopes![i]! / meanOf(rate), 1, 1e-6, `${rate}`);
    });
  },
);

testOnBackends(
  "logNormaliser() and exponentialMean() have their limits at 0",
  async () => {
    const value = logNormaliser(output);
    const found = await Promise.all(
      evaluate(
        [value, derivative(value, output), exponentialMean(output)],
        { output: tf.scalar(0) },
      ).map((tensor) => tensor.data()),
    );
    assertEquals(found.map(([value]) => value), [0, 0.5, 0.5]);
  },
);

testOnBackends(
  "exponentialQuantile() inverts the distribution function",
  async () => {
    for (const uniform of [0, 2 ** -33, 0.1, 0.5, 0.9, 1 - 2 ** -24, 1]) {
      const t = tf.tensor(RATES);
      const [values] = evaluate([exponentialQuantile(output, noise)], {
        output: t,
        noise: tf.fill(t.shape, uniform),
      });
      const quantiles = await values!.data();
      RATES.forEach((rate, i) => {
        const exact = uniform === 1
          ? 1
          : -Math.log1p(uniform * Math.expm1(-rate)) / rate;
        assertAlmostEquals(quantiles[i]!, exact, 3e-6, `${rate}, ${uniform}`);
      });
    }
  },
);
