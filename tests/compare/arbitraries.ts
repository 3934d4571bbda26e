/** What the property tests draw from. */

import * as fc from "fast-check";

/** Drawn anew, and alike, in every run of the tests. */
export const DRAWS = { seed: 20131220, numRuns: 500 } as const;

const view = new DataView(new ArrayBuffer(4));

/** Every bit pattern of a float32: subnormals, NaN, infinities, both zeros. */
export const float32: fc.Arbitrary<number> = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .map((bits) => {
    view.setUint32(0, bits);
    return view.getFloat32(0);
  });

/** The numbers at which rules break. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  float32,
  fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-45, 3.4e38),
);

/** Cells of text: letters, quotes, commas, line ends, other scripts. */
export const cell: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(
    "a",
    "b",
    "Z",
    "1",
    '"',
    ",",
    "\n",
    " ",
    "é",
    "字",
    "🙂",
  ),
});
