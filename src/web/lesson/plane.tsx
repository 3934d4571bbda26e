/** Test images in the latent plane, by their class. */

import { useState } from "preact/hooks";
import { settings, shown, snapshot } from "./store.ts";
import { say } from "./language.ts";
import { useWidth } from "./chart.tsx";

/** Classes have seven colours, and an open or a full dot. */
const COLOURS = [
  ...["--blue", "--vermilion", "--green", "--purple", "--orange"],
  ...["--sky", "--black", "--blue", "--vermilion", "--green"],
];
const FULL = 7;

/** Half the width of the plane, in standard deviations of the prior. */
const REACH = 3.5;

/** The means of q(z|x) of test images, in the two dimensions of most KL. */
export function Plane() {
  const [ref, width] = useWidth();
  const [marked, setMarked] = useState<number | null>(null);
  const s = say();
  const own = snapshot.value;
  const classes = shown.value?.classes ?? new Uint32Array();
  // Before the first one is trained, the axes of that which is set.
  const kl = own?.klPerDimension ??
    new Array<number>(settings.value.latent).fill(0);
  const d = kl.length;
  const axes = [...kl.keys()].sort((a, b) => kl[b]! - kl[a]! || a - b)
    .slice(0, 2).sort((a, b) => a - b);
  const [i, j] = axes as [number, number?];
  const side = Math.min(width, 230);
  const at = (value: number) => (value + REACH) / (2 * REACH) * side;
  const keep = (value: number) => Math.min(REACH, Math.max(-REACH, value));
  const unit = side / (2 * REACH);
  const isBeyond = (row: number) =>
    axes.some((unit) => Math.abs(own!.means[row * d + unit]!) > REACH);
  const beyond = own === null ? 0 : [...classes.keys()].filter(isBeyond).length;
  const pathOf = (digit: number) => {
    const dots: string[] = [];
    classes.forEach((own_, row) => {
      if (own_ !== digit || own === null) return;
      const x = at(keep(own.means[row * d + i]!));
      const y = side -
        at(keep(j === undefined ? 0 : own.means[row * d + j]!));
      dots.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
    });
    return dots.join("");
  };
  return (
    <figure class="plane">
      <div ref={ref} class="plane-room">
        <svg width={side} height={side} role="img" aria-label={s.planeAlt}>
          <rect class="trough" width={side} height={side} rx="4" />
          {[1, 2, 3].map((radius) => (
            <circle
              key={radius}
              class="grid"
              cx={side / 2}
              cy={side / 2}
              r={radius * unit}
            />
          ))}
          {COLOURS.map((colour, digit) => (
            <g
              key={digit}
              class={marked === null || marked === digit
                ? "dots"
                : "dots faded"}
            >
              <path d={pathOf(digit)} stroke={`var(${colour})`} />
              {digit >= FULL && <path d={pathOf(digit)} class="hole" />}
            </g>
          ))}
          <text class="tick" x={side - 6} y={side / 2 - 5} text-anchor="end">
            z{sub(i)}
          </text>
          {j !== undefined && (
            <text class="tick" x={side / 2 + 6} y="14">z{sub(j)}</text>
          )}
        </svg>
      </div>
      <div class="digits" role="group" aria-label={s.planeDigits}>
        {COLOURS.map((colour, digit) => (
          <button
            key={digit}
            type="button"
            class="digit"
            aria-pressed={marked === digit}
            onClick={() => setMarked(marked === digit ? null : digit)}
          >
            <svg width="10" height="10" aria-hidden="true">
              <circle
                cx="5"
                cy="5"
                r="3.5"
                stroke={`var(${colour})`}
                stroke-width="2"
                fill={digit < FULL ? `var(${colour})` : "none"}
              />
            </svg>
            {digit}
          </button>
        ))}
      </div>
      <figcaption>
        {s.planeCaption}
        {own !== null && d > 2 && ` ${s.planeChosen}`}
        {beyond > 0 && ` ${s.planeBeyond(beyond, REACH)}`}
      </figcaption>
    </figure>
  );
}

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";

/** The number of a dimension as an index, from 1. */
function sub(dimension: number): string {
  return [...`${dimension + 1}`].map((digit) => DIGITS[Number(digit)]).join("");
}
