/** Runs that a rule ended, or whose model is not that of their last step. */
/// <reference lib="dom" />

import type { RunRecord } from "./record/record.ts";

const isByTest = ({ ended }: RunRecord) => ended?.isByTest === true;

/** The mark behind the name of a run whose end or model the test split chose. */
export function TestMark({ run }: { readonly run: RunRecord }) {
  if (!isByTest(run)) return null;
  const { step, kept } = run.ended!;
  const what = `ended after step ${step}` +
    (kept === step ? "" : `, the model is that of step ${kept}`) +
    ": chosen by the test split";
  return <abbr title={what} aria-label={what}>†</abbr>;
}

/**
 * What is said of test ELBOs that were chosen among several; nothing where
 * there are none.
 *
 * @param mark of those runs, where they have one
 */
export function TestNote(
  { runs, mark = "" }: {
    readonly runs: readonly RunRecord[];
    readonly mark?: string;
  },
) {
  const count = runs.filter(isByTest).length;
  if (count === 0) return null;
  const whose = count === runs.length ? "these runs" : `${count} of the runs`;
  return ` ${mark} The test split chose the end or the model of ${whose}: ` +
    "their test ELBO is optimistic.";
}

/** At which step the final values of runs are. */
export function whenEnded(runs: readonly RunRecord[]): string {
  const keepsOther = ({ ended }: RunRecord) =>
    ended !== null && ended.kept < ended.step;
  return runs.some(keepsOther)
    ? "at the step that is kept"
    : "after the last step";
}
