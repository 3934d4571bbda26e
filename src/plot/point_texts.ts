/** Texts beside points, where there is room for all of them. */

import type { AxisScale } from "./axes.ts";
import { textWidth } from "./text_lines.ts";

/** How a text stands beside its point, in units of the SVG. */
export const POINT_TEXT = {
  type: "text" as const,
  align: "left" as const,
  baseline: "bottom" as const,
  ...{ dx: 5, dy: -3, fontSize: 10, color: "#222222" },
};

/** Points of a panel that texts may stand beside. */
export interface LabelledPanel {
  readonly y: AxisScale;
  readonly series: readonly {
    readonly points: readonly {
      readonly x: number | string;
      readonly y: number;
      readonly text?: string;
    }[];
  }[];
}

/** Half of what a point takes. */
const RADIUS = 3;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Whether a text beside a point of a panel would lie upon another, or upon a
 * point that is not its own.
 *
 * @param size of the panel's frame
 */
export function textsCollide(
  { series, y: yScale }: LabelledPanel,
  xScale: AxisScale,
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  const boxes = series.flatMap(({ points }) => points).map((point) => {
    const x = width * along(xScale, point.x);
    const y = height * (1 - along(yScale, point.y));
    return {
      own: boxAround(x, y),
      text: point.text === undefined ? null : boxOfText(x, y, point.text),
    };
  });
  return boxes.some(({ text }, i) =>
    text !== null && boxes.some((other, j) =>
      i !== j &&
      (overlap(text, other.own) ||
        other.text !== null && overlap(text, other.text))
    )
  );
}

/** How far along an axis a value is, from 0 to 1. */
function along(scale: AxisScale, value: number | string): number {
  if (scale.kind === "steps") {
    return (scale.texts.indexOf(String(value)) + 0.5) / scale.texts.length;
  }
  const of = (at: number) => scale.kind === "log" ? Math.log(at) : at;
  const [low, high] = scale.domain.map(of) as [number, number];
  return (of(Number(value)) - low) / (high - low);
}

function boxAround(x: number, y: number): Box {
  const [left, right, top, bottom] = [
    x - RADIUS,
    x + RADIUS,
    y - RADIUS,
    y + RADIUS,
  ];
  return { left, right, top, bottom };
}

function boxOfText(x: number, y: number, text: string): Box {
  const { dx, dy, fontSize } = POINT_TEXT;
  const [left, bottom] = [x + dx, y + dy];
  const right = left + textWidth(text, fontSize);
  return { left, right, top: bottom - fontSize, bottom };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom &&
    b.top < a.bottom;
}
