import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import { likelihoodOf } from "../../../src/model/likelihood/on_tfjs.ts";
import { testOnBackends } from "../../engine/backends.ts";
import { PIXELS } from "../pixels.ts";

const bernoulli = (logits: tf.Tensor) =>
  likelihoodOf({ family: "bernoulli" }, [logits]);

testOnBackends("bernoulli() is finite at any logit", async () => {
  const logits = [-1e4, -80, -20, -10, -1e-3, 0, 1e-3, 10, 20, 80, 1e4];
  for (const x of [0, 0.25, 1]) {
    const input = tf.tensor(logits, [1, logits.length, 1]);
    const pixels = tf.fill([logits.length, 1], x);
    const logProb = await bernoulli(input).logProb(pixels).data();
    const gradient = await tf.grad((input) =>
      tf.sum(bernoulli(input).logProb(pixels))
    )(input).data();
    logits.forEach((logit, i) => {
      const expected = PIXELS.bernoulli.logProb(x, logit, NaN);
      assertAlmostEquals(
        logProb[i]!,
        expected,
        1e-6 * (1 + Math.abs(expected)),
        `logit ${logit}, x ${x}`,
      );
      const slope = x - 1 / (1 + Math.exp(-logit));
      assertAlmostEquals(gradient[i]!, slope, 1e-6, `logit ${logit}, x ${x}`);
    });
  }
});

testOnBackends("bernoulli() loses no faint pixels beside others", async () => {
  // Of 700 pixels each is less than half a unit in the last place of the sum
  // of the first 84: one after the other, their 5.8e-4 nats would be lost.
  const [strong, faint] = [84, 700];
  const logits = Float32Array.from(
    { length: strong + faint },
    (_, i) => i < strong ? 0 : -14,
  );
  const pixels = tf.zeros([1, strong + faint]);
  const input = tf.tensor3d(logits, [1, 1, strong + faint]);
  const [logProb] = await bernoulli(input).logProb(pixels).data();
  const expected = -strong * Math.log(2) - faint * Math.log1p(Math.exp(-14));
  assertAlmostEquals(logProb!, expected, 5e-5);
});

Deno.test("bernoulli() is a distribution over {0, 1}^4", async () => {
  await openBackend("cpu");
  const logits = tf.tensor([-2, 0.3, 1.5, 4], [1, 1, 4]);
  const all = Array.from(
    { length: 16 },
    (_, n) => [n & 1, n >> 1 & 1, n >> 2 & 1, n >> 3 & 1],
  );
  const logProb = await bernoulli(logits).logProb(tf.tensor(all)).data();
  assertEquals(logProb.length, 16);
  let total = 0;
  for (const value of logProb) total += Math.exp(value);
  assertAlmostEquals(total, 1, 1e-6);
});

Deno.test("bernoulli() draws certain pixels as such, whatever the noise", async () => {
  await openBackend("cpu");
  const certain = bernoulli(tf.tensor([-200, 200, -200, 200], [1, 2, 2]));
  const noise = tf.tensor([2 ** -33, 2 ** -33, 1 - 2 ** -24, 1 - 2 ** -24]);
  const drawn = await certain.sample(noise.reshape([1, 2, 2])).data();
  assertEquals([...drawn], [0, 1, 0, 1]);
});
