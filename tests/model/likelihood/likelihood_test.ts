/** What every family must keep, against the float64 formulas of one pixel. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import {
  familyOf,
  LIKELIHOODS,
  outputsOf,
  sharedName,
} from "../../../src/model/likelihood/families.ts";
import { likelihoodOf } from "../../../src/model/likelihood/on_tfjs.ts";
import { observationNoise } from "../../../src/model/likelihood/noise.ts";
import type { LikelihoodSpec } from "../../../src/model/spec.ts";
import { stream } from "../../../src/random/stream.ts";
import { testOnBackends } from "../../engine/backends.ts";
import { assertAverages } from "../../random/statistics.ts";
import { assertGradient, gradientOf } from "../derivatives.ts";
import { PIXELS, sigmoid } from "../pixels.ts";
import {
  assertValues,
  integral,
  OUTPUT,
  outputTensor,
  SHAPE,
  SPREAD,
  spreadAt,
  sums,
  weighted,
  weightedTensor,
  xTensor,
} from "./toys.ts";

/** Values of the second output, as many as pixels, or of a shared parameter. */
function spreadOf(spec: LikelihoodSpec): Float32Array {
  if (outputsOf(spec) > 1) return SPREAD;
  return Float32Array.from(sharedName(spec) === null ? [] : [-0.8]);
}

/** p(x|z) of one pixel, given its output and its spread. */
function pixelOf(spec: LikelihoodSpec) {
  const { logProb, mean, quantile } = PIXELS[spec.family];
  const locationOf = "mean" in spec && spec.mean === "sigmoid"
    ? sigmoid
    : (output: number) => output;
  return {
    logProb: (x: number, output: number, spread: number) =>
      logProb(x, locationOf(output), spread),
    mean: (output: number, spread: number) => mean(locationOf(output), spread),
    quantile: (uniform: number, output: number, spread: number) =>
      quantile(uniform, locationOf(output), spread),
  };
}

for (const spec of LIKELIHOODS) {
  const name = Object.values(spec).join(" ");
  const spread = spreadOf(spec);
  const of = (output: tf.Tensor, spread: tf.Tensor) =>
    likelihoodOf(
      spec,
      outputsOf(spec) > 1 ? [output, spread] : [output],
      sharedName(spec) === null ? null : spread,
    );
  const pixel = pixelOf(spec);
  const tensorOfSpread = () =>
    spread.length === 1
      ? tf.scalar(spread[0]!)
      : tf.tensor(spread, spread.length === 0 ? [0] : SHAPE);

  testOnBackends(`${name} sums ln p(x|z) over pixels, [L, B]`, async () => {
    const logProb = of(outputTensor(), tensorOfSpread()).logProb(xTensor());
    assertEquals(logProb.shape, SHAPE.slice(0, 2));
    const expected = sums(pixel.logProb, OUTPUT, spread);
    await assertValues(logProb, expected, 1e-6, name);
  });

  testOnBackends(`${name} has the gradient of ln p(x|z)`, async () => {
    // x may be made, and be freed, inside the differentiated function.
    const byOutput = tf.grad((output) =>
      weightedTensor(of(output, tensorOfSpread()).logProb(xTensor()))
    )(outputTensor());
    assertGradient(
      await byOutput.data(),
      gradientOf((at) => weighted(sums(pixel.logProb, at, spread)), OUTPUT),
      2e-6,
    );
    if (spread.length === 0) return;
    const x = xTensor();
    const bySpread = tf.grad((spread) =>
      weightedTensor(of(outputTensor(), spread).logProb(x))
    )(tensorOfSpread());
    assertEquals(bySpread.size, spread.length);
    assertGradient(
      await bySpread.data(),
      gradientOf((at) => weighted(sums(pixel.logProb, OUTPUT, at)), spread),
      1e-5,
    );
  });

  testOnBackends(`${name} has the mean of p(x|z), [L, B, D]`, async () => {
    const mean = of(outputTensor(), tensorOfSpread()).mean();
    assertEquals(mean.shape, SHAPE);
    const expected = Array.from(
      OUTPUT,
      (output, i) => pixel.mean(output, spreadAt(spread, i)),
    );
    await assertValues(mean, expected, 2e-6, name);
  });

  testOnBackends(
    `${name} draws by the inverse distribution function`,
    async () => {
      const noise = stream(4, "data");
      const drawn = of(outputTensor(), tensorOfSpread())
        .sample(tf.tensor(observationNoise(spec, noise, OUTPUT.length), SHAPE));
      assertEquals(drawn.shape, SHAPE);
      const expected = Array.from(
        noise.uniforms(OUTPUT.length),
        (uniform, i) =>
          pixel.quantile(uniform, OUTPUT[i]!, spreadAt(spread, i)),
      );
      await assertValues(drawn, expected, 2e-6, name);
    },
  );

  Deno.test(`${name} draws what ln p(x|z) says, and its mean is theirs`, async () => {
    await openBackend("cpu");
    const n = 20_000;
    for (const [i, output] of [-0.4, -0.02, 0.4, 1.5].entries()) {
      const at = spread.length === 0 ? NaN : [-1.2, 0.3, -4, -1][i]!;
      const likelihood = of(
        tf.fill([n, 1, 1], output),
        spread.length === OUTPUT.length
          ? tf.fill([n, 1, 1], at)
          : tf.scalar(at),
      );
      const noise = observationNoise(spec, stream(i, "data", 5), n);
      const draws = await likelihood.sample(tf.tensor(noise, [n, 1, 1])).data();
      const [mean] = await likelihood.mean().data();

      const expectation = (f: (x: number) => number) => {
        const term = (x: number) =>
          f(x) * Math.exp(pixel.logProb(x, output, at));
        switch (familyOf(spec).support) {
          case "bits":
            return term(0) + term(1);
          case "levels":
            return Array.from({ length: 256 }, (_, level) => term(level / 255))
              .reduce((a, b) => a + b);
          case "unit":
            return integral(term, [0, 1], 500);
          case "reals":
            // Each side of the output by itself, with tails that fall as e^-|x|.
            return [-1, 1].map((side) => {
              const end = output + side * 40 * Math.max(1, Math.exp(at));
              return side * integral(term, [output, end], 20_000);
            }).reduce((a, b) => a + b);
        }
      };
      const label = `${name}, output ${output}`;
      const exact = expectation((x) => x);
      assertAlmostEquals(mean!, exact, 1e-6 * (1 + Math.abs(exact)), label);
      const variance = expectation((x) => (x - exact) ** 2);
      const deviation = Math.sqrt(variance);
      assertAverages(draws, exact, 0.05 * deviation, label);
      const squares = Float64Array.from(draws, (x) => (x - exact) ** 2);
      assertAverages(squares, variance, 0.3 * variance, label);
    }
  });
}
