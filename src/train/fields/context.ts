/** What the rows of a run's config have in common. */

import { integer, MOST, type Value } from "../../config/value.ts";
import type { Binarisation } from "../../data/binarise.ts";
import type { DatasetChoice } from "../../data/load.ts";
import type { HiddenLayer } from "../../model/layers.ts";
import type { OptimizerSpec } from "../../model/optimizers.ts";
import type { LikelihoodSpec, UpperLayer } from "../../model/spec.ts";
import type { ObjectiveSpec } from "../../objective/spec.ts";
import { MAX_SEED } from "../../random/stream.ts";

/** What defaults and effects of fields depend on. */
export interface Context extends DatasetChoice {
  readonly dataSeed: number;
  readonly binarize: Binarisation;
  readonly trainSize: number | null;
  readonly validationFraction?: number | undefined;
  readonly condition?: readonly string[] | undefined;
  readonly hidden: readonly HiddenLayer[];
  readonly upper: UpperLayer | null;
  readonly likelihood: LikelihoodSpec;
  readonly objective: ObjectiveSpec;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
}

/** Rows are counted in 32 bits. */
export const ROWS: Value<number> = integer(1, 2 ** 32 - 1);

/** Of units, datapoints and the like. */
export const COUNT: Value<number> = integer(1, MOST);

/** Draws of z. */
export const DRAWS: Value<number> = { ...COUNT, placeholder: "L" };

/** Of a stream of random numbers. */
export const SEED: Value<number> = integer(0, MAX_SEED);

/** Optimiser updates. */
export const STEP: Value<number> = integer(1);
