/// <reference lib="dom" />
/** A slider for each latent dimension, by falling KL, over its q(z|x). */

import { useSignal } from "@preact/signals";
import { nats, Unit, unitName } from "./shown.tsx";
import type { State } from "./state.ts";

/** Sliders that are there without asking. */
const FIRST = 10;

/** The largest |z| of a slider. */
export const MOST_Z = 4;

export function Sliders({ state }: { readonly state: State }) {
  const isWhole = useSignal(false);
  const { order, explored } = state.model;
  const shown = isWhole.value ? order : order.slice(0, FIRST);
  return (
    <div class="sliders ui">
      <p class="quiet">
        By falling KL. The bars are q(z|x) of the chosen row: its mean, and two
        standard deviations each way.
      </p>
      <ul>
        {shown.map((unit) => (
          <Slider
            key={unit}
            state={state}
            unit={unit}
            kl={explored.kl[unit]!}
          />
        ))}
      </ul>
      {order.length > FIRST && (
        <button
          type="button"
          onClick={() => isWhole.value = !isWhole.value}
        >
          {isWhole.value
            ? `The first ${FIRST} alone`
            : `All ${order.length} dimensions`}
        </button>
      )}
    </div>
  );
}

function Slider(
  { state, unit, kl }: {
    readonly state: State;
    readonly unit: number;
    readonly kl: number;
  },
) {
  const value = state.z.value[unit]!;
  return (
    <li>
      <span class="unit">
        <Unit unit={unit} /> <span class="quiet">{nats(kl)}</span>
      </span>
      <span class="track">
        <Interval state={state} unit={unit} />
        <input
          type="range"
          min={-MOST_Z}
          max={MOST_Z}
          step="0.01"
          aria-label={`${unitName(unit)}, KL ${kl.toFixed(2)} nats`}
          value={value}
          onInput={(event) =>
            state.move(unit, event.currentTarget.valueAsNumber)}
        />
      </span>
      <output class="number">{nats(value)}</output>
    </li>
  );
}

/** Where 95 % of q(z_j|x) lies. */
function Interval(
  { state, unit }: { readonly state: State; readonly unit: number },
) {
  const posterior = state.looked.value?.posterior;
  if (posterior === undefined) return null;
  const mean = posterior.mean[unit]!;
  const spread = 2 * Math.exp(posterior.logVariance[unit]! / 2);
  const place = (z: number) => 50 + 50 * Math.max(-1, Math.min(1, z / MOST_Z));
  const [from, to] = [place(mean - spread), place(mean + spread)];
  return (
    <svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none">
      <rect x={from} y="1" width={Math.max(0.6, to - from)} height="8" />
      <rect class="mean" x={place(mean) - 0.3} y="0" width="0.6" height="10" />
    </svg>
  );
}
