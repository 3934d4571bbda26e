/** The figures of an experiment, drawn from its CSV files. */

import { type Curve, learningCurves } from "../plot/learning_curves.ts";
import { termsAgainst } from "../plot/terms_against.ts";
import { renderSvg, svgToPng } from "../plot/svg.ts";
import { objectiveLabel } from "../objective/spec.ts";
import { readSteps, type TextRow } from "../results/csv_table.ts";
import { writeAtomically } from "../results/files.ts";
import { TRAIN_COLUMNS } from "../results/run_folder.ts";
import { readEvaluations } from "./finished_run.ts";
import type { TopLevelSpec } from "vega-lite";
import type { RunConfig } from "../train/config.ts";
import { dataLabel, type PlannedRun } from "./runs.ts";

/** What the figure of the terms has along x. */
export type Axis = "latentDim" | "samples";

const AXES: Record<Axis, { name: string; other: Axis; short: string }> = {
  latentDim: { name: "latent dimension", other: "samples", short: "z" },
  samples: {
    name: "Monte Carlo draws per datapoint, L",
    other: "latentDim",
    short: "L",
  },
};

function points(rows: readonly TextRow[]) {
  return rows.map((row) => ({
    samplesSeen: Number(row["samples_seen"]),
    elbo: Number(row["elbo"]),
  }));
}

/** Writes a figure as NAME.svg and NAME.png. */
export async function saveFigure(
  path: string,
  spec: TopLevelSpec,
): Promise<void> {
  const svg = await renderSvg(spec);
  await writeAtomically(`${path}.svg`, svg);
  await writeAtomically(`${path}.png`, await svgToPng(svg));
}

/**
 * Draws the learning curves of the runs, and the terms of their last evaluation
 * against the swept value: one figure for each value of the other axis and each
 * objective, where they are swept too.
 */
export async function drawFigures(
  folder: string,
  title: string,
  axis: Axis,
  runs: readonly PlannedRun[],
): Promise<void> {
  const dataset = dataLabel(runs[0]!.config);
  const curves: Curve[] = [];
  const terms: (PlannedRun & { last: TextRow })[] = [];
  for (const run of runs) {
    const test = await readEvaluations(`${folder}/${run.name}`);
    const train = await readSteps(
      `${folder}/${run.name}/train.csv`,
      TRAIN_COLUMNS,
    );
    curves.push({ run: run.name, train: points(train), test: points(test) });
    const last = test.at(-1);
    if (last !== undefined) terms.push({ ...run, last });
  }
  await saveFigure(
    `${folder}/${dataset}-learning-curves`,
    learningCurves(curves, { title: `Learning curves, ${dataset}` }),
  );

  const { name, other } = AXES[axis];
  // What is swept beside the axis, and so stands apart.
  const apart = [
    (config: RunConfig) => `${AXES[other].short}${config[other]}`,
    (config: RunConfig) => objectiveLabel(config.objective),
  ].filter((label) => new Set(runs.map((run) => label(run.config))).size > 1);
  const groups = Map.groupBy(
    terms,
    ({ config }) => apart.map((label) => label(config)).join("-"),
  );
  for (const [group, members] of groups) {
    const rows = members.map(({ config, last }) => ({
      x: config[axis],
      seed: config.seed,
      elbo: Number(last["elbo"]),
      reconstruction: Number(last["reconstruction"]),
      kl: Number(last["kl"]),
    }));
    await saveFigure(
      `${folder}/${dataset}${group === "" ? "" : `-${group}`}-terms`,
      termsAgainst({ name }, rows, {
        title,
        subtitle: `${dataset}, after the last step` +
          (group === "" ? "" : `, ${group}`),
      }),
    );
  }
}
