/** What runs ended with: against a setting, and as rate and distortion. */
/// <reference lib="dom" />

import { signal } from "@preact/signals";
import { paretoFront, withBands } from "../../figures/frame.ts";
import { settingScale } from "../../plot/axes.ts";
import { framed } from "../../plot/theme.ts";
import { Chart, type Dot } from "./chart.tsx";
import { Choice, Fold, MOST_OPEN } from "./controls.tsx";
import { allFacets, looks } from "./drawn_curves.ts";
import { TestNote, whenEnded } from "./ended.tsx";
import { Swatch } from "./legend.tsx";
import { type CurvePoint, meanPlace } from "./lines.ts";
import { colourOf, type Facet, labelOf } from "./looks.ts";
import { type RunRecord, TERMS } from "./record/record.ts";
import type { NumberAxis } from "../scales.ts";
import * as state from "./state.ts";
import { cellText, counted, twoSeedsText } from "./text.ts";

/** The setting along x: its name; null: the first that suits. */
const setting = signal<string | null>(null);

/** Runs that differ in their seed alone, and what they ended with. */
interface Group {
  readonly key: string;
  readonly runs: readonly RunRecord[];
}

function groupsOf(runs: readonly RunRecord[]): Group[] {
  return [...Map.groupBy(runs, ({ group }) => group)]
    .map(([group, runs]) => ({ key: `${group}`, runs }));
}

/** The finite values of a quantity. */
function valuesOf(runs: readonly RunRecord[], name: string): number[] {
  const { quantities } = state.report.value;
  const i = quantities.findIndex((one) => one.name === name);
  return runs.flatMap(({ finals }) => finals[i] ?? []);
}

/** The finished ones of the runs that are drawn: others have no end yet. */
function endedRuns(): RunRecord[] {
  return state.drawn.value.filter(({ status }) => status === "finished");
}

/** Those runs, by their panels. */
function drawnFacets(): Facet[] {
  const drawn = new Set(endedRuns());
  return allFacets.value.map((facet) => ({
    ...facet,
    runs: facet.runs.filter((run) => drawn.has(run)),
  })).filter(({ runs }) => runs.length > 0);
}

/** What the figures leave out, and what is optimistic in them. */
function Without() {
  const ended = endedRuns();
  const left = state.drawn.value.length - ended.length;
  return (
    <>
      <TestNote runs={ended} />
      {left > 0 &&
        ` Without ${counted(left, "run")} not finished yet.`}
    </>
  );
}

/** Final values against the setting that is swept. */
export function TradeOffSection() {
  const { settings, quantities } = state.report.value;
  const facets = drawnFacets().filter(({ apart }) => apart.length > 0);
  const offered = settings.keys().toArray()
    .filter((i) => facets.some(({ apart }) => apart.includes(i)));
  if (offered.length === 0) return null;
  const chosen = offered.find((i) => settings[i]!.name === setting.value);
  const firsts = new Set(facets.map(({ apart }) => apart[0]!));
  const [usual] = firsts;
  const names = quantities.some(({ name }) => name === "nll")
    ? [...TERMS, "nll"]
    : TERMS;
  return (
    <section id="trade-off" aria-labelledby="trade-off-title">
      <h2 id="trade-off-title">Against a setting</h2>
      <div class="controls">
        <Choice
          label="Setting"
          value={chosen !== undefined || firsts.size === 1
            ? settings[chosen ?? usual!]!.name
            : ""}
          options={[
            ...firsts.size === 1
              ? []
              : [["", "the first that varies"] as const],
            ...offered.map((i) =>
              [settings[i]!.name, settings[i]!.name] as const
            ),
          ]}
          onChange={(name) => setting.value = name === "" ? null : name}
        />
      </div>
      {facets.filter(({ apart }) =>
        chosen === undefined || apart.includes(chosen)
      ).map((facet, i) => (
        <Fold
          key={facet.label}
          label={facet.label}
          startsOpen={i < MOST_OPEN}
        >
          <Against
            {...{ facet, names }}
            place={chosen ?? facet.apart[0]!}
          />
        </Fold>
      ))}
      <p class="quiet ui">
        Test split,{" "}
        {whenEnded(endedRuns())}: the mean over seeds with its 95&nbsp;% t
        interval, and single seeds as circles.
        {twoSeedsText(
          groupsOf(endedRuns()).map(({ runs }) => runs.length),
          state.report.value.tValues,
        )}
        <Without />
      </p>
    </section>
  );
}

function Against({ facet: { label, runs, apart }, place, names: all }: {
  readonly facet: Facet;
  readonly place: number;
  readonly names: readonly string[];
}) {
  const { settings, tValues, quantities } = state.report.value;
  const { title } = settings[place]!;
  const names = all.filter((name) => valuesOf(runs, name).length > 0);
  const here = runs.filter((run) => run.settings[place]! >= 0);
  const values = settings[place]!.values.filter((_, i) =>
    here.some((run) => run.settings[place] === i)
  );
  const scale = settingScale(values);
  const axis: NumberAxis = scale.kind !== "steps" ? scale : {
    kind: "linear",
    domain: [-0.5, values.length - 0.5],
    ticks: values.map((text, i) => [i, text] as const),
  };
  const xOf = (run: RunRecord) => {
    const text = settings[place]!.values[run.settings[place]!]!;
    return scale.kind === "steps" ? values.indexOf(text) : Number(text);
  };
  const others = apart.filter((i) => i !== place);
  const restOf = (run: RunRecord) => labelOf(run, others, settings);
  const lines = [...Map.groupBy(here, restOf)];
  const colour = (i: number) => colourOf(i, lines.length, state.isDark.value);
  const { width, height } = sizeOf(names.length);
  return (
    <figure class="facet">
      <div class="panels">
        {names.map((name) => {
          const dots: Dot[] = [];
          const drawn = lines.map(([rest, runs], i) => {
            const groups = groupsOf(runs).filter(({ runs }) =>
              valuesOf(runs, name).length > 0
            );
            const points = groups.map(({ key, runs }): CurvePoint => {
              const all = valuesOf(runs, name);
              const mean = meanPlace(all, tValues);
              const x = xOf(runs[0]!);
              const what = [rest, `${title} ${axisText(axis, x)}`]
                .filter((text) => text !== "").join(", ");
              if (all.length > 1) {
                dots.push(...all.map((y, seed): Dot => ({
                  key: `${i} ${key} ${seed}`,
                  ...{ x, y, colour: colour(i), radius: 2.5, isRing: true },
                  title: `${what}: ${name} ${cellText(y)}`,
                })));
              }
              dots.push({
                key: `${i} ${key}`,
                ...{ x, colour: colour(i), radius: 4, ...mean },
                title: `${what}: ${name} ${cellText(mean.y)} (${
                  counted(all.length, "seed")
                })`,
              });
              return { x, y: mean.y };
            }).sort((a, b) => a.x - b.x);
            return {
              key: rest,
              ...{ colour: colour(i), dash: "", thick: 1.5, points },
            };
          });
          return (
            <Chart
              key={name}
              about={`${name} after the last step against ${title}` +
                (label && ` of ${label}`)}
              yTitle={quantities.find((one) => one.name === name)?.title ??
                name}
              xTitle={title}
              x={axis}
              y={{ kind: "linear", domain: rangeOf(dots, "y", "band") }}
              {...{ width, height, dots, lines: drawn }}
            />
          );
        })}
      </div>
      {lines.length > 1 && (
        <figcaption class="entries">
          {lines.map(([rest], i) => (
            <span key={rest}>
              <Swatch colour={colour(i)} dash="" /> {rest}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

function axisText({ ticks = [] }: NumberAxis, x: number): string {
  return ticks.find(([value]) => value === x)?.[1] ?? `${x}`;
}

function rangeOf(
  dots: readonly Dot[],
  side: "x" | "y",
  ends: "across" | "band",
): [number, number] {
  return withBands(
    framed(dots.map((dot) => dot[side])),
    dots.flatMap((dot) => dot[ends] === undefined ? [] : [dot[ends]]),
  );
}

function sizeOf(count: number): { width: number; height: number } {
  const across = [960, 620].findIndex((least) => state.width.value >= least);
  const columns = Math.min(count, [4, 2][across] ?? 1);
  const width = Math.floor((state.width.value - 24 * (columns - 1)) / columns);
  return {
    width,
    height: Math.round(Math.min(300, Math.max(220, 0.6 * width))),
  };
}

/** What the latent variables tell, and what that saves of the data. */
export function RateSection() {
  const facets = drawnFacets().filter(({ apart, runs }) =>
    apart.length > 0 && valuesOf(runs, "kl").length > 1
  );
  if (facets.length === 0) return null;
  return (
    <section id="rate" aria-labelledby="rate-title">
      <h2 id="rate-title">Rate and distortion</h2>
      <div class="panels">
        {facets.map(({ label, runs }) => (
          <RatePanel key={label} label={label} runs={runs} />
        ))}
      </div>
      <p class="quiet ui">
        Test split,{" "}
        {whenEnded(endedRuns())}: means over seeds with their 95&nbsp;% t
        intervals. Rate is the KL, distortion minus the reconstruction. Dashed:
        the runs that no other is better than in both.
        <Without />
      </p>
    </section>
  );
}

/** A point of the panel, for its legend. */
function Mark(
  { colour, isRing }: { readonly colour: string; readonly isRing: boolean },
) {
  return (
    <svg class="swatch" width={12} height={12} aria-hidden="true">
      <circle
        cx={6}
        cy={6}
        r={4}
        stroke={colour}
        stroke-width={1.5}
        fill={isRing ? "var(--paper)" : colour}
      />
    </svg>
  );
}

function RatePanel(
  { label, runs }: {
    readonly label: string;
    readonly runs: readonly RunRecord[];
  },
) {
  const { tValues } = state.report.value;
  const dots = groupsOf(runs).flatMap(({ key, runs }): Dot[] => {
    const rates = valuesOf(runs, "kl");
    const distortions = valuesOf(runs, "reconstruction").map((value) => -value);
    if (rates.length === 0 || distortions.length === 0) return [];
    const [rate, distortion] = [rates, distortions]
      .map((values) => meanPlace(values, tValues));
    const { colour, dash, label } = looks.value.get(runs[0]!)!;
    return [{
      ...{ key, colour, radius: 4, isRing: dash !== "" },
      ...{ x: rate!.y, y: distortion!.y },
      ...{ across: rate!.band, band: distortion!.band },
      title: `${label}: rate ${cellText(rate!.y)}, distortion ${
        cellText(distortion!.y)
      } (${counted(runs.length, "seed")})`,
    }];
  });
  const { width, height } = sizeOf(2);
  return (
    <figure>
      {label !== "" && <h3>{label}</h3>}
      <Chart
        about={`Distortion against rate${label && ` of ${label}`}: ` +
          dots.map(({ title }) => title).join("; ")}
        yTitle="distortion (nats per datapoint)"
        xTitle="rate, KL (nats per datapoint)"
        x={{ kind: "linear", domain: rangeOf(dots, "x", "across") }}
        y={{ kind: "linear", domain: rangeOf(dots, "y", "band") }}
        {...{ width, height, dots }}
        lines={[{
          ...{ key: "front", colour: "var(--quiet)", dash: "4 4", thick: 1.2 },
          points: paretoFront(dots.map(({ x, y }) => ({ x, y }))),
        }]}
      />
      <figcaption class="entries" style={{ maxWidth: `${width}px` }}>
        {groupsOf(runs).map(({ key, runs }) => {
          const { colour, dash, label } = looks.value.get(runs[0]!)!;
          return (
            <span key={key}>
              <Mark colour={colour} isRing={dash !== ""} /> {label}
            </span>
          );
        })}
      </figcaption>
    </figure>
  );
}
