/** What a report reads of one run, whatever other runs there are. */

import { createHash } from "node:crypto";
import {
  finalsOf,
  SPLITS,
  VECTOR_COLUMN,
} from "../../../figures/quantities.ts";
import { type Settings, settingsOfRun } from "../../../figures/settings.ts";
import type { SourceRun } from "../../../figures/source_runs.ts";
import type { Table } from "../../../results/csv_table.ts";
import { testChose } from "../../../train/stopping.ts";
import {
  type CurveColumn,
  type Curves,
  floatsOf,
  type KlMap,
  type Picture,
  type Progress,
  type RuledEnd,
  type Split,
  TERMS,
} from "./record.ts";
import { meansAt, placesOf, thinned } from "./thin.ts";

/** A run, and what was read of it. */
export interface RunParts {
  readonly run: Pick<SourceRun, "name" | "path" | "status">;
  /** how far it is; null: at its end */
  readonly progress: Progress | null;
  readonly ended: RuledEnd | null;
  readonly settings: Settings;
  readonly finals: ReadonlyMap<string, number>;
  readonly curves: Readonly<Record<Split, Curves | null>>;
  readonly kl: KlMap | null;
  readonly pictures: readonly ReadPicture[];
  readonly provenance: readonly (readonly [string, string])[];
}

/** A picture of a run. */
export interface ReadPicture extends Picture {
  /** its file's name, without the extension */
  readonly kind: string;
  readonly hash: string;
}

/**
 * Reads a run.
 *
 * @param places of long curves, about
 * @throws {UserError} a table is damaged
 */
export async function partsOf(
  run: SourceRun,
  places: number,
  progress: Progress | null = null,
): Promise<RunParts> {
  const [test, train] = [
    await run.table(SPLITS.test),
    await run.table(SPLITS.train),
  ];
  return {
    run,
    progress,
    ended: ruledEnd(run),
    settings: settingsOfRun(run),
    finals: await finalsOf(run),
    curves: {
      test: curvesOf(test, places),
      train: curvesOf(train, places, TERMS),
    },
    kl: klMapOf(test),
    pictures: await picturesOf(run),
    provenance: provenanceOf(run.record),
  };
}

function ruledEnd({ ended, config }: SourceRun): RuledEnd | null {
  return ended === undefined
    ? null
    : { ...ended, isByTest: testChose(ended, config) };
}

/**
 * Columns of a table as curves; null: it has no row.
 *
 * @param wanted names of columns; absent: all but those of vectors
 */
export function curvesOf(
  table: Table | null,
  places: number,
  wanted?: readonly string[],
): Curves | null {
  const step = table?.columns.get("step");
  if (table === null || step === undefined || table.rows === 0) return null;
  const at = placesOf(table.rows, places);
  const isThin = at.length <= table.rows;
  const samples = table.columns.get("samples_seen") ?? step;
  const columns: Record<string, CurveColumn> = {};
  for (const { name, numbers, isNumeric } of table.columns.values()) {
    const isOwn = name === step.name || name === samples.name ||
      VECTOR_COLUMN.test(name);
    if (isOwn || !isNumeric || wanted?.includes(name) === false) continue;
    const { mean, low, high } = thinned(numbers, at);
    columns[name] = {
      mean: floatsOf(mean),
      ...isThin && { low: floatsOf(low), high: floatsOf(high) },
    };
  }
  const whole = (x: Float64Array) => meansAt(x, at).map(Math.round);
  return {
    steps: whole(step.numbers),
    samples: whole(samples.numbers),
    columns,
  };
}

/** Columns of a latent dimension each. */
const KL_COLUMN = /^kl_(\d+)$/;

/** As many places as a heat map has along the steps, and latent dimensions. */
const [MOST_STEPS, MOST_UNITS] = [80, 64];

/** The KL by latent dimension; null: the table has none. */
function klMapOf(table: Table | null): KlMap | null {
  const steps = table?.columns.get("step")?.numbers;
  if (!table || steps === undefined || table.rows === 0) return null;
  const units = [...table.columns.values()].flatMap(({ name, numbers }) => {
    const [, unit] = KL_COLUMN.exec(name) ?? [];
    return unit === undefined ? [] : [{ unit: Number(unit), kl: numbers }];
  }).sort((a, b) => b.kl.at(-1)! - a.kl.at(-1)! || a.unit - b.unit);
  if (units.length === 0) return null;
  const kept = units.slice(0, MOST_UNITS);
  const count = Math.min(table.rows, MOST_STEPS);
  const rows = Array.from(
    { length: count },
    (_, i) => Math.round((i + 1) * table.rows / count) - 1,
  );
  return {
    steps: rows.map((row) => steps[row]!),
    units: kept.map(({ unit }) => unit),
    unitsLeft: units.length - kept.length,
    isWhole: count === table.rows,
    values: floatsOf(rows.flatMap((row) => kept.map(({ kl }) => kl[row]!))),
  };
}

/** Pictures that experiments draw, the most telling first. */
const PICTURES = ["reconstructions", "manifold", "samples", "data"];

async function picturesOf(run: SourceRun): Promise<ReadPicture[]> {
  const outputs = Object.keys(Object(run.record["outputs"]))
    .filter((name) => name.endsWith(".png"))
    .map((name) => name.slice(0, -".png".length));
  const pictures: ReadPicture[] = [];
  for (const kind of new Set([...PICTURES, ...outputs])) {
    const bytes = await run.file(`${kind}.png`);
    const size = bytes && sizeOfPng(bytes);
    if (size === null) continue;
    const hash = createHash("sha256").update(bytes!).digest("hex");
    const url = `data:image/png;base64,${bytes!.toBase64()}`;
    pictures.push({ kind, hash: hash.slice(0, 16), url, ...size });
  }
  return pictures;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The pixels of a PNG, as its header says; null: it is none. */
function sizeOfPng(
  bytes: Uint8Array,
): { width: number; height: number } | null {
  const isPng = bytes.length > 24 &&
    SIGNATURE.every((byte, i) => bytes[i] === byte);
  if (!isPng) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Parts of run.json in the order in which readers ask for them. */
const FIRST = ["command", "git", "toolkit", "script", "data", "engine"];

/** What of run.json is said elsewhere. */
const NOT_SHOWN = ["version", "experiment", "run", "config", "streams"];

/** The leaves of a record, such as `git.commit`. */
function provenanceOf(
  record: Readonly<Record<string, unknown>>,
): [string, string][] {
  const leaves = (path: string, value: unknown): [string, string][] => {
    if (value === null || value === undefined) return [];
    if (typeof value !== "object" || Array.isArray(value)) {
      return [[
        path,
        typeof value === "string" ? value : JSON.stringify(value),
      ]];
    }
    return Object.entries(value)
      .flatMap(([key, inner]) => leaves(`${path}.${key}`, inner));
  };
  const rest = Object.keys(record).filter((key) =>
    !FIRST.includes(key) && !NOT_SHOWN.includes(key)
  );
  return [...FIRST, ...rest].flatMap((key) => leaves(key, record[key]));
}
