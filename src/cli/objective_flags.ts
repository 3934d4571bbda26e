/** The flags of the objective and its schedules, understood. */

import { UserError } from "../errors.ts";
import { lengthOf, type Schedule } from "../objective/schedule.ts";
import type { ObjectiveSpec } from "../objective/spec.ts";
import type { RunConfig } from "../train/config.ts";
import type { FlagValues } from "./flags.ts";
import { required } from "./required.ts";
import { formatSchedule } from "./values.ts";

/** What the runs go up: one objective for each k. @throws {UserError} a clash */
export function objectivesOf(flags: FlagValues): ObjectiveSpec[] {
  const name = required(flags.objective);
  const { k, gradient = "plain" } = flags;
  if (name !== "iwae" && k !== undefined) {
    throw new UserError(
      `--k ${k}: --objective ${name} has no importance samples; use iwae`,
    );
  }
  switch (name) {
    case "elbo":
      if (flags.gradient === undefined) return [{ name }];
      throw new UserError(
        `--gradient ${gradient}: --objective elbo has a KL in closed form; ` +
          "use elbo-sampled or iwae",
      );
    case "elbo-sampled":
      if (gradient !== "dreg") return [{ name, gradient }];
      throw new UserError(
        "--gradient dreg: --objective elbo-sampled has one importance " +
          "sample, where dreg is stl; use stl",
      );
    case "iwae":
      return (k ?? [5]).map((k) => ({ name, k, gradient }));
  }
}

/** The schedules. @throws {UserError} one is longer than the run, or a clash */
export function schedulesOf(
  flags: FlagValues,
): Pick<RunConfig, "beta" | "freeBits" | "capacity"> {
  const steps = required(flags.steps);
  const objective = required(flags.objective);
  for (const name of ["beta", "free-bits", "capacity"] as const) {
    const schedule = flags[name];
    if (schedule === undefined) continue;
    checkLength(name, schedule, steps);
    if (name !== "beta" && objective === "iwae") {
      throw new UserError(
        `--${name} ${formatSchedule(schedule)}: --objective iwae has no KL ` +
          "of its own; use elbo or elbo-sampled",
      );
    }
  }
  return {
    beta: required(flags.beta),
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
