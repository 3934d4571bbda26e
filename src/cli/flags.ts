/** What a command asks for beside its runs' configs: a row for each flag. */

import { z } from "zod";
import { type ConfigOf, field, type Fields } from "../config/field.ts";
import {
  integer,
  MOST,
  orWord,
  text,
  type Value,
  word,
} from "../config/value.ts";
import { type DatasetChoice, datasetRow, DATASETS } from "../data/load.ts";
import { type BackendChoice, BACKENDS } from "../engine/backend.ts";
import { type EngineChoice, ENGINES } from "../engine/open_engine.ts";
import type { Tile } from "../engine/webgpu/tiles.ts";
import { formatTile, parseTile } from "../engine/webgpu/tiles.ts";
import { CELL, CELL_HELP, type SweepCell } from "./cell.ts";
import { inProject } from "./place.ts";

/** Texts by flag, as they would be typed. */
export type Defaults = Readonly<Record<string, string>>;

/**
 * Whether users may give a flag, beside those that an experiment sets. One of a
 * single data set takes no others.
 */
export function isOffered(flag: string, fixed: Defaults): boolean {
  return !(flag in fixed) && !(flag === "data" && "dataset" in fixed);
}

/** What effects of flags depend on. */
interface Context extends DatasetChoice {
  readonly engine: EngineChoice;
}

/** What `--data-dir` is, in the help of every task. */
export const DATA_DIR_HELP: string = `where the files of ${
  DATASETS.filter((name) => datasetRow({ dataset: name }).folder !== null).join(
    ", ",
  )
} are`;

const TILES: Value<Tile> = {
  placeholder: "SHAPE",
  expected: "ROWSxFOURS/ACROSSxDOWN: rows, a multiple of 4, and fours of " +
    "columns of an invocation, and invocations of a workgroup; or " +
    "4x1/ACROSSxDOWN/PARTSxDEPTH: 1 or 4 parts side by side, and the depth of " +
    "a chunk, a multiple of 4, ACROSS and DOWN",
  schema: () => z.custom<Tile>((tile) => tile !== undefined),
  parse: (text) => parseTile(text) ?? undefined,
  write: formatTile,
};

/** A flag that may be left out. */
const maybe = <T>(value: Value<T>): Value<T | undefined> => ({
  ...value,
  schema: () => value.schema().optional(),
  write: (typed) => typed === undefined ? null : value.write(typed),
});

const absent = (help: string) => ({ help, of: () => undefined });

const OPTIONS = {
  variant: field<string | undefined>("variant", {
    value: maybe(text("NAME")),
    help: "which of an experiment's published set-ups",
    default: absent("the only one"),
  }),
  engine: field<EngineChoice>("engine", {
    value: word(ENGINES),
    help:
      "what trains and evaluates: auto (webgpu on WebGPU, wasm on the CPU, " +
      "where they can), reference (tfjs ops on the backend), wasm (the same " +
      "bits on every machine), webgpu (kernels on the GPU)",
    default: "auto",
  }),
  /** of the webgpu engine; null: see `TileChoice` */
  tiles: field<Tile | null, Context>("tiles", {
    value: orWord(TILES, { auto: null }),
    help: "webgpu: ROWSxFOURS/ACROSSxDOWN, sums of an invocation and " +
      "invocations of a workgroup, for GPUs also /PARTSxDEPTH, or auto, " +
      "measured on the device; only with or without PARTS changes bits",
    default: "auto",
    noEffect: ({ engine }) =>
      engine === "webgpu" || engine === "auto"
        ? undefined
        : `with --engine ${engine}; use --engine webgpu`,
  }),
  /** runs in the same dispatches; null: as many as suit the adapter */
  batchRuns: field<number | null>("batch-runs", {
    value: orWord(integer(1, MOST), { auto: null }),
    help:
      "webgpu: runs trained in the same dispatches where they differ only " +
      "in latent dimension, seed and evaluations; auto: as many as fit, one " +
      "on a software adapter; changes no number",
    default: "auto",
  }),
  backend: field<BackendChoice>("backend", {
    value: word(BACKENDS),
    help: "tfjs backend, for the reference engine and pictures: auto (WebGPU " +
      "on a hardware adapter, else wasm), webgpu, wasm (tfjs's, not --engine " +
      "wasm), cpu; with the last two --engine auto takes the reference",
    default: "auto",
  }),
  out: field<string>("out", {
    value: text("DIR"),
    help: "where results go",
    default: { help: "results", of: () => inProject("results") },
  }),
  /** where data sets are; undefined: they are downloaded */
  dataDir: field<string | undefined, Context>("data-dir", {
    value: maybe(text("DIR")),
    help: DATA_DIR_HELP,
    default: absent("data/, filled by download"),
    noEffect: ({ dataset, own }) =>
      own !== undefined
        ? "with data of your own; leave it out"
        : datasetRow({ dataset }).folder === null
        ? `with --dataset ${dataset}, which has no files; leave it out`
        : undefined,
  }),
  /** undefined: a data set by name */
  data: field<string | undefined>("data", {
    value: maybe(text("PATH")),
    help: "your own data: a file or folder, see data/README.md",
    default: absent("none"),
  }),
  checkpointEvery: field<number>("checkpoint-every", {
    value: integer(1),
    help: "steps between checkpoints; the last step always has one",
    default: "100",
  }),
  /** undefined: as many as suit the backend */
  jobs: field<number | undefined>("jobs", {
    value: maybe(integer(1, MOST)),
    help: "runs trained side by side, in workers; changes no number",
    default: absent("one for each core if the backend is on the CPU, else 1"),
  }),
  /** undefined: all runs, with what is made of them */
  cell: field<SweepCell | undefined>("cell", {
    value: maybe(CELL),
    help: CELL_HELP,
    default: absent("all runs"),
  }),
  /** undefined: the command alone says what the cells are */
  sweepFile: field<string | undefined, { readonly cell: unknown }>(
    "sweep-file",
    {
      value: maybe(text("FILE")),
      help: "refuse a cell where FILE, which submit wrote, has other runs",
      default: absent("none"),
      noEffect: ({ cell }) =>
        cell === undefined ? "without --cell; leave it out" : undefined,
    },
  ),
};

/** What a command asks for beside its runs' configs. */
export interface Options extends ConfigOf<typeof OPTIONS> {}

/** A row for each of its flags. */
export const OPTION_FIELDS: Fields<Options, Options & Context> = OPTIONS;

/** Flags without a value. */
export const SWITCHES = {
  "fresh":
    "start over, even where a run is finished or has a checkpoint, unless its " +
    "config differs",
  "require-clean": "refuse to run source that differs from its commit",
  "check":
    "compare with what was published: exit code 1 where a number differs, " +
    "or none is decided (experiments of published set-ups)",
  "gather":
    "train nothing: write the summary and the figures of the runs that are " +
    "there, and name those that are not (exit code 1)",
  "list":
    "print of each run how far it is and about how long it will take, and " +
    "write nothing",
  "json": "with --list: one JSON value, for programs",
  "quiet": "print nothing but warnings and errors",
  "help": "print this",
} as const;

/** Which of them are given. */
export type Switches = Readonly<Record<keyof typeof SWITCHES, boolean>>;
