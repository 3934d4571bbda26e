/** Learning curves: a row of panels for each data set, and what lines are. */
/// <reference lib="dom" />

import { Chart, type Line } from "./chart.tsx";
import { rangeOf, xAxisOf, yAxisOf } from "./curve_axes.ts";
import { Fold, MOST_OPEN } from "./controls.tsx";
import { CurveControls, Zoom } from "./curve_controls.tsx";
import {
  columns,
  type Curves,
  curvesOf,
  facets,
  type LineCurves,
  type Shown,
} from "./drawn_curves.ts";
import { Legend } from "./legend.tsx";
import * as state from "./state.ts";
import { counted, twoSeedsText } from "./text.ts";

/** The whole section. */
export function CurveSection() {
  const { runs } = state.report.value;
  if (runs.every(({ test, train }) => test === null && train === null)) {
    return null;
  }
  return (
    <section id="curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Learning curves</h2>
      <CurveControls />
      {[...facets.value].map(([label, lines], i) => (
        <Fold key={label} label={label} startsOpen={i < MOST_OPEN}>
          <Facet label={label} lines={lines} />
        </Fold>
      ))}
      <p class="quiet ui">{caption()}</p>
    </section>
  );
}

function caption(): string {
  const { comparison } = state.report.value;
  const what = {
    test: "Test split.",
    train: "Minibatches of training; where many steps share a place, their " +
      "mean, and single runs with their lowest and highest step as a band.",
    both: "Line: test split; faint: minibatches of training, means of the " +
      "steps that share a place.",
  }[state.splits.value];
  const isMean = state.seeds.value === "mean" &&
    [...facets.value.values()].flat().some(({ runs }) => runs.length > 1);
  return [
    what,
    ...isMean
      ? [
        "Runs that differ in their seed alone are one line: their mean, as far " +
        "as all of them go, with its 95\u00a0% t interval." +
        twoSeedsText(
          [...facets.value.values()].flat().map(({ drawn }) => drawn.length),
          state.report.value.tValues,
        ),
      ]
      : [],
    ...comparison === null ? [] : [
      `Wide and pale: the same runs of ${comparison.a}.`,
    ],
  ].join(" ");
}

function Facet(
  { label, lines }: {
    readonly label: string;
    readonly lines: readonly Shown[];
  },
) {
  const names = columns.value;
  const all = names.map((name) => curvesOf(lines, name));
  const ranges = all.map(rangeOf);
  const x = xAxisOf(all, ranges);
  const across = state.width.value < 620 ? 1 : state.width.value < 960 ? 2 : 3;
  const count = Math.max(1, Math.min(across, names.length));
  const width = Math.floor((state.width.value - 24 * (count - 1)) / count);
  const height = Math.round(Math.min(280, Math.max(210, 0.72 * width)));
  const xTitle = state.along.value === "samples"
    ? "training samples seen"
    : "training step";
  return (
    <figure class="facet" data-facet={label}>
      <Zoom x={x} />
      <div class="panels">
        {names.map((name, i) => (
          <Chart
            key={name}
            about={aboutOf(name, label, lines)}
            yTitle={titleOf(name)}
            xTitle={xTitle}
            x={x}
            y={yAxisOf(all[i]!, ranges[i]!, x)}
            {...{ width, height }}
            lines={linesIn(all[i]!)}
            cross={state.cross}
            onPoint={(at) => state.cross.value = at}
            onZoom={(range) => state.zoom.value = range}
          />
        ))}
      </div>
      <Legend lines={lines} curves={all} names={names} />
    </figure>
  );
}

function titleOf(name: string): string {
  const { quantities } = state.report.value;
  return quantities.find((one) => one.name === name)?.title ?? name;
}

function aboutOf(name: string, label: string, lines: readonly Shown[]): string {
  const of = lines.filter(({ drawn }) => drawn.length > 0);
  return `${titleOf(name)} during training${label && ` of ${label}`}, ` +
    `${counted(of.length, "line")}: ` +
    of.map(({ label }) => label).join("; ");
}

function linesIn({ main, faint, other }: Curves): Line[] {
  const of = (
    curves: LineCurves,
    kind: string,
    look: Pick<Line, "thick" | "opacity">,
  ) =>
    curves.map(({ line, points }, i): Line => ({
      key: `${line.key}${kind}${kind === " other" ? i : ""}`,
      colour: line.colour,
      dash: line.dash,
      ...look,
      points: kind === "" ? points : points.map(({ x, y }) => ({ x, y })),
    }));
  return [
    ...of(other, " other", { thick: 6, opacity: 0.35 }),
    ...of(faint, " train", { thick: 1, opacity: 0.4 }),
    ...of(main, "", { thick: 1.8 }),
  ];
}
