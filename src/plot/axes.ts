/** Axes: what they range over, and their ticks as a person writes them. */

import { logTicks } from "./theme.ts";

/** What an axis ranges over. */
export type AxisScale =
  | {
    readonly kind: "linear" | "log";
    readonly domain: readonly [number, number];
    /** values with a tick, and what it says; absent: round numbers */
    readonly ticks?: readonly (readonly [value: number, text: string])[];
  }
  | {
    /** evenly spaced texts, each with a tick */
    readonly kind: "steps";
    readonly texts: readonly string[];
  };

/** A number as people write it on an axis: 0.001, 500, 20k, 1.5M, 1e-5. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  const unit = UNITS.find(([, factor]) => size >= factor);
  const text = unit === undefined || size >= 1e12
    ? String(Number(value.toPrecision(6)))
    : `${Number((value / unit[1]).toPrecision(6))}${unit[0]}`;
  return text.replace(/^-/, "\u2212").replace("e-", "e\u2212");
}

const UNITS = [["G", 1e9], ["M", 1e6], ["k", 1e3]] as const;

/** Scale and axis of an encoding, as vega-lite calls them. */
export function axisOf(scale: AxisScale) {
  if (scale.kind === "steps") {
    return {
      type: "ordinal" as const,
      scale: { domain: [...scale.texts], padding: 0.4 },
      axis: { labelAngle: 0, grid: false },
    };
  }
  const { kind, domain } = scale;
  const ticks = scale.ticks ??
    (kind === "log"
      ? logTicks(domain).map((tick) => [tick, tickText(tick)] as const)
      : undefined);
  return {
    type: "quantitative" as const,
    scale: {
      type: kind,
      domain: [...domain],
      nice: false,
      ...kind === "linear" ? { zero: false } : {},
    },
    axis: {
      ...ticks === undefined ? {} : tickedAxis(ticks),
      ...{ grid: false, labelFlush: false, tickCount: 7 },
    },
  };
}

function tickedAxis(ticks: readonly (readonly [number, string])[]) {
  const texts = JSON.stringify(
    Object.fromEntries(ticks.map(([tick, text]) => [String(tick), text])),
  );
  return {
    values: ticks.map(([tick]) => tick),
    labelExpr: `${texts}[toString(datum.value)]`,
  };
}

/** Log where values span more than a factor of 4 and no two come close. */
export function isSpread(values: readonly number[]): boolean {
  const [low, high] = [values[0]!, values.at(-1)!];
  if (!(low > 0 && high > 4 * low)) return false;
  return values.slice(1).every((value, i) =>
    Math.log(value / values[i]!) > 0.09 * Math.log(high / low)
  );
}

/**
 * The axis of a setting: logarithmic where its values are numbers that spread
 * over a wide range, otherwise evenly spaced.
 *
 * @param texts as they are typed, by rising value
 */
export function settingScale(texts: readonly string[]): AxisScale {
  const numbers = texts.map(Number);
  if (!numbers.every(Number.isFinite) || !isSpread(numbers)) {
    return { kind: "steps", texts };
  }
  const [low, high] = [numbers[0]!, numbers.at(-1)!];
  const margin = (high / low) ** 0.07;
  return {
    kind: "log",
    domain: [low / margin, high * margin],
    ticks: texts.map((text, i) => [numbers[i]!, text]),
  };
}
