import { assertEquals } from "@std/assert";
import { runConfigSchema } from "../../src/train/config.ts";
import { configOf } from "./toys.ts";

const SAMPLED = {
  objective: { name: "elbo-sampled", gradient: "plain" },
} as const;

const stages = (stages: { value: number; steps: number }[]) => ({
  shape: "stages" as const,
  stages,
});

Deno.test("runConfigSchema takes a config as it is", () => {
  const upper = { latentDim: 2, hidden: [5] };
  for (
    const config of [
      configOf(),
      configOf({ hidden: [{ channels: 8 }, 4] }),
      configOf({ ...SAMPLED, upper }),
      configOf({ learningRate: stages([{ value: 0.1, steps: 3 }]) }),
      configOf({ weightDecay: 1e-5 }),
    ]
  ) {
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
    { learningRate: stages([]) },
    { learningRate: stages([{ value: 1, steps: 0 }]) },
    { learningRate: stages([{ value: -1, steps: 1 }]) },
    { weightDecay: -1 },
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
    { posterior: "triangular" },
    { upper: { latentDim: 2, hidden: [] } }, // with a KL in closed form
    { ...SAMPLED, upper: { latentDim: 0, hidden: [] } },
    { ...SAMPLED, upper: { latentDim: 2 } },
    { finalEvaluation: { k: 0, rows: 10 } },
    { finalEvaluation: { k: 10 } },
  ];
  for (const change of bad) {
    const result = runConfigSchema.safeParse({ ...configOf(), ...change });
    assertEquals(result.success, false, JSON.stringify(change));
  }
});
