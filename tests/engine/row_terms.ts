/** What engines' terms at draws of z are tested with. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { RowTerms } from "../../src/engine/engine.ts";
import type { VaeSpec } from "../../src/model/spec.ts";

/** Shapes that the trainings of other tests do not have. */
export const SHAPES: readonly {
  spec?: Partial<VaeSpec>;
  size: number;
  samples: number;
}[] = [
  { spec: { dataDim: 1, latentDim: 1, hidden: [3] }, size: 1, samples: 1 },
  { spec: { dataDim: 37, latentDim: 9, hidden: [13, 6] }, size: 7, samples: 5 },
  { spec: { hidden: [], posterior: "isotropic" }, size: 3, samples: 2 },
  {
    spec: {
      hidden: [],
      likelihood: {
        family: "gaussian",
        variance: "per-pixel",
        mean: "sigmoid",
      },
    },
    size: 5,
    samples: 3,
  },
];

/** Asserts that terms are the expected ones to 1e-4. */
export function assertRowTerms(
  actual: RowTerms,
  expected: RowTerms,
  label: string,
): void {
  for (const term of ["logLikelihood", "logRatio"] as const) {
    assertEquals(actual[term].length, expected[term].length);
    expected[term].forEach((value, i) =>
      assertAlmostEquals(
        actual[term][i]!,
        value,
        1e-4 * Math.max(1, Math.abs(value)),
        `${label}: ${term} ${i}`,
      )
    );
  }
}
