/** Values that change with the step, as plain data. */

/**
 * A value at every training step.
 *
 * - a number: the same at all steps;
 * - `linear`: from `from` at the first step to `to` after `steps` steps, and
 *   `to` from there on (KL warm-up; Bowman et al. 2016, Sonderby et al. 2016);
 * - `cyclical`: again and again in periods of `period` steps, from `from` to
 *   `to` over the first `ramp` of each, and `to` in the rest of it (Fu et al.
 *   2019, equation 6);
 * - `stages`: each value for its steps, one after the other, and the last from
 *   there on (the step sizes of Burda et al., arXiv 1509.00519).
 */
export type Schedule =
  | number
  | {
    readonly shape: "linear";
    readonly from: number;
    readonly to: number;
    readonly steps: number;
  }
  | {
    readonly shape: "cyclical";
    readonly from: number;
    readonly to: number;
    readonly period: number;
    /** part of the period, in (0, 1] */
    readonly ramp: number;
  }
  | {
    readonly shape: "stages";
    /** at least one */
    readonly stages: readonly {
      readonly value: number;
      readonly steps: number;
    }[];
  };

/** The value at a training step. @param step from 1 */
export function valueAt(schedule: Schedule, step: number): number {
  if (typeof schedule === "number") return schedule;
  if (schedule.shape === "stages") {
    const { stages } = schedule;
    let end = 0;
    const current = stages.find(({ steps }) => step <= (end += steps));
    return (current ?? stages.at(-1)!).value;
  }
  const { from, to } = schedule;
  const done = schedule.shape === "linear"
    ? (step - 1) / schedule.steps
    : (step - 1) % schedule.period / (schedule.period * schedule.ramp);
  return done < 1 ? from + (to - from) * done : to;
}

/**
 * Steps of a schedule's shape: of `cyclical` a period; of `linear` the way to
 * `to`, which the step after them is the first to have; of `stages` all of them.
 */
export function lengthOf(schedule: Schedule): number {
  if (typeof schedule === "number") return 1;
  switch (schedule.shape) {
    case "linear":
      return schedule.steps;
    case "cyclical":
      return schedule.period;
    case "stages":
      return schedule.stages.reduce((sum, { steps }) => sum + steps, 0);
  }
}
