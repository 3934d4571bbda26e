import { assertEquals, assertThrows } from "@std/assert";
import type { Binarisation, BINARISATION_TABLE } from "../src/data/binarise.ts";
import type { DATASET_TABLE, DatasetName } from "../src/data/load.ts";
import { UserError } from "../src/errors.ts";
import type { Activation, ACTIVATION_TABLE } from "../src/model/activations.ts";
import type {
  Initialisation,
  INITIALISATION_TABLE,
  OUTPUT_BIAS_TABLE,
  OutputBias,
} from "../src/model/initialisations.ts";
import type {
  FAMILY_TABLE,
  LikelihoodSpec,
} from "../src/model/likelihood/families.ts";
import type {
  DECODER_MEAN_TABLE,
  DECODER_VARIANCE_TABLE,
  DecoderMean,
  DecoderVariance,
} from "../src/model/likelihood/gaussian.ts";
import type {
  OPTIMIZER_TABLE,
  OptimizerSpec,
} from "../src/model/optimizers.ts";
import type { POSTERIOR_TABLE, PosteriorFamily } from "../src/model/spec.ts";
import type {
  GRADIENT_TABLE,
  GradientEstimator,
} from "../src/objective/gradients.ts";
import type { OBJECTIVE_TABLE, ObjectiveSpec } from "../src/objective/spec.ts";
import { namesOf, namesWithHelp, rowOf } from "../src/table.ts";

const TABLE = { one: { help: "the first" }, two: {} };

Deno.test("rowOf() refuses a name that has no row, in one line", () => {
  assertEquals(rowOf(TABLE, "one", "number"), TABLE.one);
  for (const name of ["three", "toString", ""]) {
    assertThrows(
      () => rowOf(TABLE, name, "number"),
      UserError,
      `there is no number ${name}; use one of one, two`,
    );
  }
});

Deno.test("namesOf() and namesWithHelp() have the table's order", () => {
  assertEquals(namesOf(TABLE), ["one", "two"]);
  assertEquals(namesWithHelp(TABLE), "one (the first), two");
});

/** Whether a table lacks a row for one of the names. */
type Lacks<Table, Name extends string> = Table extends
  Readonly<Record<Name, object>> ? false : true;

/** Of a table for the names, and for one more. */
type Holes<Table, Name extends string> = [
  Lacks<Table, Name>,
  Lacks<Table, Name | "made-up">,
];

/** Compiles where the table has all of the names, and would not with one more. */
type Whole<H extends [false, true]> = H;

/** The compiler's test: a table that lacks a member of its union. */
export interface Unions {
  activation: Whole<Holes<typeof ACTIVATION_TABLE, Activation>>;
  binarisation: Whole<Holes<typeof BINARISATION_TABLE, Binarisation>>;
  // The user's own data have facts in place of a row.
  dataset: Whole<Holes<typeof DATASET_TABLE, Exclude<DatasetName, "own">>>;
  decoderMean: Whole<Holes<typeof DECODER_MEAN_TABLE, DecoderMean>>;
  decoderVariance: Whole<
    Holes<typeof DECODER_VARIANCE_TABLE, Exclude<DecoderVariance, number>>
  >;
  gradient: Whole<Holes<typeof GRADIENT_TABLE, GradientEstimator>>;
  initialisation: Whole<Holes<typeof INITIALISATION_TABLE, Initialisation>>;
  likelihood: Whole<Holes<typeof FAMILY_TABLE, LikelihoodSpec["family"]>>;
  objective: Whole<Holes<typeof OBJECTIVE_TABLE, ObjectiveSpec["name"]>>;
  optimizer: Whole<Holes<typeof OPTIMIZER_TABLE, OptimizerSpec["name"]>>;
  outputBias: Whole<Holes<typeof OUTPUT_BIAS_TABLE, OutputBias>>;
  posterior: Whole<Holes<typeof POSTERIOR_TABLE, PosteriorFamily>>;
}
