/** The ELBO, its reconstruction and its KL over steps. */

import { Chart, type Line } from "./chart.tsx";
import type { Terms } from "./messages.ts";
import { labelOf, USUAL_BOUNDS } from "./settings.ts";
import { type Curves, curves, earlier, settings } from "./store.ts";
import { say } from "./language.ts";

const COLOURS = {
  elbo: "--blue",
  reconstruction: "--green",
  kl: "--vermilion",
} as const;

type Term = keyof typeof COLOURS;

function linesOf(term: Term, run: Curves): Line[] {
  const line = (terms: Terms, look: Line["look"]): Line => ({
    ...{ step: terms.step, value: terms[term], colour: COLOURS[term], look },
  });
  return [line(run.steps, "thin"), line(run.evaluations, "thick")];
}

/** The test ELBO, or KL, of runs before, in grey. */
function earlierLines(term: "elbo" | "kl"): Line[] {
  return earlier.value.map(({ evaluations }) => ({
    ...{ step: evaluations.step, value: evaluations[term] },
    ...{ colour: "--quiet", look: "faint" as const },
  }));
}

/** A range that holds the values but for what the first steps have. */
function domainOf(
  values: readonly number[],
  usual: readonly [number, number],
): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return usual;
  const low = Math.min(usual[0], sorted[Math.floor(0.02 * sorted.length)]!);
  const high = Math.max(usual[1], sorted.at(-1)!);
  return [low, high];
}

/** Both charts. */
export function CurvePanel() {
  const own = curves.value;
  const s = say();
  const runs = own === null ? earlier.value : [...earlier.value, own];
  const steps = Math.max(600, ...runs.map(({ settings }) => settings.steps));
  const settled = own === null ? [] : own.steps.step
    .flatMap((step, i) => step > 10 ? [i] : []);
  const valuesOf = (term: Term) => [
    ...settled.map((i) => own!.steps[term][i]!),
    ...earlier.value.flatMap(({ evaluations }) => evaluations[term]),
  ];
  const bound = domainOf(
    [...valuesOf("elbo"), ...valuesOf("reconstruction")],
    USUAL_BOUNDS[(own?.settings ?? settings.value).network],
  );
  const kl = domainOf([0, ...valuesOf("kl")], [0, 10]);
  const last = own?.evaluations;
  const at = (term: Term) => last?.[term].at(-1)?.toFixed(2) ?? "–";
  return (
    <figure class="curves">
      <div class="legend">
        <Key term="reconstruction" value={at("reconstruction")} />
        <Key term="elbo" value={at("elbo")} />
        <Key term="kl" value={at("kl")} />
      </div>
      <Chart
        lines={[
          ...earlierLines("elbo"),
          ...own === null ? [] : [
            ...linesOf("reconstruction", own),
            ...linesOf("elbo", own),
          ],
        ]}
        {...{ steps, domain: bound, height: 165, unit: s.stepUnit }}
        label={s.curvesAlt(at("elbo"), at("reconstruction"))}
      />
      <Chart
        lines={[
          ...earlierLines("kl"),
          ...own === null ? [] : linesOf("kl", own),
        ]}
        {...{ steps, domain: kl, height: 90, unit: s.stepUnit }}
        label={s.klAlt(at("kl"))}
      />
      <figcaption>
        {s.curvesCaption}
        {earlier.value.length > 0 && (
          <>
            {" "}
            {s.earlierRuns} {earlier.value.map(({ settings, evaluations }) =>
              `${labelOf(settings)}: ${
                evaluations.elbo.at(-1)!.toFixed(1).replace("-", "−")
              }`
            ).join("; ")}.
          </>
        )}
      </figcaption>
    </figure>
  );
}

function Key(
  { term, value }: { readonly term: Term; readonly value: string },
) {
  return (
    <span class="key">
      <svg width="14" height="10" aria-hidden="true">
        <line
          x1="0"
          x2="14"
          y1="5"
          y2="5"
          stroke={`var(${COLOURS[term]})`}
          stroke-width="3"
        />
      </svg>
      {say().terms[term]} <span class="number">{value.replace("-", "−")}</span>
    </span>
  );
}
