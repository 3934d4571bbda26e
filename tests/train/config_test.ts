import { assertEquals } from "@std/assert";
import { runConfigSchema } from "../../src/train/config.ts";
import { configOf } from "./toys.ts";

Deno.test("runConfigSchema takes a config as it is", () => {
  for (const hidden of [[4], [{ channels: 8 }, 4]]) {
    const config = configOf({ hidden });
    assertEquals(
      runConfigSchema.parse(JSON.parse(JSON.stringify(config))),
      config,
    );
  }
});

Deno.test("runConfigSchema refuses what cannot be run", () => {
  const bad: Record<string, unknown>[] = [
    { seed: -1 },
    { seed: 2 ** 53 },
    { samples: 0 },
    { samples: 1.5 },
    { learningRate: 0 },
    { learningRate: NaN },
    { hidden: [0] },
    { hidden: [{ channels: 0 }] },
    { hidden: [{ units: 3 }] },
    { activation: "sigmoid" },
    { outputBias: 0 },
    { likelihood: { family: "gaussian" } },
    { likelihood: { family: "gaussian", variance: -1, mean: "linear" } },
    { likelihood: { family: "gaussian", variance: 1 } },
    { likelihood: { family: "gaussian", variance: 1, mean: "softplus" } },
    { likelihood: { family: "bernoulli", variance: 1 } },
    { likelihood: { family: "discretised-logistic", levels: 16 } },
    { optimizer: { name: "adam", beta1: 1, beta2: 0.9, epsilon: 0 } },
    { optimizer: { name: "sgd", momentum: 0.9 } },
    { klWeight: 2 },
  ];
  for (const change of bad) {
    const result = runConfigSchema.safeParse({ ...configOf(), ...change });
    assertEquals(result.success, false, JSON.stringify(change));
  }
});
