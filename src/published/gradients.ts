/** Gradients of the Gaussian toy, beside what the papers say of them. */

import type { TopLevelSpec } from "vega-lite";
import type { ToyGradient } from "../evaluate/gaussian_toy.ts";
import {
  type Panel,
  type Series,
  seriesFigure,
} from "../plot/series_figure.ts";
import { framed } from "../plot/theme.ts";
import { runNames } from "../results/run_place.ts";
import type { PublishedNumber } from "./comparison.ts";
import { againstExpected, type RunsOf } from "./obtained.ts";
import {
  type Measured,
  type Measurement,
  readMeasured,
  readMeasurement,
} from "./measurement.ts";

/** Of the draws, from whose spread the standard errors are. */
const BLOCKS = 10;

interface Found {
  readonly measurement: Measurement;
  readonly numbers: ReadonlyMap<string, Measured>;
}

/** The largest measurements, which differ in their seeds: rows, draws and k. */
async function largest({ folder, names }: RunsOf): Promise<Found[]> {
  const found: { path: string; measurement: Measurement }[] = [];
  for (const name of await runNames(folder)) {
    if (names?.has(name) === false) continue;
    const path = `${folder}/${name}`;
    const measurement = await readMeasurement(path);
    if (measurement !== null) found.push({ path, measurement });
  }
  const sizeOf = ({ measurement: { rows, draws, ks } }: {
    measurement: Measurement;
  }) => rows * draws * ks.at(-1)!;
  const most = Math.max(...found.map(sizeOf));
  return await Promise.all(
    found.filter((one) => sizeOf(one) === most)
      .map(async ({ path, measurement }) => ({
        measurement,
        numbers: await readMeasured(path),
      })),
  );
}

/**
 * The k from which on the slope of a gradient's signal to noise is fitted: the
 * decoder's over the last three powers of two, for its theorem is of large k.
 *
 * @param most the largest k, a power of two
 */
export function slopeStart(gradient: ToyGradient, most: number): number {
  return gradient === "decoder" ? most / 4 : 1;
}

/** What a paper says of the gradients. */
interface Claim {
  readonly setup: string;
  readonly quantity: string;
  readonly published: number;
  readonly isLeast: boolean;
  /** from the numbers of one measurement */
  readonly of: (number: (name: string) => Measured) => Measured;
}

/** What Rainforth et al. and Tucker et al. say, up to k. */
function claimsUpTo(most: number): Claim[] {
  const slope = (gradient: ToyGradient, setup: string) => ({
    setup,
    quantity: `slope of ln SNR against ln k, k = ${
      slopeStart(gradient, most)
    } to ${most}`,
    of: (number: (name: string) => Measured) => number(`slope_${gradient}`),
  });
  const bias = (gradient: string, setup: string, k: number) => ({
    setup,
    quantity: `bias over the bound's gradient, k = ${k}`,
    of: (number: (name: string) => Measured) => {
      const { value, standardError } = number(`relative_${gradient}_k${k}`);
      return { value: value - 1, standardError };
    },
  });
  const quieter = (setup: string, [one, other]: readonly [string, string]) => ({
    setup,
    quantity: `ln of the plain variance over that of dreg, k = ${most}`,
    published: 0,
    isLeast: true,
    of: (number: (name: string) => Measured) =>
      logRatio(
        number(`variance_${one}_k${most}`),
        number(`variance_${other}_k${most}`),
      ),
  });
  const [plain, dreg, stl] = [
    "encoder, plain gradient",
    "encoder, dreg",
    "encoder, STL",
  ];
  return [
    {
      ...slope("decoder", "decoder, plain gradient"),
      ...{ published: 0.5, isLeast: false },
    },
    { ...slope("encoder", plain), published: -0.5, isLeast: false },
    { ...slope("encoder-dreg", dreg), published: 0, isLeast: true },
    ...[8, most].flatMap((k) => [
      { ...bias("encoder-dreg", dreg, k), published: 0, isLeast: false },
      { ...bias("encoder-stl", stl, k), published: BIASED, isLeast: true },
    ]),
    quieter(dreg, ["encoder", "encoder-dreg"]),
    quieter("encoder, RWS and its dreg", ["encoder-rws", "encoder-rws-dreg"]),
  ];
}

/** What a bias is at least: a tenth, which is what verdicts count in. */
const BIASED = 0.1;

/** ln of a ratio, with the error that it has where the two are independent. */
function logRatio(one: Measured, other: Measured): Measured {
  return {
    value: Math.log(one.value / other.value),
    standardError: Math.hypot(
      one.standardError / one.value,
      other.standardError / other.value,
    ),
  };
}

/**
 * What papers say of the gradients, and the largest measurements: over their
 * seeds, or of one seed by its blocks of draws.
 *
 * @param from of exp:gradient-snr
 * @throws {UserError} a measurement is damaged
 */
export async function compareGradients(
  from: RunsOf,
): Promise<PublishedNumber[]> {
  const found = await largest(from);
  const [first] = found;
  if (first === undefined) return [];
  return claimsUpTo(first.measurement.ks.at(-1)!).flatMap(
    (claim): PublishedNumber[] => {
      const { setup, quantity, published, isLeast } = claim;
      const measured = found.map(({ numbers }) =>
        claim.of((name) => numbers.get(name) ?? MISSING)
      );
      // Earlier versions measured less.
      if (measured.some(({ value }) => Number.isNaN(value))) return [];
      return [{
        ...{ setup, quantity, scale: "0.1", isLeast },
        ...heldAgainst(published, measured),
        origins: found.map(({ measurement: { seed, git, draws } }) => ({
          ...{ seed, ...git, budget: draws, engine: "none" },
        })),
      }];
    },
  );
}

const MISSING: Measured = { value: NaN, standardError: NaN };

function heldAgainst(published: number, measured: readonly Measured[]) {
  if (measured.length > 1) {
    return againstExpected(
      measured.map(({ value }) => value),
      measured.map(() => published),
    );
  }
  const { value, standardError } = measured[0]!;
  return {
    published,
    obtained: value,
    difference: {
      ...{ mean: value - published, standardError },
      degreesOfFreedom: BLOCKS - 1,
    },
  };
}

/** The encoder's gradients, by their names in the figure. */
const DRAWN: Readonly<Record<string, string>> = {
  "encoder": "bound L_k (IWAE)",
  "encoder-stl": "STL",
  "encoder-dreg": "DReG",
  "encoder-rws": "wake-sleep (RWS)",
  "encoder-rws-dreg": "RWS with DReG",
};

/**
 * Signal to noise, bias and variance of the encoder's gradients against k, of
 * the largest measurements; null where there is none.
 *
 * @param from of exp:gradient-snr
 * @throws {UserError} a measurement is damaged
 */
export async function gradientsFigure(
  from: RunsOf,
): Promise<TopLevelSpec | null> {
  const found = await largest(from);
  const ks = found[0]?.measurement.ks ?? [];
  const seriesOf = (name: string, gradients: readonly string[], less = 0) =>
    gradients.map((gradient): Series => ({
      colour: DRAWN[gradient]!,
      ...{ dash: "", isMean: true },
      points: ks.flatMap((k) => {
        const values = found.map(({ numbers }) =>
          (numbers.get(`${name}_${gradient}_k${k}`) ?? MISSING).value - less
        ).filter(Number.isFinite);
        if (values.length < found.length) return [];
        const mean = values.reduce((sum, value) => sum + value, 0) /
          values.length;
        const band = [Math.min(...values), Math.max(...values)] as const;
        return [{ x: k, y: mean, ...values.length > 1 && { band } }];
      }),
    }));
  const names = Object.keys(DRAWN);
  const series = {
    snr: seriesOf("snr", names),
    bias: seriesOf("relative", ["encoder-stl", "encoder-dreg"], 1),
    variance: seriesOf("variance", names),
  };
  if (series.bias.every(({ points }) => points.length === 0)) return null;
  const panels: Panel[] = [
    {
      yTitle: "signal to noise, |E g| / sd g",
      y: { kind: "log", domain: rangeOf(valuesOf(series.snr), 1.3) },
      series: series.snr,
    },
    {
      yTitle: "relative bias",
      y: { kind: "linear", domain: framed(valuesOf(series.bias)) },
      series: series.bias,
    },
    {
      yTitle: "variance",
      y: { kind: "log", domain: rangeOf(valuesOf(series.variance), 2) },
      series: series.variance,
    },
  ];
  return seriesFigure({
    title: "Gradients of an encoder against the importance samples",
    subtitle:
      "The Gaussian toy of Rainforth et al. 2018, with the estimators " +
      "of Tucker et al. 2018; the mean over seeds, and their range",
    notes: [],
    xTitle: "importance samples k",
    x: { kind: "log", domain: [ks[0]!, ks.at(-1)!] },
    panels,
    colours: { entries: Object.values(DRAWN) },
    dashes: [""],
  }, { width: 900, panelWidth: 230, columns: 3 });
}

/** What the points and the bands of series reach. */
function valuesOf(series: readonly Series[]): number[] {
  return series.flatMap(({ points }) =>
    points.flatMap(({ y, band }) => band ?? [y])
  );
}

/** The range of values on a logarithmic axis, and a factor beyond. */
function rangeOf(values: readonly number[], factor: number): [number, number] {
  return [Math.min(...values) / factor, Math.max(...values) * factor];
}
