/** KL by latent dimension during training, of one run, as a heat map. */
/// <reference lib="dom" />

import { signal } from "@preact/signals";
import { tickText } from "../../plot/axes.ts";
import { Choice } from "./controls.tsx";
import { viridis } from "./looks.ts";
import { type KlMap, numbersOf } from "./record/record.ts";
import * as state from "./state.ts";
import { cellText } from "./text.ts";

/** The path of the run; null: the first. */
const path = signal<string | null>(null);

/** The cell that is pointed at. */
const pointed = signal<readonly [step: number, unit: number] | null>(null);

const MARGIN = { top: 6, right: 8, bottom: 42, left: 46 };

/** The whole section. */
export function HeatSection() {
  const runs = state.drawn.value.filter(({ kl }) =>
    kl !== null && kl.steps.length > 1
  );
  const run = runs.find((one) => one.path === path.value) ?? runs[0];
  if (run === undefined) return null;
  const kl = run.kl!;
  return (
    <section id="kl" aria-labelledby="kl-title">
      <h2 id="kl-title">KL by latent dimension</h2>
      <div class="controls">
        <Choice
          label="Run"
          value={run.path}
          options={runs.map(({ path, name }) => [path, name])}
          onChange={(value) => path.value = value}
        />
      </div>
      <HeatMap kl={kl} name={run.name} />
      <p class="quiet ui">
        Test split, nats per datapoint. Dimensions are in the order of their KL
        after the last step.{kl.unitsLeft > 0 &&
          ` The ${kl.unitsLeft} dimensions of the least KL are left out.`}
        {!kl.isWhole && ` ${kl.steps.length} of all evaluations are shown.`}
      </p>
    </section>
  );
}

function HeatMap({ kl, name }: { readonly kl: KlMap; readonly name: string }) {
  const values = numbersOf(kl.values);
  const [across, down] = [kl.steps.length, kl.units.length];
  const most = values.reduce((a, b) => b > a ? b : a, 0);
  const width = Math.min(state.width.value, 820);
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const rowHeight = Math.max(6, Math.min(22, 320 / down));
  const height = MARGIN.top + rowHeight * down + MARGIN.bottom;
  const bottom = height - MARGIN.bottom;
  const cell = (right - left) / across;
  const last = kl.units.map((unit, i) =>
    `${unit}: ${cellText(values[(across - 1) * down + i]!)}`
  );
  const every = Math.ceil(14 / rowHeight);
  const steps = ticksOf(kl.steps, Math.floor(width / 110));
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = (event.clientX - box.left) * width / box.width;
    const y = (event.clientY - box.top) * height / box.height;
    const [step, unit] = [
      Math.floor((x - left) / cell),
      Math.floor((y - MARGIN.top) / rowHeight),
    ];
    const isIn = step >= 0 && step < across && unit >= 0 && unit < down;
    pointed.value = isIn ? [step, unit] : null;
  };
  return (
    <figure>
      <svg
        class="chart"
        {...{ width, height }}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`KL of ${down} latent dimensions of ${name} at ` +
          `${across} evaluations. At the end, by dimension: ${last.join("; ")}`}
        onPointerMove={point}
        onPointerLeave={() => pointed.value = null}
      >
        {kl.steps.map((step, i) =>
          kl.units.map((unit, j) => (
            <rect
              key={`${step} ${unit}`}
              x={(left + i * cell).toFixed(2)}
              y={MARGIN.top + j * rowHeight}
              width={(cell + 0.4).toFixed(2)}
              height={rowHeight}
              fill={fillOf(values[i * down + j]!, most)}
            />
          ))
        )}
        <g class="axes">
          {kl.units.map((unit, j) =>
            j % every === 0 && (
              <text
                key={unit}
                x={left - 6}
                y={MARGIN.top + (j + 0.5) * rowHeight}
                dy="0.35em"
                text-anchor="end"
              >
                z{unit}
              </text>
            )
          )}
          {steps.map((i) => (
            <text
              key={i}
              x={left + (i + 0.5) * cell}
              y={bottom + 17}
              text-anchor="middle"
            >
              {tickText(Number(kl.steps[i]!.toPrecision(3)))}
            </text>
          ))}
          <text
            class="x-title"
            x={(left + right) / 2}
            y={bottom + 36}
            text-anchor="middle"
          >
            training step
          </text>
        </g>
      </svg>
      <figcaption class="entries">
        <ColourScale most={most} />
        <Pointed kl={kl} values={values} />
      </figcaption>
    </figure>
  );
}

/** Places of round steps among the evaluations. */
function ticksOf(steps: readonly number[], count: number): number[] {
  const most = Math.max(2, Math.min(count, steps.length));
  const places = Array.from(
    { length: most },
    (_, i) => Math.round(i * (steps.length - 1) / (most - 1)),
  );
  return [...new Set(places)];
}

function fillOf(value: number, most: number): string {
  return Number.isFinite(value)
    ? viridis(most === 0 ? 0 : value / most)
    : "var(--paper)";
}

function ColourScale({ most }: { readonly most: number }) {
  const stops = Array.from({ length: 24 }, (_, i) => i / 23);
  return (
    <span>
      0{" "}
      <svg width={144} height={12} aria-hidden="true">
        {stops.map((stop, i) => (
          <rect
            key={stop}
            x={6 * i}
            width={6.4}
            height={12}
            fill={viridis(stop)}
          />
        ))}
      </svg>{" "}
      {cellText(most)} nats
    </span>
  );
}

function Pointed(
  { kl, values }: { readonly kl: KlMap; readonly values: Float32Array },
) {
  if (pointed.value === null) return <span>&nbsp;</span>;
  const [step, unit] = pointed.value;
  const value = values[step * kl.units.length + unit];
  if (value === undefined) return <span>&nbsp;</span>;
  return (
    <span>
      step {kl.steps[step]}, z{kl.units[unit]}: {cellText(value)} nats
    </span>
  );
}
