/// <reference lib="dom" />
/** Two latent dimensions: the test rows by class, and a point to drag. */

import { useComputed, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { unitName } from "./shown.tsx";
import type { ExploredLabel } from "./explored.ts";
import type { State } from "./state.ts";

/** Sides of the drawing, in its own units. */
const SIDE = 400;

/** Colours of style.css for classes in turn, and marks once they are used up. */
const COLOURS = ["blue", "vermilion", "green", "purple", "orange", "sky"];

/** The most classes that have colours of their own. */
const MOST_CLASSES = 24;

export function Plane({ state }: { readonly state: State }) {
  const { model } = state;
  const { order, explored } = model;
  const axes = useSignal<readonly [number, number]>([order[0]!, order[1]!]);
  const labels = explored.rows.labels.filter(({ classes }) =>
    classes !== undefined && classes.length <= MOST_CLASSES
  );
  const label = useSignal(labels[0]?.name ?? "");
  const [x, y] = axes.value;
  const by = labels.find(({ name }) => name === label.value);
  return (
    <figure class="plane">
      <div class="ui controls">
        {([0, 1] as const).map((side) => (
          <label key={side}>
            {side === 0 ? "across" : "up"}{" "}
            <select
              value={axes.value[side]}
              onChange={(event) => {
                const chosen = Number(event.currentTarget.value);
                const other = axes.value[1 - side]!;
                const next = chosen === other ? axes.value[side] : other;
                axes.value = side === 0 ? [chosen, next] : [next, chosen];
              }}
            >
              {order.map((unit) => (
                <option key={unit} value={unit}>{unitName(unit)}</option>
              ))}
            </select>
          </label>
        ))}
        {labels.length > 1 && (
          <label>
            coloured by{" "}
            <select
              value={label.value}
              onChange={(event) => label.value = event.currentTarget.value}
            >
              {labels.map(({ name }) => <option key={name}>{name}</option>)}
            </select>
          </label>
        )}
      </div>
      <Drawing state={state} x={x} y={y} label={by} />
      <figcaption>
        Means of q(z|x) of {explored.rows.count} test rows
        {by === undefined ? "" : `, marked by ${by.name}`}. Drag the ring, or
        move it by the arrow keys.
        {by !== undefined && <Legend label={by} />}
      </figcaption>
    </figure>
  );
}

function Drawing(
  { state, x, y, label }: {
    readonly state: State;
    readonly x: number;
    readonly y: number;
    readonly label: ExploredLabel | undefined;
  },
) {
  const svg = useRef<SVGSVGElement>(null);
  const means = state.means.value;
  const d = state.model.latentDim;
  const most = useMemo(() => {
    let most = 3;
    means?.forEach((value, i) => {
      if (i % d === x || i % d === y) most = Math.max(most, Math.abs(value));
    });
    return Math.ceil(2 * most + 0.5) / 2;
  }, [means, x, y]);
  const place = (value: number) => SIDE / 2 * (1 + value / most);
  const clamped = (value: number) => Math.max(-most, Math.min(most, value));
  const marks = useMemo(
    () =>
      means === null ? null : (
        <g class="marks" aria-hidden="true">
          {Array.from({ length: means.length / d }, (_, row) => (
            <Mark
              key={row}
              x={place(means[row * d + x]!)}
              y={SIDE - place(means[row * d + y]!)}
              label={label}
              row={row}
            />
          ))}
        </g>
      ),
    [means, x, y, label, most],
  );
  const moveTo = (zx: number, zy: number) => {
    state.z.value = state.z.value.with(x, clamped(zx)).with(y, clamped(zy));
  };
  const follow = (event: PointerEvent) => {
    const box = svg.current!.getBoundingClientRect();
    moveTo(
      most * (2 * (event.clientX - box.left) / box.width - 1),
      most * (1 - 2 * (event.clientY - box.top) / box.height),
    );
  };
  const point = useComputed(() => state.z.value);
  const [zx, zy] = [point.value[x]!, point.value[y]!];
  const ticks = Array.from(
    { length: 2 * Math.floor(most) + 1 },
    (_, i) => i - Math.floor(most),
  ).filter((tick) => most <= 5 || tick % 2 === 0);
  return (
    <svg
      ref={svg}
      class="drawing"
      viewBox={`-26 -6 ${SIDE + 36} ${SIDE + 28}`}
      role="group"
      aria-label={`The plane of ${unitName(x)} and ${unitName(y)}`}
    >
      <g class="grid" aria-hidden="true">
        {ticks.map((tick) => (
          <g key={tick} class={tick === 0 ? "zero" : ""}>
            <line x1={place(tick)} x2={place(tick)} y1="0" y2={SIDE} />
            <line y1={place(tick)} y2={place(tick)} x1="0" x2={SIDE} />
            <text x={place(tick)} y={SIDE + 15} text-anchor="middle">
              {tickText(tick)}
            </text>
            <text x="-6" y={SIDE - place(tick) + 4} text-anchor="end">
              {tickText(tick)}
            </text>
          </g>
        ))}
      </g>
      {marks}
      <rect
        class="ground"
        width={SIDE}
        height={SIDE}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          follow(event);
        }}
        onPointerMove={(event) => {
          if (event.buttons !== 0) follow(event);
        }}
      />
      <g
        class="handle"
        tabindex={0}
        role="slider"
        aria-label={`Point in the plane of ${unitName(x)} and ${unitName(y)}`}
        aria-valuemin={-most}
        aria-valuemax={most}
        aria-valuenow={Number(zx.toFixed(2))}
        aria-valuetext={`${unitName(x)} ${zx.toFixed(2)}, ` +
          `${unitName(y)} ${zy.toFixed(2)}`}
        transform={`translate(${place(clamped(zx))} ` +
          `${SIDE - place(clamped(zy))})`}
        onKeyDown={(event) => {
          const step = event.shiftKey ? 0.5 : 0.1;
          const [dx, dy] = ARROWS[event.key] ?? [0, 0];
          if (dx === 0 && dy === 0) return;
          event.preventDefault();
          moveTo(zx + dx * step, zy + dy * step);
        }}
      >
        <circle class="halo" r="9" />
        <circle class="ring" r="9" />
      </g>
    </svg>
  );
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const tickText = (tick: number) => String(tick).replace("-", "\u2212");

/** Short classes are their own marks, which no colour is needed to tell apart. */
const isShort = ({ classes = [] }: ExploredLabel) =>
  classes.every((name) => name.length <= 2);

function Mark(
  { x, y, label, row }: {
    readonly x: number;
    readonly y: number;
    readonly label: ExploredLabel | undefined;
    readonly row: number;
  },
) {
  const index = label?.values[row];
  if (label === undefined || index == null) {
    return <circle class="mark" cx={x} cy={y} r="2.5" />;
  }
  if (isShort(label)) {
    return (
      <text
        class={`mark ${colourOf(index)}`}
        x={x}
        y={y + 4}
        text-anchor="middle"
      >
        {label.classes![index]}
      </text>
    );
  }
  return <path class={`mark ${colourOf(index)}`} d={shapeAt(index, x, y)} />;
}

function colourOf(index: number): string {
  return `fill-${COLOURS[index % COLOURS.length]}`;
}

/** A circle, a square, a triangle, a diamond: a round of colours for each. */
function shapeAt(index: number, x: number, y: number): string {
  const round = Math.floor(index / COLOURS.length) % 4;
  return [
    `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z`,
    `M${x - 3} ${y - 3}h6v6h-6z`,
    `M${x} ${y - 4}l4 7h-8z`,
    `M${x} ${y - 4}l4 4l-4 4l-4 -4z`,
  ][round]!;
}

function Legend({ label }: { readonly label: ExploredLabel }) {
  if (isShort(label)) return null;
  return (
    <ul class="legend">
      {label.classes!.map((name, index) => (
        <li key={index}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path class={colourOf(index)} d={shapeAt(index, 6, 6)} />
          </svg>
          {name === "" ? "none" : name}
        </li>
      ))}
    </ul>
  );
}
