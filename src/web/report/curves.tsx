/** Learning curves: a row of panels for each data set, and what lines are. */
/// <reference lib="dom" />

import { computed, signal } from "@preact/signals";
import { progressRange, valueRange, withBands } from "../../figures/frame.ts";
import { framed, logDomain } from "../../plot/theme.ts";
import { Chart, type Line } from "./chart.tsx";
import { Choice, Toggle } from "./controls.tsx";
import {
  curveOf,
  type CurvePoint,
  type LineOfRuns,
  linesOf,
  otherCurvesOf,
  valueAt,
} from "./lines.ts";
import { looksOf } from "./looks.ts";
import { type Split, TERMS } from "./record/record.ts";
import type { NumberAxis } from "./scales.ts";
import * as state from "./state.ts";
import { cellText, counted } from "./text.ts";

/** Columns that have a panel. */
const columns = signal<readonly string[]>(TERMS);

/** Columns that there are. */
const offered = computed(() => {
  const names = new Set<string>(TERMS);
  for (const { test } of state.report.value.runs) {
    for (const name of Object.keys(test?.columns ?? {})) names.add(name);
  }
  return [...names];
});

/** How the runs of the page are drawn, whatever the filter leaves of them. */
export const looks = computed(() =>
  looksOf(state.report.value, state.colourBy.value, state.isDark.value)
);

/** A line, and the runs of it that are drawn. */
interface Shown extends LineOfRuns {
  readonly drawn: LineOfRuns["runs"];
}

/** The lines by the label of their panels. */
const facets = computed(() => {
  const drawn = new Set(state.drawn.value);
  const isSingle = state.seeds.value === "single";
  const lines = linesOf(state.chosen.value, looks.value, isSingle)
    .map((line): Shown => ({
      ...line,
      drawn: line.runs.filter((run) => drawn.has(run)),
    }));
  return Map.groupBy(lines, ({ facet }) => facet);
});

/** The curves of a panel. */
interface Curves {
  readonly main: readonly { line: Shown; points: readonly CurvePoint[] }[];
  readonly faint: readonly { line: Shown; points: readonly CurvePoint[] }[];
  readonly other: readonly { line: Shown; points: readonly CurvePoint[] }[];
}

function curvesOf(lines: readonly Shown[], column: string): Curves {
  const splits = state.splits.value;
  const { tValues } = state.report.value;
  const of = (split: Split) => {
    const request = { split, column, along: state.along.value, tValues };
    return lines.map((line) => ({ line, points: curveOf(line.drawn, request) }))
      .filter(({ points }) => points.length > 0);
  };
  const split = splits === "both" ? "test" : splits;
  const request = { split, column, along: state.along.value, tValues };
  return {
    main: of(split),
    faint: splits === "both" ? of("train") : [],
    other: lines.flatMap((line) =>
      otherCurvesOf(line.drawn, request).map((points) => ({ line, points }))
    ),
  };
}

/** The whole section. */
export function CurveSection() {
  const { runs } = state.report.value;
  if (runs.every(({ test, train }) => test === null && train === null)) {
    return null;
  }
  return (
    <section id="curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Learning curves</h2>
      <Controls />
      {[...facets.value].map(([label, lines]) => (
        <Facet key={label} label={label} lines={lines} />
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
        "Runs that differ in their seed alone are one line: their mean, with " +
        "its 95\u00a0% t interval.",
      ]
      : [],
    ...comparison === null ? [] : [
      `Wide and pale: the same runs of ${comparison.a}.`,
    ],
  ].join(" ");
}

function Controls() {
  const { settings, runs } = state.report.value;
  const hasSeeds = new Set(runs.map(({ group }) => group)).size < runs.length;
  const { x, y } = state.logAxes.value;
  return (
    <div class="controls">
      <Choice
        label="Split"
        value={state.splits.value}
        options={[
          ["test", "test"],
          ["train", "train minibatches"],
          ["both", "both"],
        ]}
        onChange={(value) =>
          state.chosenSplits.value = value as typeof state.splits.value}
      />
      <Choice
        label="Along"
        value={state.along.value}
        options={[["samples", "samples seen"], ["steps", "steps"]]}
        onChange={(value) => {
          state.zoom.value = null;
          state.along.value = value as typeof state.along.value;
        }}
      />
      <Choice
        label="Colour"
        value={`${state.colourBy.value}`}
        options={[
          ["usual", "as in the figures"],
          ...settings.flatMap(({ name, isOtherScale }, i) =>
            isOtherScale ? [] : [[`${i}`, name] as const]
          ),
        ]}
        onChange={(value) =>
          state.colourBy.value = value === "usual" ? value : Number(value)}
      />
      {hasSeeds && (
        <Choice
          label="Seeds"
          value={state.seeds.value}
          options={[["mean", "mean and band"], ["single", "single runs"]]}
          onChange={(value) =>
            state.seeds.value = value as typeof state.seeds.value}
        />
      )}
      <fieldset>
        <legend>Logarithmic</legend>
        <Toggle
          label="x axis"
          isOn={x}
          onChange={(x) => state.logAxes.value = { x, y }}
        />
        <Toggle
          label="y axis"
          isOn={y}
          onChange={(y) => state.logAxes.value = { x, y }}
        />
      </fieldset>
      <fieldset>
        <legend>Panels</legend>
        {offered.value.map((name) => (
          <Toggle
            key={name}
            label={name}
            isOn={columns.value.includes(name)}
            onChange={(isOn) =>
              columns.value = offered.value.filter((one) =>
                one === name ? isOn : columns.value.includes(one)
              )}
          />
        ))}
      </fieldset>
    </div>
  );
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
      {label !== "" && <h3>{label}</h3>}
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
    curves: Curves["main"],
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

/** The range of values as figures have it. */
function rangeOf({ main, faint, other }: Curves): readonly [number, number] {
  const finite = (curves: Curves["main"]) =>
    curves.map(({ points }) =>
      points.filter(({ x, y }) => x > 0 && Number.isFinite(y))
    ).filter(({ length }) => length > 0);
  const curves = finite([...main, ...other]);
  if (curves.length === 0) return [-1, 0];
  const isMean = state.splits.value !== "train";
  const bands = isMean
    ? curves.flat().flatMap(({ band }) =>
      band?.every(Number.isFinite) ? [band] : []
    )
    : [];
  return withBands(valueRange(curves, finite(faint)), bands);
}

function xAxisOf(
  all: readonly Curves[],
  ranges: readonly (readonly [number, number])[],
): NumberAxis {
  const isLog = state.logAxes.value.x;
  const kind = isLog ? "log" : "linear";
  if (state.zoom.value !== null) {
    const [low, high] = state.zoom.value;
    const least = high * 1e-7;
    return { kind, domain: isLog ? [Math.max(low, least), high] : [low, high] };
  }
  const curves = all.flatMap(({ main, faint, other }, i) =>
    [...main, ...faint, ...other].map(({ points }) => ({
      curve: points.filter(({ x, y }) => x > 0 && Number.isFinite(y)),
      y: ranges[i]!,
    }))
  );
  if (isLog) return { kind, domain: progressRange(curves) };
  const ends = curves.map(({ curve }) => curve.at(-1)?.x ?? 0);
  return { kind, domain: [0, Math.max(1, ...ends)] };
}

/** The usual range of values, or all that lies in the part that is zoomed to. */
function yAxisOf(
  { main, faint, other }: Curves,
  range: readonly [number, number],
  { domain: [begin, end] }: NumberAxis,
): NumberAxis {
  const inView = [...main, ...faint, ...other].flatMap(({ points }) =>
    points.filter(({ x, y }) => x >= begin && x <= end && Number.isFinite(y))
      .map(({ y }) => y)
  );
  const whole = state.zoom.value !== null && inView.length > 0
    ? framed(inView)
    : range;
  if (!state.logAxes.value.y) return { kind: "linear", domain: whole };
  // Values of one sign have a logarithm, or that of their size.
  const seen = inView.filter((y) => y >= whole[0] && y <= whole[1]);
  const sign = seen.every((y) => y < 0) ? -1 : 1;
  if (seen.length === 0 || seen.some((y) => sign * y <= 0)) {
    return { kind: "linear", domain: whole };
  }
  const sizes = seen.map((y) => sign * y);
  const [low, high] = logDomain(Math.min(...sizes), Math.max(...sizes));
  return {
    kind: "log",
    domain: sign > 0 ? [low / 1.03, high * 1.03] : [-high * 1.03, -low / 1.03],
  };
}

/** What the pointer does, for keys and fingers. */
function Zoom({ x }: { readonly x: NumberAxis }) {
  const [low, high] = x.domain;
  const isLog = x.kind === "log";
  const into = (value: number) => isLog ? Math.log(value) : value;
  const from = (place: number) => isLog ? Math.exp(place) : place;
  const span = into(high) - into(low);
  const go = (begin: number, end: number) =>
    state.zoom.value = [
      from(into(low) + begin * span),
      from(into(low) + end * span),
    ];
  return (
    <div class="zoom" role="group" aria-label="Part of the x axis">
      <button type="button" onClick={() => go(0.25, 0.75)}>Zoom in</button>
      <button type="button" onClick={() => go(-0.5, 1.5)}>Zoom out</button>
      <button type="button" onClick={() => go(-0.25, 0.75)}>Earlier</button>
      <button type="button" onClick={() => go(0.25, 1.25)}>Later</button>
      <button
        type="button"
        disabled={state.zoom.value === null}
        onClick={() => state.zoom.value = null}
      >
        Whole
      </button>
      <span class="quiet hint">Draw over a part to see it closer.</span>
    </div>
  );
}

/** The lines by name, and their values where the pointer is, or at the end. */
function Legend(
  { lines, curves, names }: {
    readonly lines: readonly Shown[];
    readonly curves: readonly Curves[];
    readonly names: readonly string[];
  },
) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Lines">
      <table class="legend">
        <thead>
          <tr>
            <th scope="col">
              <At />
            </th>
            <th scope="col">runs</th>
            {names.map((name) => <th key={name} scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.key}>
              <th scope="row">
                <button
                  type="button"
                  class="line"
                  aria-pressed={line.drawn.length > 0}
                  onClick={() => state.show(line.runs, line.drawn.length === 0)}
                >
                  <Swatch colour={line.colour} dash={line.dash} />
                  {line.label}
                </button>
              </th>
              <td>{line.drawn.length}</td>
              {names.map((name, i) => (
                <Reading
                  key={name}
                  points={curves[i]!.main.find((one) => one.line === line)
                    ?.points ?? []}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A piece of a line. */
export function Swatch(
  { colour, dash }: { readonly colour: string; readonly dash: string },
) {
  return (
    <svg class="swatch" width={26} height={10} aria-hidden="true">
      <line
        x1={1}
        x2={25}
        y1={5}
        y2={5}
        stroke={colour}
        stroke-width={3}
        {...dash === "" ? {} : { "stroke-dasharray": dash }}
      />
    </svg>
  );
}

function At() {
  const at = state.cross.value;
  return (
    <span>
      {at === null ? "at the end" : `at ${Math.round(at).toLocaleString("en")}`}
    </span>
  );
}

function Reading({ points }: { readonly points: readonly CurvePoint[] }) {
  return <td>{cellText(valueAt(points, state.cross.value))}</td>;
}
