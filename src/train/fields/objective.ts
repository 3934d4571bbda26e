/** Rows of the objective of a run. */

import { field, type Fields, union } from "../../config/field.ts";
import { orNull, word } from "../../config/value.ts";
import { SCHEDULE, type Schedule } from "../../objective/schedule.ts";
import {
  OBJECTIVE_SETTINGS,
  OBJECTIVE_TABLE,
  OBJECTIVES,
  type ObjectiveSpec,
} from "../../objective/spec.ts";
import { namesWithHelp } from "../../table.ts";
import { type Context, DRAWS } from "./context.ts";

/** Objectives with a KL term, and those whose KL is a term of its own. */
const HAVE_KL = OBJECTIVES.filter((name) =>
  OBJECTIVE_TABLE[name].kl !== "none"
);
const HAVE_KL_ALONE = HAVE_KL
  .filter((name) => OBJECTIVE_TABLE[name].weights === "equal");

const withoutKl = (
  { objective: { name } }: Context,
  owners: readonly ObjectiveSpec["name"][],
) =>
  owners.includes(name)
    ? undefined
    : `with --objective ${name}; use --objective ${owners.join(" or ")}`;

/** What training maximises. */
export interface ObjectiveConfig {
  /** which objective, with its settings */
  readonly objective: ObjectiveSpec;
  /** weight of the KL */
  readonly beta: Schedule;
  /** nats of KL that each latent dimension has for free; null: none */
  readonly freeBits: Schedule | null;
  /** nats that the KL is drawn to; null: 0 */
  readonly capacity: Schedule | null;
  /** Monte Carlo draws of z per datapoint */
  readonly samples: number;
}

/** A row for each of its fields. */
export const OBJECTIVE: Fields<ObjectiveConfig, Context> = {
  objective: union<ObjectiveSpec, "name">(
    "name",
    field("objective", {
      value: word(OBJECTIVES),
      help: `what training maximises: ${namesWithHelp(OBJECTIVE_TABLE)}`,
      default: "elbo",
    }),
    OBJECTIVE_SETTINGS,
  ),
  beta: field<Schedule, Context>("beta", {
    value: SCHEDULE,
    help:
      "weight of the KL (iwae: tempers p(z)/q(z|x), no bound unless 1): a " +
      "number, linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP (RAMP: " +
      "the rising part of a period, above 0 and up to 1) or " +
      "stages:VALUE:STEPS,VALUE:STEPS,...",
    default: "1",
    noEffect: (config) => withoutKl(config, HAVE_KL),
  }),
  freeBits: field<Schedule | null, Context>("free-bits", {
    value: orNull(SCHEDULE),
    help: "KL that each latent dimension has for free",
    unit: "nats",
    default: { help: "none", of: () => null },
    noEffect: (config) => withoutKl(config, HAVE_KL_ALONE),
  }),
  capacity: field<Schedule | null, Context>("capacity", {
    value: orNull(SCHEDULE),
    help: "C of the objective reconstruction - beta |KL - C|",
    unit: "nats",
    default: { help: "none", of: () => null },
    noEffect: (config) => withoutKl(config, HAVE_KL_ALONE),
  }),
  samples: field<number>("samples", {
    value: DRAWS,
    help: "Monte Carlo draws of z per datapoint",
    default: "1",
    isSwept: true,
  }),
};
