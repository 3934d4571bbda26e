/** The figures of an experiment, drawn from its CSV files. */

import { type Curve, learningCurves } from "../plot/learning_curves.ts";
import { termsAgainst } from "../plot/terms_against.ts";
import { renderSvg, svgToPng } from "../plot/svg.ts";
import { readSteps, type TextRow } from "../results/csv_table.ts";
import { writeAtomically } from "../results/files.ts";
import { TRAIN_COLUMNS } from "../results/run_folder.ts";
import { readEvaluations } from "./finished_run.ts";
import type { TopLevelSpec } from "vega-lite";
import { dataLabel, type PlannedRun } from "./runs.ts";
import { pieceOf, requireSetting, settingsOf, varying } from "./settings.ts";

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

/** What figures call settings by, where it is not by their flags. */
const LONG: Readonly<Record<string, string>> = {
  latent: "latent dimension",
  samples: "Monte Carlo draws per datapoint, L",
};

/** A run, and what its evaluations said last. */
interface Last extends PlannedRun {
  readonly row: TextRow;
}

/**
 * Draws, for each data set, the learning curves of the runs, and the terms of
 * their last evaluation against a setting: one figure for each combination of
 * the other settings that vary, but for the seed and what follows from the
 * setting along x.
 *
 * @param axis the setting along x: see {@linkcode settingNamed}
 * @throws {UserError} there is no such setting
 */
export async function drawFigures(
  folder: string,
  title: string,
  axis: string,
  runs: readonly PlannedRun[],
): Promise<void> {
  const flag = requireSetting(axis, "the experiment's axis").flag;
  const xOf = ({ config }: PlannedRun) => settingsOf(config).get(flag);
  for (const [data, own] of Map.groupBy(runs, (run) => dataLabel(run.config))) {
    const last = await drawCurves(folder, data, own);
    const groups = [...Map.groupBy(own, xOf).values()];
    const apart = new Set(groups.flatMap(varying));
    apart.delete("seed");
    const labelled = Map.groupBy(
      last,
      ({ config }) =>
        [...settingsOf(config)].filter(([flag]) => apart.has(flag))
          .map(([flag, text]) => pieceOf(flag, text)).join("-"),
    );
    for (const [label, members] of labelled) {
      const texts = members.map((run) => xOf(run) ?? "none");
      const areNumbers = texts.every((text) => Number.isFinite(Number(text)));
      const rows = members.map(({ config, row }, i) => ({
        x: areNumbers ? Number(texts[i]) : texts[i]!,
        seed: config.seed,
        elbo: Number(row["elbo"]),
        reconstruction: Number(row["reconstruction"]),
        kl: Number(row["kl"]),
      }));
      const name = LONG[flag] ?? flag.replaceAll("-", " ");
      await saveFigure(
        `${folder}/${data}${label === "" ? "" : `-${label}`}-terms`,
        termsAgainst({ name }, rows, {
          title,
          subtitle: `${data}, after the last step` +
            (label === "" ? "" : `, ${label}`),
        }),
      );
    }
  }
}

/** Draws learning curves, and says how each run ended that was evaluated. */
async function drawCurves(
  folder: string,
  data: string,
  runs: readonly PlannedRun[],
): Promise<Last[]> {
  const curves: Curve[] = [];
  const last: Last[] = [];
  for (const run of runs) {
    const path = `${folder}/${run.name}`;
    const test = await readEvaluations(path);
    const train = await readSteps(`${path}/train.csv`, TRAIN_COLUMNS);
    curves.push({ run: run.name, train: points(train), test: points(test) });
    const row = test.at(-1);
    if (row !== undefined) last.push({ ...run, row });
  }
  await saveFigure(
    `${folder}/${data}-learning-curves`,
    learningCurves(curves, { title: `Learning curves, ${data}` }),
  );
  return last;
}
