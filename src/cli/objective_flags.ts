/** The flags of the objective and its schedules, understood. */

import { UserError } from "../errors.ts";
import { lengthOf, type Schedule } from "../objective/schedule.ts";
import { MCEM, type ObjectiveSpec } from "../objective/spec.ts";
import type { RunConfig } from "../train/config.ts";
import type { FlagName, FlagValues } from "./flags.ts";
import { required } from "./required.ts";
import { formatSchedule } from "./values.ts";

/** Flags that only some objectives have, and which. */
const OWN_FLAGS = {
  k: ["iwae"],
  gradient: ["elbo-sampled", "iwae"],
  "free-bits": ["elbo", "elbo-sampled"],
  capacity: ["elbo", "elbo-sampled"],
  transitions: ["mcem"],
  "leapfrog-steps": ["mcem"],
  updates: ["mcem"],
} as const satisfies Partial<
  Record<FlagName, readonly ObjectiveSpec["name"][]>
>;

/**
 * What the runs go up: one objective for each k.
 *
 * @throws {UserError} a flag is not one of the objective's
 */
export function objectivesOf(flags: FlagValues): ObjectiveSpec[] {
  const name = required(flags.objective);
  for (const [flag, owners] of Object.entries(OWN_FLAGS)) {
    const isGiven = flags[flag as keyof typeof OWN_FLAGS] !== undefined;
    if (!isGiven || (owners as readonly string[]).includes(name)) continue;
    throw new UserError(
      `--${flag}: --objective ${name} has none; use ${owners.join(" or ")}`,
    );
  }
  const { gradient = "plain" } = flags;
  switch (name) {
    case "elbo":
    case "wake-sleep":
      return [{ name }];
    case "elbo-sampled":
      if (gradient !== "dreg") return [{ name, gradient }];
      throw new UserError(
        "--gradient dreg: --objective elbo-sampled has one importance " +
          "sample, where dreg is stl; use stl",
      );
    case "iwae":
      return (flags.k ?? [5]).map((k) => ({ name, k, gradient }));
    case "mcem":
      return [{
        name,
        transitions: flags.transitions ?? MCEM.transitions,
        leapfrogSteps: flags["leapfrog-steps"] ?? MCEM.leapfrogSteps,
        updates: flags.updates ?? MCEM.updates,
      }];
  }
}

/** The schedules. @throws {UserError} one is longer than the run, or unused */
export function schedulesOf(
  flags: FlagValues,
  steps: number,
): Pick<RunConfig, "beta" | "freeBits" | "capacity"> {
  const beta = required(flags.beta);
  const name = required(flags.objective);
  if ((name === "wake-sleep" || name === "mcem") && beta !== 1) {
    throw new UserError(
      `--beta ${formatSchedule(beta)}: --objective ${name} has no KL; use ` +
        "elbo, elbo-sampled or iwae",
    );
  }
  for (
    const name of ["beta", "free-bits", "capacity", "learning-rate"] as const
  ) {
    const schedule = flags[name];
    if (schedule !== undefined) checkLength(name, schedule, steps);
  }
  return {
    beta,
    freeBits: flags["free-bits"] ?? null,
    capacity: flags.capacity ?? null,
  };
}

function checkLength(name: string, schedule: Schedule, steps: number): void {
  const length = lengthOf(schedule);
  if (length <= steps) return;
  throw new UserError(
    `--${name} ${formatSchedule(schedule)}: ${length} steps are more than ` +
      `the run's --steps ${steps}; shorten the schedule or lengthen the run`,
  );
}
