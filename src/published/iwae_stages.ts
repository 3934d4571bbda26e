/** What is to be expected of the stages of IWAE's schedule that are left. */

import { trainRowCount } from "../data/load.ts";
import { finalQuantity, longestRuns, type RunsOf } from "./obtained.ts";

/** Stages of the schedule: 3^i passes for i = 0 to 7. */
const STAGES = 8;

/** Passes after a number of stages: 1, 4, 13, ... */
const passesAfter = (stages: number) => (3 ** stages - 1) / 2;

/**
 * A model, and no training: what a stage adds to the bound falls by the same
 * factor from stage to stage, that of the last three, and -log p(x) gains as
 * much.
 *
 * @param bounds at the ends of the stages so far, at least four
 * @param nll -log p(x) at the last of them
 * @param more stages that are left
 * @returns -log p(x) after each
 */
export function expectedNlls(
  bounds: readonly number[],
  nll: number,
  more: number,
): number[] {
  const gains = bounds.slice(1).map((bound, i) => bound - bounds[i]!);
  const [first, , last] = gains.slice(-3) as [number, number, number];
  const factor = Math.sqrt(last / first);
  let [expected, gain] = [nll, last];
  return Array.from({ length: more }, () => {
    gain *= factor;
    expected -= gain;
    return expected;
  });
}

/**
 * What is to be expected of the runs that stop at a stage's end; null: there is
 * none.
 *
 * @param from of exp:iwae-table1
 */
export async function remainingStages(from: RunsOf): Promise<string | null> {
  const runs: string[] = [];
  for (const run of (await longestRuns(from)).flat()) {
    const { config, evaluations, json } = run;
    const stages = evaluations.length;
    const passes = config.steps * config.batchSize / trainRowCount(config);
    const nll = await finalQuantity(run, "nll");
    if (nll === null || stages < 4 || stages >= STAGES) continue;
    if (Math.round(passes) !== passesAfter(stages)) continue;
    const column = "iwae_bound" in evaluations[0]! ? "iwae_bound" : "elbo";
    const bounds = evaluations.map((row) => Number(row[column]));
    const expected = expectedNlls(bounds, nll, STAGES - stages)
      .map((value, i) =>
        `${value.toFixed(1)} after ${passesAfter(stages + i + 1)}`
      );
    runs.push(
      `${json.run}, ${nll.toFixed(1)} after ${passesAfter(stages)} passes, ` +
        `comes to ${expected.join(", ")}`,
    );
  }
  return runs.length === 0
    ? null
    : "Not trained, but by a model of the stages that are left, in which each " +
      `adds the same part of what the one before did: ${runs.join("; ")}.`;
}
