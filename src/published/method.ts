/** What papers call our objectives. */

import type { RunConfig } from "../train/config.ts";
import type { Method } from "./reference.ts";

/** AEVB's name of a run's training method; undefined where it has none. */
export function methodOf(
  { objective, samples }: Pick<RunConfig, "objective" | "samples">,
): Method | undefined {
  if (samples !== 1) return undefined;
  switch (objective.name) {
    case "elbo":
      return "aevb";
    case "wake-sleep":
    case "mcem":
      return objective.name;
    default:
      return undefined;
  }
}
