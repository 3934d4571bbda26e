import { assertAlmostEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import {
  type KlWeighting,
  UNWEIGHTED,
  weightedKl,
} from "../../src/objective/kl_weighting.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "../model/derivatives.ts";

/** KL of two datapoints by three dimensions: means 0.2, 1.5 and 4. */
const KL = [0.1, 2, 3, 0.3, 1, 5];

const PENALTIES: [string, Partial<KlWeighting>, (means: number[]) => number][] =
  [
    ["the KL", {}, ([a, b, c]) => a! + b! + c!],
    ["beta", { beta: 4 }, ([a, b, c]) => 4 * (a! + b! + c!)],
    ["free bits", { freeBits: 0.5 }, ([, b, c]) => 0.5 + b! + c!],
    [
      "capacity above",
      { capacity: 7, beta: 2 },
      ([a, b, c]) => 2 * (7 - a! - b! - c!),
    ],
    [
      "capacity below",
      { capacity: 5, beta: 2 },
      ([a, b, c]) => 2 * (a! + b! + c! - 5),
    ],
    [
      "all",
      { capacity: 1, freeBits: 2, beta: 3 },
      ([, , c]) => 3 * (2 + 2 + c! - 1),
    ],
  ];

testOnBackends("weightedKl() is as written, with its gradient", async () => {
  for (const [name, weighting, expected] of PENALTIES) {
    const penalty = (kl: tf.Tensor) =>
      weightedKl(kl, { ...UNWEIGHTED, ...weighting });
    const kl = tf.tensor(KL, [2, 3]);
    const at = (values: ArrayLike<number>) =>
      expected([0, 1, 2].map((j) => (values[j]! + values[j + 3]!) / 2));
    assertAlmostEquals(
      (await penalty(kl).data())[0]!,
      at(KL),
      1e-5,
      name,
    );
    const gradient = tf.grad(penalty)(kl);
    assertGradient(await gradient.data(), gradientOf(at, KL), 1e-6, name);
  }
});

testOnBackends(
  "weightedKl() lets an estimate of the KL be below 0",
  async () => {
    const kl = tf.tensor([-1, 0.25], [1, 2]);
    const penalty = weightedKl(kl, { ...UNWEIGHTED, beta: 2 });
    assertAlmostEquals((await penalty.data())[0]!, -1.5, 1e-6);
  },
);
