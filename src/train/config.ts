/** Everything that a run's numbers depend on: a row for each field. */

import type { z } from "zod";
import { type Fields, schemaOf } from "../config/field.ts";
import { ofTwoLayers, takesTwoLayers } from "../objective/spec.ts";
import { DATA, type DataConfig } from "./fields/data.ts";
import { MODEL, type ModelConfig } from "./fields/model.ts";
import { OBJECTIVE, type ObjectiveConfig } from "./fields/objective.ts";
import {
  EVALUATION,
  type EvaluationConfig,
  TRAINING,
  type TrainingConfig,
} from "./fields/training.ts";

/** Everything that a run's numbers depend on. */
export interface RunConfig
  extends
    DataConfig,
    ModelConfig,
    ObjectiveConfig,
    TrainingConfig,
    EvaluationConfig {}

/** A row for each field, in the order of run.json. */
export const RUN_FIELDS: Fields<RunConfig> = {
  ...DATA,
  ...MODEL,
  ...OBJECTIVE,
  ...TRAINING,
  ...EVALUATION,
};

/** The same by concept, as the help has them. */
export const FIELD_GROUPS: Readonly<Record<string, object>> = {
  "Data": DATA,
  "Model": MODEL,
  "Objective": OBJECTIVE,
  "Training": TRAINING,
  "Evaluation and seed": EVALUATION,
};

/** Checks a {@linkcode RunConfig} that comes from outside. */
export const runConfigSchema: z.ZodType<RunConfig> = schemaOf(RUN_FIELDS)
  .refine(
    ({ upper, objective }) => upper === null || takesTwoLayers(objective),
    { path: ["objective"], error: () => `expected ${ofTwoLayers()}` },
  );
