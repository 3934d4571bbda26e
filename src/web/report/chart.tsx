/** A panel: lines with bands, and points, on two axes. */
/// <reference lib="dom" />

import type { ReadonlySignal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { CurvePoint } from "./lines.ts";
import { type NumberAxis, type Scale, scaleOf } from "../scales.ts";

/** A line of a panel. */
export interface Line {
  readonly key: string;
  readonly colour: string;
  readonly dash: string;
  /** in pixels */
  readonly thick: number;
  readonly opacity?: number;
  readonly points: readonly CurvePoint[];
}

/** A point of a panel. */
export interface Dot {
  readonly key: string;
  readonly colour: string;
  readonly radius: number;
  /** whether it is a ring; absent: it is filled */
  readonly isRing?: boolean;
  readonly x: number;
  readonly y: number;
  /** ends of the bands along both axes */
  readonly across?: readonly [number, number] | undefined;
  readonly band?: readonly [number, number] | undefined;
  /** what it says when it is pointed at */
  readonly title: string;
}

/** What a panel shows. */
export interface ChartProps {
  /** what it shows, for those who do not see it */
  readonly about: string;
  readonly yTitle: string;
  readonly xTitle: string;
  readonly x: NumberAxis;
  readonly y: NumberAxis;
  /** in pixels */
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly dots?: readonly Dot[];
  /** where a rule stands across; null: nowhere */
  readonly cross?: ReadonlySignal<number | null>;
  /** the pointer is at an x; null: it left */
  readonly onPoint?: (x: number | null) => void;
  /** a part of the x axis was drawn over; null: as much as there is */
  readonly onZoom?: (range: readonly [number, number] | null) => void;
}

const MARGIN = { top: 30, right: 12, bottom: 42, left: 58 };

let panels = 0;

/** The panel, as SVG. */
export function Chart(props: ChartProps) {
  const { about, yTitle, xTitle, width, height, lines, dots = [] } = props;
  const { cross, onPoint, onZoom } = props;
  const clip = useRef(`panel-${panels++}`).current;
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
  const x = scaleOf(props.x, [left, right], width / 90);
  const y = scaleOf(props.y, [bottom, top], height / 50);
  const pixelOf = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const pixel = (event.clientX - box.left) * width / box.width;
    return Math.min(Math.max(pixel, left), right);
  };
  const handlers = onPoint === undefined ? {} : {
    onPointerDown(event: PointerEvent) {
      if (event.pointerType !== "touch") {
        setDrag([pixelOf(event), pixelOf(event)]);
      }
    },
    onPointerMove(event: PointerEvent) {
      const pixel = pixelOf(event);
      if (drag !== null) setDrag([drag[0], pixel]);
      onPoint(x.valueAt(pixel));
    },
    onPointerUp() {
      if (drag !== null && Math.abs(drag[1] - drag[0]) > 5) {
        const [a, b] = drag.map(x.valueAt) as [number, number];
        onZoom?.([Math.min(a, b), Math.max(a, b)]);
      }
      setDrag(null);
    },
    onPointerLeave() {
      setDrag(null);
      onPoint(null);
    },
    onDblClick: () => onZoom?.(null),
  };
  return (
    <svg
      class={onZoom ? "chart zooms" : "chart"}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={about}
      {...handlers}
    >
      <clipPath id={clip}>
        <rect x={left} y={top} width={right - left} height={bottom - top} />
      </clipPath>
      <Axes {...{ x, y, left, right, top, bottom, xTitle, yTitle }} />
      <g clip-path={`url(#${clip})`}>
        {lines.map((line) => (
          <path
            key={`${line.key} band`}
            d={bandPath(line.points, x, y)}
            fill={line.colour}
            opacity={0.18 * (line.opacity ?? 1)}
          />
        ))}
        {lines.map((line) => (
          <path
            key={line.key}
            data-line={line.key}
            d={linePath(line.points, x, y)}
            fill="none"
            stroke={line.colour}
            stroke-width={line.thick}
            stroke-linejoin="round"
            {...line.dash === "" ? {} : { "stroke-dasharray": line.dash }}
            opacity={line.opacity ?? 1}
          />
        ))}
        {dots.map((dot) => <Point key={dot.key} dot={dot} x={x} y={y} />)}
        {cross && <Cross at={cross} x={x} top={top} bottom={bottom} />}
        {drag !== null && (
          <rect
            class="drag"
            x={Math.min(...drag)}
            y={top}
            width={Math.abs(drag[1] - drag[0])}
            height={bottom - top}
          />
        )}
      </g>
    </svg>
  );
}

/** The rule where values are read off; it moves without the panel. */
function Cross(
  { at, x, top, bottom }: {
    readonly at: ReadonlySignal<number | null>;
    readonly x: Scale;
    readonly top: number;
    readonly bottom: number;
  },
) {
  if (at.value === null) return null;
  const pixel = x.at(at.value);
  return <line class="cross" x1={pixel} x2={pixel} y1={top} y2={bottom} />;
}

function Axes(
  { x, y, left, right, top, bottom, xTitle, yTitle }: {
    readonly x: Scale;
    readonly y: Scale;
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
    readonly xTitle: string;
    readonly yTitle: string;
  },
) {
  return (
    <g class="axes">
      <text class="y-title" x={2} y={14}>{yTitle}</text>
      {y.ticks.map(([value, text]) => (
        <g key={text}>
          <line x1={left} x2={right} y1={y.at(value)} y2={y.at(value)} />
          <text x={left - 6} y={y.at(value)} dy="0.35em" text-anchor="end">
            {text}
          </text>
        </g>
      ))}
      <line class="base" x1={left} x2={right} y1={bottom} y2={bottom} />
      {apart(x).map(([value, text]) => (
        <g key={text}>
          <line
            class="base"
            x1={x.at(value)}
            x2={x.at(value)}
            y1={bottom}
            y2={bottom + 5}
          />
          <text x={x.at(value)} y={bottom + 17} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
      <text
        x={(left + right) / 2}
        y={bottom + 36}
        text-anchor="middle"
        class="x-title"
      >
        {xTitle}
      </text>
      <line class="base" x1={left} x2={left} y1={top} y2={bottom} />
    </g>
  );
}

/** Ticks whose texts do not touch, about. */
function apart({ ticks, at }: Scale): Scale["ticks"] {
  const kept: [number, string][] = [];
  let end = -Infinity;
  for (const [value, text] of ticks) {
    const half = 3.6 * text.length;
    if (at(value) - half < end + 6) continue;
    kept.push([value, text]);
    end = at(value) + half;
  }
  return kept;
}

function Point(
  { dot, x, y }: { readonly dot: Dot; readonly x: Scale; readonly y: Scale },
) {
  const { band, across, colour } = dot;
  const [left, top] = [x.at(dot.x), y.at(dot.y)];
  return (
    <g stroke={colour} stroke-width={1.5}>
      {band && (
        <line x1={left} x2={left} y1={y.at(band[0])} y2={y.at(band[1])} />
      )}
      {across && (
        <line x1={x.at(across[0])} x2={x.at(across[1])} y1={top} y2={top} />
      )}
      <circle
        cx={left}
        cy={top}
        r={dot.radius}
        fill={dot.isRing ? "var(--paper)" : colour}
      >
        <title>{dot.title}</title>
      </circle>
    </g>
  );
}

/** A tenth of a pixel is enough. */
function place(pixel: number): string {
  return pixel.toFixed(1);
}

/** A point between breaks is a dash: a line would not be seen. */
const DASH = 3;

function linePath(points: readonly CurvePoint[], x: Scale, y: Scale): string {
  let path = "";
  const isThere = (i: number) => Number.isFinite(points[i]?.y);
  for (const [i, point] of points.entries()) {
    if (!isThere(i)) continue;
    const [left, top] = [x.at(point.x), place(y.at(point.y))];
    path += isThere(i - 1)
      ? `L${place(left)} ${top}`
      : isThere(i + 1)
      ? `M${place(left)} ${top}`
      : `M${place(left - DASH / 2)} ${top}h${DASH}`;
  }
  return path;
}

/** The band's outline, in one piece for each unbroken part. */
function bandPath(points: readonly CurvePoint[], x: Scale, y: Scale): string {
  const parts: CurvePoint[][] = [[]];
  for (const point of points) {
    if (point.band?.every(Number.isFinite)) parts.at(-1)!.push(point);
    else if (parts.at(-1)!.length > 0) parts.push([]);
  }
  return parts.filter(({ length }) => length > 1).map((part) => {
    const side = (of: readonly CurvePoint[], end: 0 | 1) =>
      of.map((point) =>
        `${place(x.at(point.x))} ${place(y.at(point.band![end]))}`
      );
    return `M${[...side(part, 1), ...side(part.toReversed(), 0)].join("L")}Z`;
  }).join("");
}
