import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  evaluateVae,
  type EvaluationOptions,
  type Quantity,
} from "../../src/evaluate/evaluate_vae.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { sigmoidTemperatures } from "../../src/inference/ais.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { testOnBackends } from "../engine/backends.ts";
import { average } from "../random/statistics.ts";
import {
  affineVae,
  besidePosterior,
  exactOf,
  examplesOf,
  meanOf,
} from "./models.ts";

const OPTIONS: EvaluationOptions = {
  k: 20,
  rows: null,
  samples: 4,
  estimators: ["importance"],
  seed: 1,
};

const EXAMPLES = examplesOf(60);

Deno.test("evaluateVae() has the terms of the ELBO, exact or within their error", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7, widen: 0.6 });
  const exact = await exactElboTerms(vae, EXAMPLES.values as Float32Array);
  const { quantities, rows } = await evaluateVae(vae, EXAMPLES, {
    ...OPTIONS,
    samples: 200,
  });
  const of = (name: Quantity) => quantities.get(name)!;
  assertEquals(rows, 60);
  assertEquals([...quantities.keys()], [
    "elbo",
    "reconstruction",
    "kl",
    "rate",
    "distortion",
    "iwae_bound",
    "nll",
    "ess",
    "pareto_k",
    "unreliable_share",
    "nll_active_units",
    "ess_active_units",
    "pareto_k_active_units",
    "unreliable_share_active_units",
    "active_units",
    "mutual_information",
    "marginal_kl",
  ]);
  for (const name of ["elbo", "reconstruction"] as const) {
    const { value, error } = of(name);
    assertLess(error, 0.02);
    assertAlmostEquals(value, exact[name], 3 * error);
  }
  assertAlmostEquals(of("kl").value, exact.kl, 1e-6);
  assertEquals(of("rate"), of("kl"));
  assertEquals(of("kl").error, 0);
  assertEquals(of("distortion"), {
    value: -of("reconstruction").value,
    error: of("reconstruction").error,
  });
  assertEquals(
    of("elbo").value,
    Math.fround(of("reconstruction").value - of("kl").value),
  );
  assertEquals(of("nll").value, -of("iwae_bound").value);
  assertEquals(of("nll").error, of("iwae_bound").error);
});

Deno.test("evaluateVae() has bits per dimension of grey levels", async () => {
  await openBackend("cpu");
  const spec: VaeSpec = {
    ...{ dataDim: 6, latentDim: 1, hidden: [], activation: "tanh" },
    ...{ posterior: "diagonal", initialisation: "glorot" },
    likelihood: { family: "discretised-logistic" },
  };
  // x does not depend on z.
  const initial = initialParameters(spec, 1).map((parameter) => ({
    ...parameter,
    values: parameter.values.map(() =>
      parameter.name === "decoder/log_scale" ? -12 : 0
    ),
  }));
  using vae = new Vae(spec, initial);
  const values = new Uint8Array(12);
  const examples = { count: 2, dim: 6, values };
  const { quantities } = await evaluateVae(vae, examples, OPTIONS);
  // A scale of e^-12 about 0 puts all of the probability on level 0.
  assertAlmostEquals(quantities.get("bits_per_dim")!.value, 0, 1e-6);
  using half = new Vae(
    spec,
    initial.map((parameter) => ({
      ...parameter,
      values: parameter.name === "decoder/output/bias"
        ? parameter.values.fill(0.5 / 255) // the edge of levels 0 and 1
        : parameter.values,
    })),
  );
  const between = await evaluateVae(half, examples, OPTIONS);
  assertAlmostEquals(between.quantities.get("bits_per_dim")!.value, 1, 1e-5);
});

Deno.test("evaluateVae() of one row does not say which units are active", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7 });
  const { quantities, units } = await evaluateVae(vae, EXAMPLES, {
    ...OPTIONS,
    rows: 1,
  });
  for (const { kl, meanVariance, active } of units) {
    assert(Number.isFinite(kl));
    assertEquals([meanVariance, active], [NaN, null]);
  }
  const unknown = { value: NaN, error: NaN };
  assertEquals(quantities.get("active_units"), unknown);
  assertEquals(quantities.get("nll_active_units"), unknown);
  assert(Number.isFinite(quantities.get("nll")!.value));
});

Deno.test("evaluateVae(): rate = mutual_information + marginal_kl, which is never below 0", async () => {
  await openBackend("cpu");
  for (const shift of [0, 0.7]) {
    using vae = besidePosterior({ shift });
    const { quantities } = await evaluateVae(vae, EXAMPLES, {
      ...OPTIONS,
      samples: 50,
    });
    const [rate, information, marginal] = ([
      "rate",
      "mutual_information",
      "marginal_kl",
    ] as const).map((name) => quantities.get(name)!);
    assertAlmostEquals(
      information!.value + marginal!.value,
      rate!.value,
      1e-6,
    );
    assertEquals(marginal!.error, information!.error);
    assertGreater(marginal!.value, -3 * marginal!.error);
    assertLess(information!.value, Math.log(60));
  }
});

Deno.test("evaluateVae(): marginal_kl is the mean of ln q(z) - ln p(z)", async () => {
  await openBackend("cpu");
  // q(z|x) = N(m, v) for all x: q(z) is that, and nothing is known of x.
  using vae = affineVae({ dataDim: 4, latentDim: 1, noiseVariance: 1 }, {
    "encoder/mean/bias": [0.8],
    "encoder/log_variance/bias": [-1],
  });
  const { quantities } = await evaluateVae(vae, EXAMPLES, OPTIONS);
  const expected = 0.5 * (Math.exp(-1) + 0.8 ** 2 - 1 + 1);
  const { value, error } = quantities.get("marginal_kl")!;
  assertAlmostEquals(value, expected, 1e-5);
  assertLess(error, 1e-6);
});

Deno.test("evaluateVae() finds the units that are used, and only them", async () => {
  await openBackend("cpu");
  using vae = besidePosterior();
  const { quantities, units } = await evaluateVae(vae, EXAMPLES, OPTIONS);
  assertEquals(units.map(({ active }) => active), [true, true, false]);
  assertEquals(quantities.get("active_units"), { value: 2, error: 0 });
  assertAlmostEquals(
    units.reduce((sum, { kl }) => sum + kl, 0),
    quantities.get("kl")!.value,
    1e-6,
  );
  assertAlmostEquals(units[2]!.kl, 0, 1e-7);
  assertAlmostEquals(
    quantities.get("nll_active_units")!.value,
    quantities.get("nll")!.value,
    1e-5,
  );
  // Means of unit rows are the affine map's: their variance by definition.
  const means = tf.tidy(() =>
    vae.encode(tf.tensor2d(EXAMPLES.values as Float32Array, [60, 4])).mean
  );
  const values = await means.data();
  means.dispose();
  units.forEach(({ meanVariance }, j) => {
    const own = values.filter((_, i) => i % 3 === j);
    const centre = meanOf(own);
    const variance = meanOf(own.map((value) => (value - centre) ** 2));
    assertAlmostEquals(meanVariance, variance, 1e-6);
  });
});

Deno.test("evaluateVae() takes the units that are not active out of the NLL", async () => {
  await openBackend("cpu");
  // The third unit is decoded, but q does not tell x by it.
  using vae = affineVae({ dataDim: 4, latentDim: 2, noiseVariance: 0.5 }, {
    "encoder/mean/weight": [1, 0, 0, 0, 0, 0, 0, 0],
    "decoder/output/weight": [1, 0, 0, 0, 0, 0.3, 0.3, 0],
  });
  const { quantities } = await evaluateVae(vae, EXAMPLES, OPTIONS);
  const bound = await importanceBound(vae, EXAMPLES, {
    ...{ k: 20, seed: 1 },
    kept: [true, false],
  });
  assertEquals(
    quantities.get("nll_active_units")!.value,
    -meanOf(bound.values),
  );
  assert(
    Math.abs(
      quantities.get("nll_active_units")!.value -
        quantities.get("nll")!.value,
    ) > 1e-3,
  );
});

Deno.test("the standard error of the ELBO is how far seeds lie apart", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.3 });
  const values: number[] = [];
  const errors: number[] = [];
  for (let seed = 0; seed < 60; seed++) {
    const { quantities } = await evaluateVae(vae, EXAMPLES, {
      ...{ ...OPTIONS, seed, estimators: [] },
    });
    const { value, error } = quantities.get("elbo")!;
    values.push(value);
    errors.push(error);
  }
  const spread = average(values).error * Math.sqrt(values.length);
  assertGreater(meanOf(errors) / spread, 0.75);
  assertLess(meanOf(errors) / spread, 1.3);
});

Deno.test("evaluateVae() by Markov chains is within 3 standard errors of ln p(x)", async () => {
  await openBackend("cpu");
  using vae = besidePosterior();
  const { quantities, rows } = await evaluateVae(vae, EXAMPLES, {
    ...OPTIONS,
    rows: 2,
    estimators: ["ais", "hmc"],
    chains: {
      ais: {
        chains: 40,
        temperatures: sigmoidTemperatures(40),
        leapfrogSteps: 4,
      },
      hmc: { burnIn: 40, samples: 15 },
    },
  });
  assertEquals(rows, 2);
  assertEquals(quantities.has("nll"), false);
  const exact = -meanOf(exactOf(examplesOf(2)));
  for (const name of ["nll_ais", "nll_hmc"] as const) {
    const { value, error } = quantities.get(name)!;
    assertLess(error, 0.1);
    assertAlmostEquals(value, exact, 3 * error, name);
  }
});

testOnBackends(
  "evaluateVae() gives the same numbers twice, and frees all it made",
  async () => {
    using vae = besidePosterior({ shift: 0.7 });
    vae.parameters.keys(); // puts them on the backend
    const tensors = tf.memory().numTensors;
    const first = await evaluateVae(vae, EXAMPLES, OPTIONS);
    const again = await evaluateVae(vae, EXAMPLES, OPTIONS);
    assertEquals([...again.quantities], [...first.quantities]);
    assertEquals(again.units, first.units);
    assertEquals(tf.memory().numTensors, tensors);
    const other = await evaluateVae(vae, EXAMPLES, { ...OPTIONS, seed: 2 });
    assert(
      other.quantities.get("nll")!.value !== first.quantities.get("nll")!.value,
    );
  },
);

Deno.test("evaluateVae() tells how far it is, and refuses no draws", async () => {
  await openBackend("cpu");
  using vae = besidePosterior();
  const told: string[] = [];
  await evaluateVae(vae, EXAMPLES, {
    ...OPTIONS,
    onProgress: (what, done, rows) => told.push(`${what} ${done}/${rows}`),
  });
  assertEquals(told.slice(0, 3), ["ELBO 50/60", "ELBO 60/60", "L_k 50/60"]);
  assertEquals(told.at(-1), "q(z) 60/60");
  for (const wrong of [{ k: 0 }, { samples: 0 }, { samples: 1.5 }]) {
    await assertRejects(
      () => evaluateVae(vae, EXAMPLES, { ...OPTIONS, ...wrong }),
      RangeError,
      "at least 1",
    );
  }
});
