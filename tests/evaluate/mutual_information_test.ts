import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "@std/assert";
import type { Examples } from "../../src/data/dataset.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  isSaturated,
  mutualInformation,
} from "../../src/evaluate/mutual_information.ts";
import { meanOverRows } from "../../src/evaluate/estimates.ts";
import type { Vae } from "../../src/model/vae.ts";
import { average } from "../random/statistics.ts";
import { normalLogDensity } from "../model/oracle.ts";
import { affineVae, besidePosterior, examplesOf, meanOf } from "./models.ts";

/** x is one number; q(z|x) = N(slope x, e^(x / 2)). */
function ofOneNumber(slope: number, spread = 0.5): Vae {
  return affineVae({ dataDim: 1, latentDim: 1, noiseVariance: 1 }, {
    "encoder/mean/weight": [slope],
    "encoder/log_variance/weight": [spread],
  });
}

function rowsOf(...values: number[]): Examples {
  return { count: values.length, dim: 1, values: Float32Array.from(values) };
}

/** I_q(x; z) of {@linkcode ofOneNumber}, by a sum over a grid of z. */
function onGrid(slope: number, x: readonly number[]): number {
  const width = 0.01;
  let sum = 0;
  for (let i = -2500; i <= 2500; i++) {
    const logs = x.map((value) =>
      normalLogDensity(i * width, slope * value, 0.5 * value)
    );
    const logMarginal = Math.log(meanOf(logs.map(Math.exp)));
    sum += meanOf(logs.map((log) => Math.exp(log) * (log - logMarginal)));
  }
  return sum * width;
}

Deno.test("mutualInformation() is the integral over z, within its error", async () => {
  await openBackend("cpu");
  const x = [-1.5, -1, 0, 0.2, 2];
  for (const slope of [0.3, 1, 3]) {
    using vae = ofOneNumber(slope);
    const rows = await mutualInformation(vae, rowsOf(...x), {
      ...{ samples: 2000, seed: 1 },
    });
    const { value, error } = meanOverRows(rows);
    const exact = onGrid(slope, x);
    assertLess(error, 0.01);
    assertGreater(exact, 5 * error);
    assertAlmostEquals(value, exact, 3 * error, `slope ${slope}`);
  }
});

Deno.test("mutualInformation() is ln N of posteriors far apart, and 0 of equal ones", async () => {
  await openBackend("cpu");
  {
    using vae = ofOneNumber(1000, 0);
    const apart = await mutualInformation(vae, rowsOf(1, 2, 3, 4), {
      ...{ samples: 3, seed: 1 },
    });
    for (const value of apart.values) {
      assertAlmostEquals(value, Math.log(4), 1e-6);
    }
    assert(meanOverRows(apart).error < 1e-6);
    assert(isSaturated(meanOverRows(apart).value, 4));
  }
  using vae = ofOneNumber(1);
  const { values } = await mutualInformation(vae, rowsOf(2, 2, 2), {
    ...{ samples: 3, seed: 1 },
  });
  for (const value of values) assertAlmostEquals(value, 0, 1e-6);
  assert(!isSaturated(0, 3));
});

Deno.test("the standard error of mutualInformation() is how far seeds lie apart", async () => {
  await openBackend("cpu");
  using vae = besidePosterior();
  const examples = examplesOf(30);
  const values: number[] = [];
  const errors: number[] = [];
  for (let seed = 0; seed < 60; seed++) {
    const found = await mutualInformation(vae, examples, { samples: 6, seed });
    const { value, error } = meanOverRows(found);
    values.push(value);
    errors.push(error);
  }
  const spread = average(values).error * Math.sqrt(values.length);
  assertGreater(meanOf(errors) / spread, 0.75);
  assertLess(meanOf(errors) / spread, 1.3);
});

Deno.test("mutualInformation() counts every datapoint where there are several parts", async () => {
  await openBackend("wasm");
  using vae = ofOneNumber(1);
  // Parts of 500, 500 and 3 rows, all of them alike but for their place.
  const x = Array.from({ length: 1003 }, (_, row) => 4 * (row / 1002) - 2);
  const rows = await mutualInformation(vae, rowsOf(...x), {
    ...{ samples: 4, seed: 1 },
  });
  const { value, error } = meanOverRows(rows);
  assertLess(error, 0.02);
  assertAlmostEquals(value, onGrid(1, x), 3 * error);
  assertEquals(rows.values.length, 1003);
});
