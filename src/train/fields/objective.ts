/** Rows of the objective of a run. */

import { field, type Fields, ofTables } from "../../config/field.ts";
import { union } from "../../config/union.ts";
import { orNull, word } from "../../config/value.ts";
import { SCHEDULE, type Schedule } from "../../objective/schedule.ts";
import {
  OBJECTIVE_TABLE,
  objectiveSettings,
  type ObjectiveSpec,
  type Traits,
  traitsOf,
} from "../../objective/spec.ts";
import { namesOf, namesWithHelp } from "../../table.ts";
import { type Context, DRAWS } from "./context.ts";

/** Whether objectives have a KL term, and one that is a term of its own. */
const hasKl = ({ kl }: Traits) => kl !== "none";
const hasKlAlone = (traits: Traits) =>
  hasKl(traits) && traits.weights !== "importance";

function withoutKl(
  { objective }: Context,
  has: (traits: Traits) => boolean,
): string | undefined {
  if (has(traitsOf(objective))) return undefined;
  const owners = namesOf(OBJECTIVE_TABLE)
    .filter((name) => has(traitsOf({ name })));
  return `with --objective ${objective.name}; use --objective ` +
    owners.join(" or ");
}

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
  objective: ofTables(() =>
    union<ObjectiveSpec, "name">(
      "name",
      field("objective", {
        short: null,
        value: word(namesOf(OBJECTIVE_TABLE)),
        help: `what training maximises: ${namesWithHelp(OBJECTIVE_TABLE)}`,
        default: "elbo",
      }),
      objectiveSettings(),
    )
  ),
  beta: field<Schedule, Context>("beta", {
    value: SCHEDULE,
    help:
      "weight of the KL (iwae: tempers p(z)/q(z|x), no bound unless 1): a " +
      "number, linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP (RAMP: " +
      "the rising part of a period, above 0 and up to 1) or " +
      "stages:VALUE:STEPS,VALUE:STEPS,...",
    default: "1",
    noEffect: (config) => withoutKl(config, hasKl),
  }),
  freeBits: field<Schedule | null, Context>("free-bits", {
    value: orNull(SCHEDULE),
    help: "KL that each latent dimension has for free",
    unit: "nats",
    default: { help: "none", of: () => null },
    noEffect: (config) => withoutKl(config, hasKlAlone),
  }),
  capacity: field<Schedule | null, Context>("capacity", {
    value: orNull(SCHEDULE),
    help: "C of the objective reconstruction - beta |KL - C|",
    unit: "nats",
    default: { help: "none", of: () => null },
    noEffect: (config) => withoutKl(config, hasKlAlone),
  }),
  samples: field<number>("samples", {
    short: null,
    value: DRAWS,
    help: "Monte Carlo draws of z per datapoint",
    default: "1",
    isSwept: true,
  }),
};
