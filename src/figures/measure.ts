/** What is drawn of each run, and of which runs nothing is. */

import { type AxisScale, settingScale } from "../plot/axes.ts";
import { averaged } from "./frame.ts";
import { curveOf, finalValue, type Split } from "./quantities.ts";
import type { DrawnQuantity, DrawnRun } from "./series.ts";
import { inOrderOfValue, settingsOfRun, settingText } from "./settings.ts";
import type { SourceRun } from "./source_runs.ts";

/** Which split's values are drawn; both: train behind test. */
export type SplitChoice = "test" | "train" | "both";

/** All of them. */
export const SPLIT_CHOICES = [
  "test",
  "train",
  "both",
] as const satisfies readonly SplitChoice[];

/** What x is: steps, a setting, or another quantity. */
export type AxisKind = "progress" | "setting" | "scatter";

/** What is measured. */
export interface Axes {
  readonly x: string;
  readonly y: readonly string[];
  /** of curves */
  readonly split: SplitChoice;
  readonly kind: AxisKind;
  /** that x is; undefined: it is none */
  readonly setting: string | undefined;
}

/** What is drawn of each run, and which have none of it. */
export interface Measurement {
  readonly runs: readonly DrawnRun[];
  /** those that are left out, and what they lack */
  readonly without: readonly { readonly path: string; readonly what: string }[];
  /** of the settings along x */
  readonly scale: AxisScale;
}

/** Measures the runs, by rising x where that is a setting. */
export async function measure(
  runs: readonly SourceRun[],
  { x, y, split, kind, setting }: Axes,
): Promise<Measurement> {
  const [measured, without]: [DrawnRun[], { path: string; what: string }[]] = [
    [],
    [],
  ];
  const all = runs.map((run) => ({ run, settings: settingsOfRun(run) }));
  const having = all.filter(({ run: { path }, settings }) => {
    if (setting === undefined || settings.has(setting)) return true;
    without.push({ path, what: settingText(setting, undefined) });
    return false;
  });
  const order = setting === undefined
    ? []
    : inOrderOfValue(having.map(({ settings }) => settings.get(setting)));
  const scale = settingScale(order.map((text) => text!));
  const rank = ({ settings }: typeof all[number]) =>
    order.indexOf(settings.get(setting!));
  const sorted = setting === undefined
    ? having
    : having.toSorted((a, b) => rank(a) - rank(b));
  for (const one of sorted) {
    const drawn: DrawnQuantity[] = [];
    for (const name of y) {
      const quantity = kind === "progress"
        ? await curvesOf(one.run, x, name, split)
        : await placeOf(
          one.run,
          name,
          setting === undefined
            ? await finalValue(one.run, x) ?? NaN
            : scale.kind === "steps"
            ? one.settings.get(setting)!
            : Number(one.settings.get(setting)),
        );
      if (quantity !== null) drawn.push(quantity);
      else {
        const what = `without a finite ${name}`;
        without.push({ path: one.run.path, what });
        break;
      }
    }
    if (drawn.length === y.length) measured.push({ ...one, drawn });
  }
  return { runs: measured, without, scale };
}

/** Values that can be drawn: x is on a logarithmic axis. */
async function curvesOf(
  run: SourceRun,
  x: string,
  y: string,
  split: SplitChoice,
): Promise<DrawnQuantity | null> {
  const read = async (split: Split) =>
    (await curveOf(run, split, x, y) ?? []).filter(({ x, y }) =>
      x > 0 && Number.isFinite(x) && Number.isFinite(y)
    );
  const places = split === "train"
    ? averaged(await read("train"))
    : await read("test");
  const faint = split === "both" ? averaged(await read("train")) : [];
  return places.length === 0 ? null : { places, faint };
}

async function placeOf(
  run: SourceRun,
  name: string,
  x: number | string,
): Promise<DrawnQuantity | null> {
  const y = await finalValue(run, name);
  const isDrawn = y !== null && Number.isFinite(y) && !Number.isNaN(x);
  return isDrawn ? { places: [{ x, y }], faint: [] } : null;
}
