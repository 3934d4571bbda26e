import { assertThrows } from "@std/assert";
import {
  FAMILY_TABLE,
  type LikelihoodSpec,
  pixelwiseOf,
} from "../../../src/model/likelihood/families.ts";
import type { Family } from "../../../src/model/likelihood/family.ts";
import { LAPLACE } from "../../../src/model/likelihood/laplace.ts";
import {
  mul,
  output,
  shared,
  sub,
  x,
} from "../../../src/model/pixelwise/expression.ts";
import type { Pixelwise } from "../../../src/model/pixelwise/pixelwise.ts";

const NEW = "made-up";
const own = { mean: output, draw: output };
const spreadOf = (distance: typeof x) => ({
  ...own,
  spread: { distance, share: 1, constant: 0 },
});

/** Expressions that engines would compute as others, and why. */
const WRONG: Record<
  string,
  [Pixelwise, Pick<Family<LikelihoodSpec>, "shared">]
> = {
  "a logProb reads the shared parameter": [
    { ...own, logProb: mul(sub(x, output), shared) },
    LAPLACE,
  ],
  "a shared parameter has no spread": [{ ...own, logProb: output }, LAPLACE],
  "a distance reads the shared parameter": [
    spreadOf(mul(sub(x, output), shared)),
    LAPLACE,
  ],
  "a spread has no shared parameter": [
    spreadOf(sub(x, output)),
    FAMILY_TABLE.bernoulli,
  ],
  "a draw reads a parameter that is not there": [
    { mean: output, draw: shared, logProb: output },
    FAMILY_TABLE.bernoulli,
  ],
};

Deno.test("pixelwiseOf() refuses a shared parameter but in a spread", () => {
  const table = FAMILY_TABLE as Record<string, unknown>;
  for (const [label, [pixelwise, { shared }]] of Object.entries(WRONG)) {
    const spec = { family: NEW } as unknown as LikelihoodSpec;
    table[NEW] = { shared, pixelwise: () => pixelwise };
    try {
      assertThrows(() => pixelwiseOf(spec), TypeError, NEW, label);
    } finally {
      delete table[NEW];
    }
  }
});
