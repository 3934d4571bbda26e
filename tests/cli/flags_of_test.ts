import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { flagsOf, requestOf } from "../../src/cli/config.ts";
import { readFlags } from "../../src/cli/flags.ts";
import { type RunConfig, runConfigSchema } from "../../src/train/config.ts";

const count = fc.integer({ min: 1, max: 300 });
const seed = fc.maxSafeNat();
const positive = fc.double({ min: 1e-12, max: 1e6, noNaN: true });
const decay = fc.double({ min: 0, max: 0.9999, noNaN: true });

/** Configs that a command line can ask for. */
const configs: fc.Arbitrary<RunConfig> = fc.record({
  dataset: fc.constantFrom("glyphs", "mnist", "mnist-fixed", "freyface"),
  dataSeed: seed,
  binarize: fc.constantFrom("none", "dynamic", "static"),
  trainSize: fc.option(count),
  testSize: fc.option(count),
  latentDim: count,
  hidden: fc.array(count, { maxLength: 3 }),
  activation: fc.constantFrom("tanh", "relu", "softplus"),
  posterior: fc.constantFrom("diagonal", "isotropic"),
  likelihood: fc.oneof(
    fc.constant({ family: "bernoulli" as const }),
    fc.record({
      family: fc.constant("gaussian" as const),
      variance: fc.oneof(
        positive,
        fc.constantFrom("learned" as const, "optimal" as const),
      ),
    }),
  ),
  initialisation: fc.constantFrom("glorot", "normal"),
  outputBias: fc.constantFrom("init", "data-mean"),
  kl: fc.constantFrom("closed-form", "sampled"),
  samples: count,
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
  learningRate: positive,
  batchSize: count,
  steps: count,
  evalEvery: count,
  evalSamples: count,
  seed,
});

Deno.test("flagsOf() is the inverse of requestOf()", () => {
  fc.assert(
    fc.property(configs, (drawn) => {
      // A record of fast-check has no prototype.
      const config = runConfigSchema.parse(structuredClone(drawn));
      const { runs } = requestOf(readFlags(flagsOf(config), {}));
      assertEquals(runs.map((run) => run.config), [config]);
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("flagsOf() leaves out what the experiment fixes", () => {
  const config = requestOf(readFlags([], {})).runs[0]!.config;
  const flags = flagsOf(config, { dataset: "glyphs", hidden: "200" });
  assertEquals(flags.includes("--dataset"), false);
  assertEquals(flags.includes("--hidden"), false);
  assertEquals(flags.includes("--latent"), true);
});
