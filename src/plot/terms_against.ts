/**
 * The terms of the ELBO against a swept value, as a vega-lite specification.
 */

import type { TopLevelSpec } from "vega-lite";
import { COLOURS, CONFIG, framed, type Heading, SCHEMA } from "./theme.ts";

/** The quantity along the x axis of {@linkcode termsAgainst}. */
export interface SweptAxis {
  /** name of the swept quantity, such as "latent dimension" */
  readonly name: string;
  /** values that have a tick even where no row has them */
  readonly values?: readonly number[];
}

/** The terms of one trained run. */
export interface TermsRow {
  /** the swept value; texts stand in the order of the rows */
  readonly x: number | string;
  /** seed of the run */
  readonly seed: number;
  /** nats per datapoint */
  readonly elbo: number;
  /** nats per datapoint */
  readonly reconstruction: number;
  /** nats per datapoint */
  readonly kl: number;
}

/**
 * ELBO, reconstruction and KL on the test split against a swept value: three
 * panels, one mark per seed, and a line through the means over the seeds.
 *
 * The x axis is logarithmic where the values span a wide range and their ticks
 * do not overlap; otherwise the values are evenly spaced. Terms that are not
 * finite are left out, also from the means.
 *
 * @param rows one per trained run
 * @throws {RangeError} no rows, or a swept value that is not finite
 */
export function termsAgainst(
  axis: SweptAxis,
  rows: readonly TermsRow[],
  { title, subtitle }: Heading,
): TopLevelSpec {
  if (rows.length === 0) throw new RangeError("no rows to draw");
  const values = valuesAlong(axis, rows);
  const seeds = new Set(rows.map((row) => row.seed)).size;
  const x = {
    field: "x",
    title: axis.name,
    ...areNumbers(values) && isLogarithmic(values)
      ? {
        type: "quantitative" as const,
        scale: {
          type: "log" as const,
          domain: [values[0]!, values.at(-1)!],
          nice: false,
          padding: 16,
        },
        axis: { values, format: "~r", grid: false },
      }
      : {
        type: "ordinal" as const,
        scale: { type: "point" as const, domain: values, padding: 0.5 },
        axis: { labelAngle: 0 },
      },
  };

  const panel = (field: "elbo" | "reconstruction" | "kl", name: string) => {
    const finite = rows.filter((row) => Number.isFinite(row[field]));
    const y = {
      field,
      type: "quantitative" as const,
      title: `${name} (nats per datapoint)`,
      scale: { domain: framed(finite.map((row) => row[field])), nice: true },
      axis: { tickCount: 6 },
    };
    return {
      width: 225,
      height: 280,
      data: {
        values: finite.map((row) => ({ x: row.x, [field]: row[field] })),
      },
      layer: [
        {
          mark: { type: "line" as const, strokeWidth: 2, strokeOpacity: 0.5 },
          encoding: { x, y: { ...y, aggregate: "mean" as const } },
        },
        {
          mark: { type: "point" as const, size: 44, strokeWidth: 1.5 },
          encoding: { x, y },
        },
      ],
    };
  };
  return {
    $schema: SCHEMA,
    config: { ...CONFIG, mark: { color: COLOURS[0]! } },
    title: {
      text: title,
      subtitle: [
        ...subtitle === undefined ? [] : [subtitle],
        seeds === 1
          ? "test split; one seed"
          : `test split; circles: ${seeds} seeds; line: mean over seeds`,
      ],
    },
    spacing: 32,
    hconcat: [
      panel("elbo", "ELBO"),
      panel("reconstruction", "reconstruction"),
      panel("kl", "KL"),
    ],
  };
}

function areNumbers(values: readonly unknown[]): values is number[] {
  return values.every((value) => typeof value === "number");
}

/** @throws {RangeError} a number is not finite */
function valuesAlong(
  { name, values = [] }: SweptAxis,
  rows: readonly TermsRow[],
): (number | string)[] {
  const all = [...new Set([...values, ...rows.map(({ x }) => x)])];
  if (!areNumbers(all)) return all.map(String);
  if (all.every(Number.isFinite)) return all.sort((a, b) => a - b);
  throw new RangeError(`a ${name} is not finite: ${all.join(", ")}`);
}

/** Log where values span more than a factor of 4 and no two come close. */
function isLogarithmic(values: readonly number[]): boolean {
  const [low, high] = [values[0]!, values.at(-1)!];
  if (!(low > 0 && high > 4 * low)) return false;
  return values.slice(1).every((value, i) =>
    Math.log(value / values[i]!) > 0.09 * Math.log(high / low)
  );
}
