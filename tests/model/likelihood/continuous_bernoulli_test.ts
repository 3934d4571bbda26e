import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import { continuousBernoulliLogit } from "../../../src/model/likelihood/continuous_bernoulli.ts";
import { likelihoodOf } from "../../../src/model/likelihood/on_tfjs.ts";
import { testOnBackends } from "../../engine/backends.ts";
import { PIXELS } from "../pixels.ts";
import { integral } from "./toys.ts";

const continuousBernoulli = (logits: tf.Tensor) =>
  likelihoodOf({ family: "continuous-bernoulli" }, [logits]);

const pixel = PIXELS["continuous-bernoulli"];

const LOGITS = [0, 1e-20, 1e-6, 1e-3, 0.3, 0.999, 1.001, 3, 10, 40, 120, 1e4]
  .flatMap((rate) => [rate, -rate]);

testOnBackends(
  "continuousBernoulli() keeps its digits at any logit",
  async () => {
    for (const x of [0, 1 / 255, 0.5, 0.75, 1]) {
      const input = tf.tensor(LOGITS, [1, LOGITS.length, 1]);
      const pixels = tf.fill([LOGITS.length, 1], x);
      const logProb = await continuousBernoulli(input).logProb(pixels).data();
      const gradient = await tf.grad((input) =>
        tf.sum(continuousBernoulli(input).logProb(pixels))
      )(input).data();
      LOGITS.forEach((double, i) => {
        const logit = Math.fround(double);
        const label = `logit ${logit}, x ${x}`;
        const exact = pixel.logProb(Math.fround(x), logit, NaN);
        assertAlmostEquals(
          logProb[i]!,
          exact,
          1e-6 * (0.1 + Math.abs(exact)),
          label,
        );
        const slope = Math.fround(x) - pixel.mean(logit, NaN);
        assertAlmostEquals(gradient[i]!, slope, 3e-7, label);
        // At its end the slope is 1 / |logit|, and keeps its digits.
        if (x === (logit > 0 ? 1 : 0) && Math.abs(logit) > 1) {
          assertAlmostEquals(gradient[i]! / slope, 1, 1e-5, label);
        }
      });
    }
  },
);

testOnBackends(
  "continuousBernoulli() means stay in (0, 1) at any logit",
  async () => {
    const input = tf.tensor(LOGITS, [1, 1, LOGITS.length]);
    (await continuousBernoulli(input).mean().data()).forEach((mean, i) =>
      assertAlmostEquals(mean, pixel.mean(LOGITS[i]!, NaN), 3e-7)
    );
  },
);

testOnBackends(
  "continuousBernoulli() draws stay in [0, 1] at any logit",
  async () => {
    const ends = [2 ** -33, 0.5, 1 - 2 ** -24];
    for (const uniform of ends) {
      const input = tf.tensor(LOGITS, [1, 1, LOGITS.length]);
      const noise = tf.fill(input.shape, uniform);
      const drawn = await continuousBernoulli(input).sample(noise).data();
      drawn.forEach((x, i) => {
        const exact = pixel.quantile(uniform, LOGITS[i]!, NaN);
        assertAlmostEquals(x, exact, 3e-6, `logit ${LOGITS[i]}, ${uniform}`);
        assertEquals(x >= 0 && x <= 1, true);
      });
    }
  },
);

Deno.test("continuousBernoulli() integrates to one over [0, 1]", async () => {
  await openBackend("cpu");
  const n = 1000;
  const x = tf.tensor(
    Array.from({ length: 2 * n + 1 }, (_, i) => i / (2 * n)),
    [2 * n + 1, 1],
  );
  for (const logit of [-30, -4, -1, -0.01, 0, 1e-4, 0.7, 1.2, 6, 25]) {
    const logProb = await continuousBernoulli(tf.tensor([logit], [1, 1, 1]))
      .logProb(x).data();
    const at = (point: number) => Math.exp(logProb[Math.round(point * 2 * n)]!);
    assertAlmostEquals(integral(at, [0, 1], n), 1, 3e-6, `logit ${logit}`);
  }
});

Deno.test("continuousBernoulliLogit() is where the mean is, within its bound", () => {
  for (const mean of [0.16, 0.3, 0.4999, 0.5, 0.51, 0.7, 0.84]) {
    const logit = continuousBernoulliLogit(mean, 7);
    assertAlmostEquals(pixel.mean(logit, NaN), mean, 1e-9);
  }
  assertEquals(continuousBernoulliLogit(0, 7), -7);
  assertEquals(continuousBernoulliLogit(0.1, 7), -7);
  assertEquals(continuousBernoulliLogit(1, 7), 7);
});
