import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { logMeanOfWeights } from "../../src/inference/estimate.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { average } from "../random/statistics.ts";

testOnBackends(
  "logMeanOfWeights() is ln of the mean, with its error",
  async () => {
    // Far below what exp() of a float32 holds.
    const logWeights = [...stream(1, "data").normals(60)]
      .map((value) => Math.fround(value - 1000));
    const { logMean, standardError } = logMeanOfWeights(
      tf.tensor(logWeights, [20, 3]),
    );
    assertEquals([logMean.shape, standardError.shape], [[3], [3]]);
    const [means, errors] = [await logMean.data(), await standardError.data()];
    for (const b of [0, 1, 2]) {
      const weights = logWeights.filter((_, i) => i % 3 === b)
        .map((value) => Math.exp(value + 1000));
      const { mean, error } = average(weights);
      assertAlmostEquals(means[b]!, Math.log(mean) - 1000, 1e-4);
      assertAlmostEquals(errors[b]!, error / mean, 1e-4);
    }
  },
);

testOnBackends(
  "logMeanOfWeights() has no error where all weights agree",
  async () => {
    const { logMean, standardError } = logMeanOfWeights(tf.fill([5, 2], -3));
    assertEquals([...await standardError.data()], [0, 0]);
    assertEquals([...await logMean.data()], [-3, -3]);
  },
);
