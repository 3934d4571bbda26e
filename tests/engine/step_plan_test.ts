import { assert, assertEquals } from "@std/assert";
import type { Operation } from "../../src/engine/operations.ts";
import { stepPlan } from "../../src/engine/step_plan.ts";
import { parameterShapes } from "../../src/model/spec.ts";
import { MCEM, type ObjectiveSpec } from "../../src/objective/spec.ts";
import { trainingOf } from "./training.ts";

const SPECS = [[], [8], [8, 5]].flatMap((hidden) =>
  (["diagonal", "isotropic"] as const).map((posterior) =>
    trainingOf({ spec: { hidden, posterior } }).spec
  )
).concat(
  trainingOf({
    spec: {
      likelihood: { family: "gaussian", variance: "per-pixel", mean: "linear" },
    },
  }).spec,
  ...[[], [8, 5]].map((hidden) =>
    trainingOf({ spec: { hidden, conditionDim: 4 } }).spec
  ),
);

const ELBO = { name: "elbo" } as const;
const WAKE_SLEEP = { name: "wake-sleep" } as const;

/** All kinds of plans. */
const CASES = SPECS.flatMap((spec) =>
  (["train", "evaluate", "draws"] as const).flatMap((purpose) =>
    [ELBO, WAKE_SLEEP, MCEM].map((objective: ObjectiveSpec) =>
      [spec, purpose, objective] as const
    )
  )
);

/** The matrix of y that an operation reads. */
function givenOf({ condition }: { condition: string | null }): string[] {
  return condition === null ? [] : [condition];
}

/** Matrices that an operation names, by whether it reads or writes them. */
function matricesOf(
  operation: Operation,
  drawn: readonly string[],
): { reads: string[]; writes: string[] } {
  switch (operation.kind) {
    case "affine":
      return {
        reads: [operation.input, ...givenOf(operation)],
        writes: [operation.output],
      };
    case "condition-gradient":
      return {
        reads: [operation.gradient, ...givenOf(operation)],
        writes: [],
      };
    case "layer-gradient":
      return { reads: [operation.input, operation.gradient], writes: [] };
    case "input-gradient":
      return {
        reads: [
          ...operation.from.map(({ gradient }) => gradient),
          ...(operation.activated === null ? [] : [operation.activated.values]),
        ],
        writes: [operation.output],
      };
    case "batch":
      return {
        reads: [],
        writes: [
          ...["x", "noise"],
          ...drawn,
        ],
      };
    case "row-noise":
      return { reads: [], writes: ["x", "noise", ...drawn] };
    case "kl":
      return { reads: ["mean", "log_variance"], writes: ["kl"] };
    case "chain-density":
      return { reads: ["z", "gradient/z"], writes: [] };
    case "chain-start":
      return {
        reads: ["z", "gradient/z"],
        writes: ["chain/z", "chain/gradient"],
      };
    case "chain-momentum":
      return { reads: ["chain/momenta"], writes: ["chain/momentum"] };
    case "chain-leap":
      return {
        reads: ["chain/momentum", "gradient/z", "z"],
        writes: [],
      };
    case "chain-accept":
      return {
        reads: ["chain/uniforms", "chain/momentum", "chain/z"],
        writes: [],
      };
    case "dream":
      return { reads: ["dream/output", "dream/noise"], writes: ["dream/x"] };
    case "log-posterior":
      return {
        reads: ["z", "mean", "log_variance"]
          .map((name) => `${operation.prefix}${name}`),
        writes: ["mean", "log_variance"]
          .map((name) => `gradient/${operation.prefix}${name}`),
      };
    case "infer":
      return {
        reads: ["mean", "log_variance", "noise"],
        writes: ["z", "kl"],
      };
    case "likelihood":
    case "log-likelihood":
      return { reads: ["x", "output"], writes: [] };
    case "scale-outputs":
      return { reads: ["output"], writes: [] };
    case "posterior-gradient":
      return {
        reads: ["mean", "log_variance", "noise", "z", "gradient/z"],
        writes: ["gradient/mean", "gradient/log_variance"],
      };
    case "row-weights":
    case "sum-terms":
      return { reads: ["kl"], writes: [] };
    case "spread":
    case "update":
      return { reads: [], writes: [] };
  }
}

Deno.test("stepPlan() reads only what was written before", () => {
  for (const [spec, purpose, objective] of CASES) {
    const { matrices, stages, chains } = stepPlan(
      spec,
      10,
      3,
      purpose,
      objective,
    );
    const { start = [], momentum = [], leap = [], accept = [] } = chains ?? {};
    const drawn = [...matrices.keys()].filter((name) =>
      ["dream/z", "dream/noise", "chain/momenta", "chain/uniforms"]
        .concat("condition", "z/condition").includes(name)
    );
    const written = new Set<string>();
    for (
      const stage of [...start, ...momentum, ...leap, ...accept, ...stages]
    ) {
      const all = stage.map((operation) => matricesOf(operation, drawn));
      for (const name of all.flatMap(({ reads }) => reads)) {
        assert(written.has(name), `${name} is read before it is written`);
      }
      const writes = all.flatMap(({ writes }) => writes);
      assertEquals(new Set(writes).size, writes.length, "written twice");
      for (const name of writes) {
        assert(matrices.has(name), `${name} has no shape`);
        written.add(name);
      }
    }
    assertEquals(written, new Set(matrices.keys()));
  }
});

Deno.test("stepPlan() gives each layer one gradient and one use", () => {
  for (const spec of SPECS) {
    const layers = parameterShapes(spec)
      .filter(({ name }) => name.endsWith("/weight"))
      .map(({ name }) => name.slice(0, -"/weight".length));
    const operations = stepPlan(spec, 10, 3, "train", ELBO).stages.flat();
    for (const kind of ["affine", "layer-gradient"] as const) {
      const used = operations.flatMap((operation) =>
        operation.kind === kind ? operation.layer : []
      );
      assertEquals(used.toSorted(), layers.toSorted(), kind);
    }
  }
});

Deno.test("stepPlan() gives each weight of y one gradient and one use", () => {
  for (const spec of SPECS) {
    const layers = parameterShapes(spec)
      .filter(({ name }) => name.endsWith("/condition"))
      .map(({ name }) => name.slice(0, -"/condition".length));
    assertEquals(layers.length > 0, spec.conditionDim !== undefined);
    const operations = stepPlan(spec, 10, 3, "train", ELBO).stages.flat();
    for (const kind of ["affine", "condition-gradient"] as const) {
      const used = operations.flatMap((operation) =>
        operation.kind === kind && operation.condition !== null
          ? operation.layer
          : []
      );
      assertEquals(used.toSorted(), layers.toSorted(), kind);
    }
  }
});

Deno.test("stepPlan() of wake-sleep uses each layer twice, and its gradient once", () => {
  for (const spec of SPECS) {
    const operations = stepPlan(spec, 10, 3, "train", WAKE_SLEEP)
      .stages.flat();
    const used = (kind: Operation["kind"]) =>
      operations.flatMap((operation) =>
        operation.kind === kind && "input" in operation
          ? [[operation.layer, operation.input] as const]
          : []
      );
    const gradients = used("layer-gradient");
    const layers = gradients.map(([layer]) => layer);
    assertEquals(new Set(layers).size, layers.length);
    assertEquals(
      used("affine").map(([layer]) => layer).toSorted(),
      [...layers, ...layers].toSorted(),
    );
    // The encoder learns from dreams, the decoder from the data.
    for (const [layer, input] of gradients) {
      assertEquals(layer.startsWith("encoder"), input.startsWith("dream/"));
    }
  }
});

Deno.test("stepPlan() has the encoder's rows once, whatever the draws", () => {
  const { spec } = trainingOf();
  const { matrices } = stepPlan(spec, 10, 25, "train", ELBO);
  assertEquals(matrices.get("encoder/hidden1"), [10, 8]);
  assertEquals(matrices.get("log_variance"), [10, 3]);
  assertEquals(matrices.get("z"), [250, 3]);
  assertEquals(matrices.get("output"), [250, 12]);
});
