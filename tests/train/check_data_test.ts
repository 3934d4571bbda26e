import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Dataset } from "../../src/data/dataset.ts";
import { UserError } from "../../src/errors.ts";
import {
  LIKELIHOODS,
  type LikelihoodSpec,
} from "../../src/model/likelihood/families.ts";
import { familyOf } from "../../src/model/likelihood/families.ts";
import { Batches } from "../../src/train/batches.ts";
import { checkData } from "../../src/train/check_data.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { configOf } from "./toys.ts";

const BERNOULLI: LikelihoodSpec = { family: "bernoulli" };

/** Two rows of two values in both splits. */
function data(
  values: Uint8Array | Float32Array,
  more: Partial<Dataset> = {},
): Dataset {
  const split = { count: 2, dim: 2, values };
  return {
    ...{ name: "mine", dim: 2, image: null, sha256: "" },
    ...{ train: split, test: split },
    ...more,
  };
}

const floats = (...values: number[]) => Float32Array.from(values);

function refusal(wrong: Dataset, likelihood = BERNOULLI): string {
  const { message } = assertThrows(
    () => checkData(wrong, { likelihood }),
    UserError,
  );
  assert(!message.includes("\n"));
  return message;
}

Deno.test("checkData() takes what each likelihood is of, and no other values", () => {
  for (const likelihood of LIKELIHOODS) {
    const { support } = familyOf(likelihood);
    const accepts = (...values: number[]) => {
      try {
        checkData(data(floats(...values)), { likelihood });
        return true;
      } catch (error) {
        assert(error instanceof UserError);
        return false;
      }
    };
    assert(accepts(0, 1, 1, 0));
    assert(accepts(0, 51 / 255, 1, 204 / 255));
    assertEquals(accepts(0, 0.3, 0.55, 1), support !== "levels");
    assertEquals(accepts(0, 255, 3, 4), support === "reals");
    assertEquals(accepts(-0.5, 0, 0, 1), support === "reals");
    assertEquals(accepts(0, NaN, 0, 1), false);
    assertEquals(accepts(0, 0, Infinity, 1), false);
    checkData(data(Uint8Array.of(0, 7, 255, 1)), { likelihood });
  }
});

Deno.test("checkData() names the split, the row and the value", () => {
  const test = { count: 2, dim: 2, values: floats(0, 1, 1, 7.5) };
  assertEquals(
    refusal(data(floats(0, 1, 1, 0), { test })),
    "data mine, test split: row 2, value 2 is 7.5, and --likelihood bernoulli " +
      "needs values in [0, 1]; scale them, or use --likelihood gaussian",
  );
});

Deno.test("checkData() refuses lengths, images and bits that do not fit", () => {
  const values = floats(0, 1, 1, 0);
  const split = { count: 2, dim: 2, values };
  const wrong: [Dataset, string][] = [
    [data(values.subarray(1)), "3 values are not 2 rows of 2"],
    [data(values, { train: { ...split, count: 0 } }), "train split: 0 rows"],
    [data(values, { dim: 4 }), "a row has 2 values, and the data set says 4"],
    [
      data(values, { image: { height: 32, width: 32 } }),
      "an image of 32x32x1 has 1024 values, and a row has 2",
    ],
    [data(Uint8Array.of(0, 1, 1, 0)), "bytes are 0 and 1 alone"],
  ];
  for (const [broken, text] of wrong) {
    const message = refusal(broken);
    assert(message.includes(text), message);
  }
  checkData(data(values, { image: { height: 1, width: 2 } }), {
    likelihood: BERNOULLI,
  });
});

Deno.test("Batches and createVae() check their data", () => {
  const config = configOf();
  const wrong = { ...data(floats(0, 1, 2, 3)), drawEachStep: false };
  assertThrows(() => new Batches(wrong, config), UserError, "data mine");
  assertThrows(() => createVae(config, wrong), UserError, "data mine");
});
