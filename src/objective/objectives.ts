/** The objective of each specification. */

import { elboObjective } from "./elbo.ts";
import { iwaeObjective } from "./iwae.ts";
import { mcemObjective } from "./mcem.ts";
import type { Objective } from "./objective.ts";
import type { ObjectiveSpec } from "./spec.ts";
import { wakeSleepObjective } from "./wake_sleep.ts";

/** The objective that a specification names, on the current tfjs backend. */
export function objectiveOf(spec: ObjectiveSpec): Objective {
  switch (spec.name) {
    case "elbo":
      return elboObjective({ kl: "closed-form" });
    case "elbo-sampled":
      return elboObjective({
        kl: "sampled",
        logPosterior: spec.gradient === "stl" ? "path" : "total",
      });
    case "iwae":
      return iwaeObjective(spec);
    case "wake-sleep":
      return wakeSleepObjective();
    case "mcem":
      return mcemObjective(spec);
  }
}
