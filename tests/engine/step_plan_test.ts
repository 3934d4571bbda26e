import { assert, assertEquals } from "@std/assert";
import {
  missingFromPlans,
  type Operation,
  stepPlan,
} from "../../src/engine/step_plan.ts";
import { parameterShapes, type VaeSpec } from "../../src/model/spec.ts";
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
);

/** Matrices that an operation names, by whether it reads or writes them. */
function matricesOf(
  operation: Operation,
): { reads: string[]; writes: string[] } {
  switch (operation.kind) {
    case "affine":
      return { reads: [operation.input], writes: [operation.output] };
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
      return { reads: [], writes: ["x", "noise"] };
    case "infer":
      return {
        reads: ["mean", "log_variance", "noise"],
        writes: ["z", "kl"],
      };
    case "likelihood":
      return { reads: ["x", "output"], writes: [] };
    case "scale-output":
      return { reads: [operation.output], writes: [] };
    case "posterior-gradient":
      return {
        reads: ["mean", "log_variance", "noise", "z", "gradient/z"],
        writes: ["gradient/mean", "gradient/log_variance"],
      };
    case "weigh":
    case "sum-terms":
      return { reads: ["kl"], writes: [] };
    case "update":
      return { reads: [], writes: [] };
  }
}

Deno.test("stepPlan() reads only what was written before", () => {
  for (const spec of SPECS) {
    for (const purpose of ["train", "evaluate"] as const) {
      const { matrices, stages } = stepPlan(spec, 10, 3, purpose);
      const written = new Set<string>();
      for (const stage of stages) {
        const all = stage.map(matricesOf);
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
  }
});

Deno.test("stepPlan() gives each layer one gradient and one use", () => {
  for (const spec of SPECS) {
    const layers = parameterShapes(spec)
      .filter(({ name }) => name.endsWith("/weight"))
      .map(({ name }) => name.slice(0, -"/weight".length));
    const operations = stepPlan(spec, 10, 3, "train").stages.flat();
    for (const kind of ["affine", "layer-gradient"] as const) {
      const used = operations.flatMap((operation) =>
        operation.kind === kind ? operation.layer : []
      );
      assertEquals(used.toSorted(), layers.toSorted(), kind);
    }
  }
});

Deno.test("stepPlan() has the encoder's rows once, whatever the draws", () => {
  const { spec } = trainingOf();
  const { matrices } = stepPlan(spec, 10, 25, "train");
  assertEquals(matrices.get("encoder/hidden1"), [10, 8]);
  assertEquals(matrices.get("log_variance"), [10, 3]);
  assertEquals(matrices.get("z"), [250, 3]);
  assertEquals(matrices.get("output"), [250, 12]);
});

Deno.test("missingFromPlans() names what there is no plan for", () => {
  const elbo = { name: "elbo" } as const;
  const of = (spec: Partial<VaeSpec>) =>
    missingFromPlans(trainingOf({ spec }).spec, elbo);
  for (const spec of SPECS) assertEquals(missingFromPlans(spec, elbo), null);
  assertEquals(
    missingFromPlans(SPECS[0]!, { name: "wake-sleep" }),
    "objective wake-sleep",
  );
  assertEquals(of({ hidden: [{ channels: 2 }, 3] }), "convolutions");
  assertEquals(of({ posterior: "full" }), "full covariances");
  assertEquals(
    of({ upper: { latentDim: 2, hidden: [] } }),
    "two layers of latent variables",
  );
  assertEquals(
    of({ likelihood: { family: "discretised-logistic" } }),
    "discretised-logistic decoders",
  );
});
