import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  Optimizer,
  OPTIMIZERS,
  type OptimizerSpec,
} from "../../src/model/optimizers.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";

const SIZE = 6;
const STEPS = 5;
const RATE = 0.05;
const INITIAL = stream(1, "init").normals(SIZE);
/** Gradients of different sizes, one of them always zero. */
const GRADIENTS = Array.from(
  { length: STEPS },
  (_, step) =>
    stream(1, "data", step).normals(SIZE)
      .map((g, i) => i === 0 ? 0 : g * 10 ** (i - 3)),
);

/** The papers' update rules, in float64, for one number. */
const RULES: {
  [Name in OptimizerSpec["name"]]: (
    spec: Extract<OptimizerSpec, { name: Name }>,
    parameter: number,
    gradients: number[],
  ) => number;
} = {
  sgd: (_, parameter, gradients) =>
    gradients.reduce((p, g) => p - RATE * g, parameter),
  // Duchi et al. 2011, with H = diag(sum g^2)^(1/2) + epsilon I.
  adagrad: ({ initialAccumulator, epsilon }, parameter, gradients) => {
    let sum = initialAccumulator;
    for (const g of gradients) {
      sum += g ** 2;
      parameter -= RATE * g / (Math.sqrt(sum) + epsilon);
    }
    return parameter;
  },
  // Kingma and Ba 2015, algorithm 1.
  adam: ({ beta1, beta2, epsilon }, parameter, gradients) => {
    let [m, v] = [0, 0];
    gradients.forEach((g, i) => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g ** 2;
      const mHat = m / (1 - beta1 ** (i + 1));
      const vHat = v / (1 - beta2 ** (i + 1));
      parameter -= RATE * mHat / (Math.sqrt(vHat) + epsilon);
    });
    return parameter;
  },
};

/** One number after the gradients, by its optimiser's rule. */
function ruled(
  spec: OptimizerSpec,
  parameter: number,
  gradients: number[],
): number {
  switch (spec.name) {
    case "sgd":
      return RULES.sgd(spec, parameter, gradients);
    case "adagrad":
      return RULES.adagrad(spec, parameter, gradients);
    case "adam":
      return RULES.adam(spec, parameter, gradients);
  }
}

function expected(spec: OptimizerSpec): number[] {
  return Array.from(
    INITIAL,
    (parameter, i) => ruled(spec, parameter, GRADIENTS.map((step) => step[i]!)),
  );
}

/** The parameters after all steps. */
async function run(
  spec: OptimizerSpec,
  weightDecay?: number,
): Promise<Float32Array> {
  const variable = tf.variable(tf.tensor(INITIAL.slice(), [2, 3]));
  const parameters = [["p", variable]] as const;
  const optimizer = new Optimizer(spec, parameters, weightDecay);
  for (const gradient of GRADIENTS) {
    optimizer.update(parameters, { p: tf.tensor(gradient, [2, 3]) }, RATE);
  }
  assertEquals(optimizer.step, STEPS);
  const values = Float32Array.from(await variable.data());
  optimizer.dispose();
  variable.dispose();
  return values;
}

const SPECS: OptimizerSpec[] = [
  OPTIMIZERS.sgd,
  OPTIMIZERS.adagrad,
  { name: "adagrad", initialAccumulator: 0.1, epsilon: 1e-3 },
  OPTIMIZERS.adam,
  { name: "adam", beta1: 0.5, beta2: 0.9, epsilon: 1e-4 },
  { name: "adam", beta1: 0, beta2: 0, epsilon: 1 },
];

testOnBackends(
  "Optimizer.update() is the paper's rule for five steps",
  async () => {
    for (const spec of SPECS) {
      const actual = await run(spec);
      expected(spec).forEach((value, i) =>
        assertAlmostEquals(
          actual[i]!,
          value,
          1e-6 * (1 + Math.abs(value)),
          `${JSON.stringify(spec)} [${i}]`,
        )
      );
    }
  },
);

Deno.test("Optimizer.update() goes down the gradient with W times the parameter", async () => {
  await openBackend("cpu");
  const weightDecay = 0.3;
  for (const spec of SPECS) {
    const actual = await run(spec, weightDecay);
    // The rules step by step, on the gradients with decay of each.
    for (let i = 0; i < SIZE; i++) {
      const gradients: number[] = [];
      let parameter = INITIAL[i]!;
      for (const step of GRADIENTS) {
        gradients.push(step[i]! + weightDecay * parameter);
        parameter = ruled(spec, INITIAL[i]!, gradients);
      }
      assertAlmostEquals(
        actual[i]!,
        parameter,
        2e-6 * (1 + Math.abs(parameter)),
        `${JSON.stringify(spec)} [${i}]`,
      );
    }
  }
});

Deno.test("Optimizer.update() has every hyper-parameter in use", async () => {
  await openBackend("cpu");
  const base = {
    name: "adam",
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 0.01,
  } as const;
  const adagrad = {
    name: "adagrad",
    initialAccumulator: 0.1,
    epsilon: 0.01,
  } as const;
  const pairs: [OptimizerSpec, OptimizerSpec][] = [
    [base, { ...base, beta1: 0.8 }],
    [base, { ...base, beta2: 0.9 }],
    [base, { ...base, epsilon: 0.02 }],
    [adagrad, { ...adagrad, initialAccumulator: 0.2 }],
    [adagrad, { ...adagrad, epsilon: 0.02 }],
  ];
  for (const [a, b] of pairs) {
    const [one, other] = [await run(a), await run(b)];
    assertGreater(Math.abs(one[3]! - other[3]!), 1e-4, JSON.stringify(b));
  }
});

Deno.test("Optimizer.update() leaves a parameter without gradient alone", async () => {
  await openBackend("cpu");
  for (const spec of Object.values(OPTIMIZERS)) {
    // 0 / (0 + epsilon), never 0 / 0.
    assertEquals((await run(spec))[0], INITIAL[0]);
  }
});

Deno.test("Optimizer.update() keeps arrays apart and needs every gradient", async () => {
  await openBackend("cpu");
  const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
  const parameters = [["a", a], ["b", b]] as const;
  const optimizer = new Optimizer(OPTIMIZERS.adagrad, parameters);
  // Adagrad's first step is the rate, whatever the size of the gradient.
  optimizer.update(parameters, { a: tf.scalar(3), b: tf.scalar(-0.1) }, 0.5);
  assertAlmostEquals((await a.data())[0]!, 0.5, 1e-6);
  assertAlmostEquals((await b.data())[0]!, 1.5, 1e-6);
  assertThrows(
    () => optimizer.update(parameters, { a: tf.scalar(1) }, 0.5),
    Error,
    "no gradient of b",
  );
  optimizer.dispose();
});

Deno.test("Optimizer holds as many arrays as its rule has", async () => {
  await openBackend("cpu");
  const variable = tf.variable(tf.zeros([3, 2]));
  const before = tf.memory().numTensors;
  const counts = { sgd: 0, adagrad: 1, adam: 2 };
  for (const spec of Object.values(OPTIMIZERS)) {
    const optimizer = new Optimizer(spec, [["p", variable]]);
    assertEquals(optimizer.state.length, counts[spec.name]);
    for (const arrays of optimizer.state) {
      assertEquals(arrays.get("p")!.shape, [3, 2]);
    }
    optimizer.dispose();
    assertEquals(tf.memory().numTensors, before);
  }
});
