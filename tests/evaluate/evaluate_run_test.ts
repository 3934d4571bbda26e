import { assertEquals } from "@std/assert";
import {
  ESTIMATORS,
  type EvaluationRequest,
} from "../../src/evaluate/evaluate_vae.ts";
import {
  evaluationFiles,
  evaluationName,
} from "../../src/evaluate/evaluate_run.ts";

const REQUEST: EvaluationRequest = {
  k: 5000,
  rows: null,
  samples: 10,
  estimators: ["importance"],
};

Deno.test("evaluationName() has what was asked for, and no defaults", () => {
  const named = (changes: Partial<EvaluationRequest>) =>
    evaluationName({ ...REQUEST, ...changes });
  assertEquals(named({}), "evaluation-k5000");
  assertEquals(named({ k: 7, rows: 1000 }), "evaluation-k7-n1000");
  assertEquals(named({ samples: 3 }), "evaluation-k5000-s3");
  assertEquals(
    named({ estimators: ["hmc", "importance", "ais"] }),
    "evaluation-k5000-ais-hmc",
  );
  assertEquals(
    named({ estimators: ["hmc"], rows: 2 }),
    "evaluation-n2-hmc",
  );
});

Deno.test("evaluationName() tells any two choices of estimators apart", () => {
  const choices = Array.from(
    { length: 15 },
    (_, i) => ESTIMATORS.filter((_, at) => (i + 1) >> at & 1),
  );
  const names = choices.map((estimators) =>
    evaluationName({ ...REQUEST, estimators })
  );
  assertEquals(new Set(names).size, choices.length);
});

Deno.test("evaluationFiles() writes a row for each quantity and each unit", () => {
  const files = evaluationFiles({
    request: REQUEST,
    rows: 3,
    quantities: new Map([
      ["nll", { value: 90.1, error: 0.25 }],
      ["active_units", { value: 1, error: 0 }],
      ["marginal_kl", { value: 0, error: NaN }],
    ]),
    units: [
      { kl: 2.5, meanVariance: 0.75, active: true },
      { kl: 0, meanVariance: 0.001, active: false },
      { kl: 1, meanVariance: NaN, active: null },
    ],
  });
  assertEquals(files, [
    {
      name: "evaluation-k5000.csv",
      text: "quantity,value,standard_error\nnll,90.1,0.25\n" +
        "active_units,1,0\nmarginal_kl,0,NaN\n",
    },
    {
      name: "evaluation-k5000-units.csv",
      text:
        "unit,kl,mean_variance,active\n1,2.5,0.75,1\n2,0,0.001,0\n3,1,NaN,NaN\n",
    },
  ]);
});
