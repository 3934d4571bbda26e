/** Everything that a run's numbers depend on: a row for each field. */

import type { z } from "zod";
import { type ConfigOf, type Fields, schemaOf } from "../config/field.ts";
import type { OwnFacts } from "../data/own/own.ts";
import { OF_TWO_LAYERS, takesTwoLayers } from "../objective/spec.ts";
import { DATA } from "./fields/data.ts";
import { MODEL } from "./fields/model.ts";
import { OBJECTIVE } from "./fields/objective.ts";
import { EVALUATION, TRAINING } from "./fields/training.ts";

const FIELDS = { ...DATA, ...MODEL, ...OBJECTIVE, ...TRAINING, ...EVALUATION };

/** Everything that a run's numbers depend on. */
export interface RunConfig extends Omit<ConfigOf<typeof FIELDS>, "own"> {
  /** what is known of the user's own data; absent: a data set by name */
  readonly own?: OwnFacts | undefined;
}

/** A row for each field, in the order of run.json. */
export const RUN_FIELDS: Fields<RunConfig> = FIELDS;

/** The same by concept, as the help has them. */
export const FIELD_GROUPS: Readonly<Record<string, object>> = {
  "Data": DATA,
  "Model": MODEL,
  "Objective": OBJECTIVE,
  "Training": TRAINING,
  "Evaluation and seed": EVALUATION,
};

/** Checks a {@linkcode RunConfig} that comes from outside. */
export const runConfigSchema: z.ZodType<RunConfig> = schemaOf(FIELDS).refine(
  ({ upper, objective }) => upper === null || takesTwoLayers(objective),
  { path: ["objective"], error: `expected ${OF_TWO_LAYERS}` },
);
