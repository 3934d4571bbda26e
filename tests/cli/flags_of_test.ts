import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readFlags } from "../../src/cli/read_flags.ts";
import { flagsOf, requestOf } from "../../src/cli/request.ts";
import { allFlags } from "../../src/config/field.ts";
import { INITIALISATIONS } from "../../src/model/initialisations.ts";
import { RUN_FIELDS, runConfigSchema } from "../../src/train/config.ts";

const count = fc.integer({ min: 1, max: 300 });
const seed = fc.maxSafeNat();
const positive = fc.double({ min: 1e-12, max: 1e6, noNaN: true });
const decay = fc.double({ min: 0, max: 0.9999, noNaN: true });

const upTo = (max: number) => fc.double({ min: 0, max, noNaN: true });

/** Schedules that any run is long enough for. */
const schedules = fc.oneof(
  upTo(100),
  fc.record({
    shape: fc.constant("linear" as const),
    from: upTo(1),
    to: upTo(30),
    steps: fc.constant(1),
  }),
  fc.record({
    shape: fc.constant("cyclical" as const),
    from: upTo(1),
    to: upTo(30),
    period: fc.constant(1),
    ramp: fc.double({ min: 1e-6, max: 1, noNaN: true }),
  }),
  fc.record({
    shape: fc.constant("stages" as const),
    stages: fc.tuple(fc.record({ value: upTo(30), steps: fc.constant(1) })),
  }),
);

const oneLayer = fc.constant(null);
const oneOrTwoLayers = fc.option(fc.record({
  latentDim: fc.integer({ min: 1, max: 50 }),
  hidden: fc.array(count, { maxLength: 3 }),
}));

const closedForm = fc.record({
  objective: fc.constant({ name: "elbo" as const }),
  upper: oneLayer,
  beta: schedules,
  freeBits: fc.option(schedules),
  capacity: fc.option(schedules),
});

const sampled = fc.record({
  objective: fc.record({
    name: fc.constant("elbo-sampled" as const),
    gradient: fc.constantFrom("plain", "stl"),
  }),
  upper: oneOrTwoLayers,
  beta: schedules,
  freeBits: fc.option(schedules),
  capacity: fc.option(schedules),
});

const withoutKl = fc.record({
  objective: fc.oneof(
    fc.constant({ name: "wake-sleep" as const }),
    fc.record({
      name: fc.constant("mcem" as const),
      transitions: count,
      leapfrogSteps: count,
      updates: count,
    }),
  ),
  upper: oneLayer,
  beta: fc.constant(1),
  freeBits: fc.constant(null),
  capacity: fc.constant(null),
});

const withBound = fc.record({
  objective: fc.record({
    name: fc.constant("iwae" as const),
    k: fc.integer({ min: 1, max: 9 }), // engines have arrays of a limited size
    gradient: fc.constantFrom("plain", "stl", "dreg"),
  }),
  upper: oneOrTwoLayers,
  beta: schedules,
  freeBits: fc.constant(null),
  capacity: fc.constant(null),
});

const ofPixels = fc.record({
  dataset: fc.constantFrom("glyphs", "mnist", "mnist-fixed", "freyface"),
  binarize: fc.constantFrom("none", "dynamic", "static"),
  likelihood: fc.oneof(
    fc.constant({ family: "bernoulli" as const }),
    fc.record({
      family: fc.constant("gaussian" as const),
      variance: fc.oneof(
        positive,
        fc.constantFrom("learned", "optimal", "per-pixel"),
      ),
      mean: fc.constantFrom("linear", "sigmoid"),
    }),
  ),
});

const ofGreyLevels = fc.record({
  dataset: fc.constantFrom("glyphs", "mnist", "freyface"),
  binarize: fc.constant("none"),
  likelihood: fc.record({
    family: fc.constantFrom("continuous-bernoulli", "discretised-logistic"),
  }),
});

/** What configs have beside data, likelihood and objective. */
const others = fc.record({
  dataSeed: seed,
  trainSize: fc.option(count),
  testSize: fc.option(count),
  latentDim: count,
  hidden: fc.tuple(
    // The images of all data sets can be halved twice.
    fc.array(fc.record({ channels: fc.integer({ min: 1, max: 9 }) }), {
      maxLength: 2,
    }),
    fc.array(count, { maxLength: 3 }),
  ).map(([convolutions, units]) => [...convolutions, ...units]),
  condition: fc.option(
    fc.uniqueArray(fc.constantFrom("class", "a b", '"', "labels"), {
      minLength: 1,
    }),
    { nil: undefined },
  ),
  activation: fc.constantFrom("tanh", "relu", "softplus"),
  posterior: fc.constantFrom("diagonal", "isotropic", "full"),
  initialisation: fc.constantFrom(...INITIALISATIONS),
  outputBias: fc.constantFrom("init", "data-mean"),
  samples: fc.integer({ min: 1, max: 30 }),
  optimizer: fc.oneof(
    fc.constant({ name: "sgd" as const }),
    fc.record({
      name: fc.constant("adagrad" as const),
      initialAccumulator: fc.double({ min: 0, max: 10, noNaN: true }),
      epsilon: positive,
    }),
    fc.record({
      name: fc.constant("adam" as const),
      beta1: decay,
      beta2: decay,
      epsilon: positive,
    }),
  ),
  learningRate: schedules.filter((rate) =>
    typeof rate !== "number" || Math.fround(rate) > 0
  ),
  weightDecay: upTo(10),
  clipGradient: fc.option(positive, { nil: undefined }),
  logVarianceBounds: fc.option(
    fc.constantFrom([-10, 10] as const, [-0.5, 1e-3] as const),
    { nil: undefined },
  ),
  batchSize: count,
  steps: count,
  validationFraction: fc.option(fc.constantFrom(0.1, 0.25), {
    nil: undefined,
  }),
  stopping: fc.option(
    fc.record({ after: fc.integer({ min: 1, max: 3 }), gain: upTo(2) }),
    { nil: undefined },
  ),
  keep: fc.option(fc.constant("best" as const), { nil: undefined }),
  evalEvery: fc.oneof(
    count,
    fc.uniqueArray(count, { minLength: 1 })
      .map((steps) => steps.toSorted((a, b) => a - b)),
  ),
  evalSamples: fc.integer({ min: 1, max: 30 }),
  finalEvaluation: fc.option(fc.record({ k: count, rows: count })),
  seed,
});

/** Configs that a command line can ask for. */
const configs = fc.tuple(
  others,
  fc.oneof(ofPixels, ofGreyLevels),
  fc.oneof(closedForm, sampled, withBound, withoutKl),
).map(([other, likelihood, objective]) => ({
  ...other,
  ...likelihood,
  ...objective,
})).map(({ activation, dataSeed, ...drawn }) => {
  const { condition, clipGradient, logVarianceBounds, ...more } = drawn;
  const { validationFraction, stopping, keep, ...config } = more;
  const { steps, evalEvery, trainSize } = config;
  const evaluations = typeof evalEvery === "number"
    ? Math.ceil(steps / evalEvery)
    : new Set([...evalEvery.filter((step) => step < steps), steps]).size;
  // These are never given where they have no effect.
  const { hidden, upper, dataset, binarize } = config;
  const hasHidden = hidden.length > 0 || (upper?.hidden.length ?? 0) > 0;
  const isDrawn = dataset === "glyphs" || binarize !== "none";
  return {
    ...config,
    ...condition && { condition },
    ...clipGradient !== undefined && { clipGradient },
    ...logVarianceBounds && { logVarianceBounds },
    ...validationFraction && (trainSize ?? 100) > 9 && { validationFraction },
    ...stopping && evaluations > stopping.after + 1 && { stopping },
    ...keep && evaluations > 1 && { keep },
    activation: hasHidden ? activation : "tanh",
    dataSeed: isDrawn ? dataSeed : 0,
  };
}).filter(({ likelihood, objective }) =>
  objective.name !== "iwae" || !("variance" in likelihood) ||
  likelihood.variance !== "optimal"
);

Deno.test("flagsOf() is the inverse of requestOf(), for all its flags", () => {
  const said = new Set<string>();
  fc.assert(
    fc.property(configs, (drawn) => {
      // A record of fast-check has no prototype.
      const config = runConfigSchema.parse(structuredClone(drawn));
      const flags = flagsOf(config);
      flags.forEach((text, i) => i % 2 === 0 && said.add(text.slice(2)));
      const { runs } = requestOf(readFlags(flags));
      assertEquals(runs.map((run) => run.config), [config]);
    }),
    { seed: 1, numRuns: 100 },
  );
  const others = allFlags(RUN_FIELDS)
    .filter(({ flag }) => !said.has(flag)).map(({ flag }) => flag);
  // Those of own data are in tests/data/own/; --steps says the last two.
  assertEquals(others, [
    ...[
      "columns",
      "labels",
      "scale",
      "image",
      "resize",
      "missing",
      "test-fraction",
    ],
    ...["budget", "passes"],
  ]);
});

Deno.test("flagsOf() leaves out what the experiment fixes", () => {
  const config = requestOf(readFlags([])).runs[0]!.config;
  const flags = flagsOf(config, { dataset: "glyphs", hidden: "200" });
  assertEquals(flags.includes("--dataset"), false);
  assertEquals(flags.includes("--hidden"), false);
  assertEquals(flags.includes("--latent"), true);
});

Deno.test("flagsOf() leaves out what has no effect, whatever the experiment has", () => {
  const defaults = { hidden: "none", activation: "relu" };
  const { config } = requestOf(readFlags([], { defaults })).runs[0]!;
  assertEquals(config.activation, "relu");
  const flags = flagsOf(config);
  assertEquals(flags.includes("--activation"), false);
  const again = requestOf(readFlags(flags, { defaults })).runs[0]!;
  assertEquals(again.config, config);
});
