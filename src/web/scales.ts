/** Scales of the page's charts: values to pixels and back, and their ticks. */

import { type AxisScale, tickText } from "../plot/axes.ts";
import { logTicks } from "../plot/theme.ts";

/** A tick, and what it says. */
export type Tick = readonly [value: number, text: string];

/** Values along an axis of numbers, in pixels. */
export interface Scale {
  readonly domain: readonly [number, number];
  /** The pixel of a value. */
  readonly at: (value: number) => number;
  /** The value at a pixel. */
  readonly valueAt: (pixel: number) => number;
  readonly ticks: readonly Tick[];
}

/** An axis of numbers. */
export type NumberAxis = Extract<
  AxisScale,
  { readonly kind: "linear" | "log" }
>;

/**
 * A scale. A logarithmic one is of values of one sign: those below zero, as
 * ELBOs are, by the logarithm of their size.
 *
 * @param range pixels of both ends
 * @param count of ticks, about
 */
export function scaleOf(
  { kind, domain, ticks }: NumberAxis,
  range: readonly [number, number],
  count: number,
): Scale {
  const sign = domain[1] < 0 ? -1 : 1;
  const [into, from] = kind === "log"
    ? [
      (value: number) => sign * Math.log(Math.max(sign * value, 1e-300)),
      (place: number) => sign * Math.exp(sign * place),
    ]
    : [(value: number) => value, (place: number) => place];
  const [low, high] = [into(domain[0]), into(domain[1])];
  const perUnit = (range[1] - range[0]) / (high - low || 1);
  return {
    domain,
    at: (value) => range[0] + (into(value) - low) * perUnit,
    valueAt: (pixel) => from(low + (pixel - range[0]) / perUnit),
    ticks: ticks ?? roundTicks(kind, domain, count),
  };
}

/** Fewer would not tell how a logarithmic axis goes. */
const FEWEST = 3;

/** Round numbers of a domain. */
function roundTicks(
  kind: "linear" | "log",
  [low, high]: readonly [number, number],
  count: number,
): Tick[] {
  const logs = kind === "linear"
    ? []
    : high < 0
    ? logTicks([-high, -low]).map((value) => -value).reverse()
    : logTicks([low, high]);
  const values = logs.length < FEWEST ? linearTicks(low, high, count) : logs;
  const every = Math.ceil(values.length / (2 * count));
  return values.filter((_, i) => i % every === 0)
    .map((value) => [value, tickText(value)]);
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0 && rough < Infinity)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const ticks: number[] = [];
  for (let i = first; i * step <= high + 1e-9 * step; i++) ticks.push(i * step);
  return ticks;
}
