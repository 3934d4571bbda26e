/** Curves over steps, as thin as the screen shows without losing extremes. */
/// <reference lib="dom" />

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

/** One curve. */
export interface Line {
  readonly step: readonly number[];
  readonly value: readonly number[];
  /** a variable of style.css, such as `--blue` */
  readonly colour: string;
  readonly look: "thin" | "thick" | "faint";
}

/** The width of an element in pixels, as it is now. */
export function useWidth(): [
  ref: { current: HTMLDivElement | null },
  width: number,
] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useLayoutEffect(() => {
    const element = ref.current!;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

const LEFT = 46;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 24;

/** A chart of lines over steps. */
export function Chart(
  { lines, steps, domain, height, label, unit, children }: {
    readonly lines: readonly Line[];
    /** the last step of the axis */
    readonly steps: number;
    readonly domain: readonly [low: number, high: number];
    readonly height: number;
    /** what it shows, for who does not see it */
    readonly label: string;
    /** at the end of the axis of steps */
    readonly unit: string;
    readonly children?: ComponentChildren;
  },
) {
  const [ref, width] = useWidth();
  const [low, high] = domain;
  const x = (step: number) => LEFT + step / steps * (width - LEFT - RIGHT);
  const y = (value: number) =>
    TOP + (high - clamp(value, low, high)) / (high - low) *
      (height - TOP - BOTTOM);
  const ticks = ticksOf(low, high, height / 45);
  const stepTicks = ticksOf(0, steps, width / 110);
  return (
    <div ref={ref} style={{ height: `${height}px` }}>
      <svg width={width} height={height} role="img" aria-label={label}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line
              class="grid"
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text class="tick" x={LEFT - 6} y={y(tick) + 4} text-anchor="end">
              {String(tick).replace("-", "−")}
            </text>
          </g>
        ))}
        {stepTicks.map((tick) => (
          <text
            key={tick}
            class="tick"
            x={x(tick)}
            y={height - 7}
            text-anchor={tick === 0
              ? "start"
              : tick === steps
              ? "end"
              : "middle"}
          >
            {tick === stepTicks.at(-1) ? `${tick} ${unit}` : tick}
          </text>
        ))}
        {lines.map((line, i) => (
          <path
            key={i}
            class={`line ${line.look}`}
            stroke={`var(${line.colour})`}
            d={pathOf(line, x, y)}
          />
        ))}
      </svg>
      {children}
    </div>
  );
}

/**
 * A path that visits the least and the largest value of each pixel's steps, so
 * that thousands of steps are no more work than the screen is wide.
 */
export function pathOf(
  { step, value }: Pick<Line, "step" | "value">,
  x: (step: number) => number,
  y: (value: number) => number,
): string {
  const points: string[] = [];
  const put = (i: number) =>
    points.push(`${x(step[i]!).toFixed(1)},${y(value[i]!).toFixed(1)}`);
  for (let i = 0; i < step.length;) {
    const pixel = Math.floor(x(step[i]!));
    let [least, most, end] = [i, i, i];
    for (; end < step.length && Math.floor(x(step[end]!)) === pixel; end++) {
      if (value[end]! < value[least]!) least = end;
      if (value[end]! > value[most]!) most = end;
    }
    if (least === most) put(i);
    else [least, most].sort((a, b) => a - b).forEach(put);
    i = end;
  }
  return points.length === 0 ? "" : `M${points.join("L")}`;
}

/** Round numbers in a range, no more than so many. */
export function ticksOf(low: number, high: number, most: number): number[] {
  const least = (high - low) / Math.max(1, most);
  const decade = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((part) => part * decade)
    .find((size) => size >= least)!;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from(
    { length: Math.max(0, count) },
    (_, i) => Number(((first + i) * step).toPrecision(6)),
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
