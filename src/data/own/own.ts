/** Data of the user's own, from files or from a script, ready for runs. */

import { createHash } from "node:crypto";
import { UserError } from "../../errors.ts";
import { type Dataset, type Examples, requireObserved } from "../dataset.ts";
import { classLabel, type Label, labelOfTexts, realLabel } from "../labels.ts";
import { notesOf } from "./notes.ts";
import { rangeOf, type ValueKind } from "./range.ts";
import { readSource, stampOf, stemOf } from "./read.ts";
import { type Scale, scaleSplits } from "./scale.ts";
import {
  formatShape,
  type Missing,
  product,
  refuse,
  type Selection,
  type Sheet,
} from "./sheet.ts";
import { split } from "./split.ts";

/** How a file becomes data: its settings, as flags have them. */
export interface OwnSettings extends Selection {
  /** how values are scaled */
  readonly scale: Scale;
  /** the shape of the image that a row is; null: the file's, if it says one */
  readonly image: Dataset["image"];
  /** the part of the rows that is for tests, where there is no test file */
  readonly testFraction: number;
}

/** What a run's config has of own data: all that its numbers depend on. */
export interface OwnFacts extends OwnSettings {
  /** of the file, without folder and ending, or as the script has it */
  readonly name: string;
  /** SHA-256 (hex) of the values of both splits, after scaling */
  readonly sha256: string;
  /** values in a row */
  readonly dim: number;
  /** rows for training */
  readonly train: number;
  /** rows for tests */
  readonly test: number;
  /** grey levels, {0, 1}, numbers in [0, 1], or any */
  readonly values: ValueKind;
  /** SHA-256 (hex) of the labels; absent: the numbers do not depend on them */
  readonly labelsSha256?: string | undefined;
}

/** The settings alone, in one order of keys. */
export function settingsOf(
  { columns, labels, scale, image, testFraction, resize, missing }: OwnSettings,
): OwnSettings {
  const always = { columns, labels, scale, image, testFraction };
  return { ...always, ...resize && { resize }, ...missing && { missing } };
}

/** Data of the user's own. */
export interface OwnData {
  /** what configs of runs have of them */
  readonly facts: OwnFacts;
  /** the rows of both splits */
  readonly dataset: Dataset;
  /** names of the files, without folders; none of a script */
  readonly files: readonly string[];
  /** what the data are, a line each */
  readonly notes: readonly string[];
  /** the smallest and the largest value */
  readonly range: { readonly min: number; readonly max: number };
}

/** The part of the rows for tests where nothing else is asked for. */
export const TEST_FRACTION = 0.1;

/** Settings of data that a script makes. */
const PLAIN: Omit<OwnSettings, "image"> = {
  columns: null,
  labels: null,
  scale: "none",
  testFraction: TEST_FRACTION,
};

/** How `--data` names data of a script. */
const SCRIPT = "script:";

/** Data that are in memory, by path and settings, or by a script's name. */
const opened = new Map<string, OwnData>();

/** What `--data` calls data that the running script has; undefined: none. */
export function offeredAs(name: string): string | undefined {
  return opened.has(SCRIPT + name) ? SCRIPT + name : undefined;
}

/** Offers a script's data to `--data`. @returns what names them there */
export function offer(data: OwnData): string {
  const path = SCRIPT + data.facts.name;
  opened.set(path, data);
  return path;
}

/**
 * Data of a file or a folder, read once for each of the settings.
 *
 * @param path of a file, of a folder, or what {@linkcode offer} returned
 * @param options.seed of the split
 * @throws {UserError} there is none, or they cannot be used
 */
export function openOwn(
  path: string,
  options: OwnSettings & { readonly seed: number },
): OwnData {
  const { image, seed } = options;
  const settings = settingsOf(options);
  const isScript = path.startsWith(SCRIPT);
  const stamp = isScript ? null : stampOf(path);
  const keyOf = (settings: OwnSettings) =>
    isScript ? path : JSON.stringify([path, stamp, settings, seed]);
  const key = keyOf(settings);
  const data = opened.get(key) ?? fromFile(path, settings, seed);
  const known = settingsOf(data.facts);
  const asked = settingsOf({
    ...settings,
    image: image ?? known.image,
    missing: settings.missing ?? known.missing,
  });
  if (JSON.stringify(asked) !== JSON.stringify(known)) {
    throw new UserError(
      `data ${data.facts.name}: the script has their columns, labels, scale, ` +
        "image and split; leave those flags out",
    );
  }
  opened.set(key, data);
  // A run's config has the image that the file says.
  opened.set(keyOf(known), data);
  return data;
}

function fromFile(path: string, settings: OwnSettings, seed: number): OwnData {
  if (path.startsWith(SCRIPT)) {
    throw new UserError(
      `--data ${path}: these data are made by a script; repeat its command`,
    );
  }
  const { sheets, files } = readSource(path, settings);
  const isSplit = !("count" in sheets);
  if (isSplit && settings.testFraction !== TEST_FRACTION) {
    refuse(
      path,
      `--test-fraction ${settings.testFraction}: the data have their own ` +
        "test split; leave the flag out",
    );
  }
  const { train, test } = isSplit
    ? sheets
    : split(sheets, settings.testFraction, seed, path);
  const { shape } = train;
  if (test.columns?.join() !== train.columns?.join()) {
    refuse(path, "train and test have columns of other names");
  }
  if (formatShape(test.shape) !== formatShape(shape)) {
    refuse(
      path,
      `rows of train are ${formatShape(shape)}, of test ` +
        formatShape(test.shape),
    );
  }
  const dim = product(shape);
  const image = imageOf(shape, settings.image, path);
  const { missing } = settings;
  if (missing === "mask" && image !== null) {
    refuse(path, `--missing ${missing}: it is of tables, not of images`);
  }
  const splits = {
    train: examplesOf(train, dim, missing),
    test: examplesOf(test, dim, missing),
  };
  const columns = train.columns ?? undefined;
  requireObserved({ train: splits.train, ...columns && { columns } }, path);
  const { units, ...scaled } = scaleSplits(
    splits,
    settings.scale,
    image !== null,
  );
  return ownData(
    {
      name: labelOf(stemOf(path)),
      image,
      ...scaled,
      ...units && { units },
      columns: train.columns,
      hasHeader: train.hasHeader,
      ...(train.labels && test.labels && {
        labels: [labelOfTexts(settings.labels!, train.labels, test.labels)],
      }),
    },
    { ...settings, image },
    files,
  );
}

/** Only letters, digits, `_` and `-`, for the names of folders. */
function labelOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+/, "")
    .slice(0, 40) || "data";
}

function examplesOf(
  { count, values }: Sheet,
  dim: number,
  missing: Missing | undefined,
): Examples {
  return { count, dim, values, ...missing === "mask" && { masked: true } };
}

/** As flags have it, such as `28x28x1`. */
export function formatImage(
  { height, width, channels = 1 }: NonNullable<Dataset["image"]>,
): string {
  return formatShape([height, width, channels]);
}

/** The image that a row is. @throws {UserError} its sizes do not fit */
function imageOf(
  shape: readonly number[],
  asked: Dataset["image"],
  path: string,
): Dataset["image"] {
  const [height, width, channels = 1] = shape.length === 1 ? [] : shape;
  if (height === undefined || width === undefined) {
    if (asked === null) return null;
    const { height, width, channels = 1 } = asked;
    if (height * width * channels === product(shape)) return asked;
    return refuse(
      path,
      `--image ${formatImage(asked)}: a row has ${product(shape)} values`,
    );
  }
  const own = { height, width, channels };
  if (asked !== null && formatImage(asked) !== formatImage(own)) {
    refuse(
      path,
      `--image ${formatImage(asked)}: its images are ${formatImage(own)}`,
    );
  }
  return own;
}

/** What {@linkcode ownData} makes data of. */
interface Parts
  extends Pick<Dataset, "image" | "train" | "test" | "labels" | "units"> {
  readonly name: string;
  readonly columns?: readonly string[] | null;
  readonly hasHeader?: boolean | undefined;
}

function ownData(
  { name, image, columns = null, labels, units, train, test, hasHeader }: Parts,
  settings: OwnSettings,
  files: readonly string[],
): OwnData {
  const { dim } = train;
  const range = rangeOf([train, test]);
  const hash = createHash("sha256");
  const sized = { image, dim, counts: [train.count, test.count] };
  hash.update(JSON.stringify(sized));
  for (const { values } of [train, test]) {
    hash.update(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }
  const sha256 = hash.digest("hex");
  const facts: OwnFacts = {
    name,
    ...settings,
    image,
    ...{ dim, train: train.count, test: test.count, values: range.kind },
    sha256,
  };
  return {
    facts,
    files,
    range,
    notes: notesOf(
      {
        ...{ name, image, train, test, columns, labels, hasHeader },
        scale: settings.scale,
      },
      range,
    ),
    dataset: {
      ...{ name, dim, image, train, test, sha256 },
      ...columns && { columns },
      ...labels && { labels },
      ...units && { units },
    },
  };
}

/** Data that a script made. */
export interface ScriptData {
  /** of run folders: letters, digits, `_` and `-` */
  readonly name: string;
  /** the shape of the image that a row is; none if absent */
  readonly image?: Dataset["image"];
  /** bytes are grey levels, a byte b the pixel b / 255; floats are themselves */
  readonly train: Examples;
  /** rows for tests */
  readonly test: Examples;
  /** by name: classes as words, or numbers, one for each row; none if absent */
  readonly labels?: Readonly<Record<string, ScriptLabel>>;
}

/** A label as a script gives it. */
export interface ScriptLabel {
  /** of the train rows */
  readonly train: readonly string[] | readonly number[];
  /** of the test rows */
  readonly test: readonly string[] | readonly number[];
}

/** @throws {UserError} not a word, or a finite number, for each row */
function labelOfScript(
  name: string,
  { train, test }: ScriptLabel,
  counts: readonly [train: number, test: number],
): Label {
  const where = `label ${name}`;
  for (const [i, split] of (["train", "test"] as const).entries()) {
    const { length } = [train, test][i]!;
    if (length === counts[i]) continue;
    refuse(where, `${length} values for ${counts[i]} ${split} rows`);
  }
  const all: readonly (string | number)[] = [...train, ...test];
  if (all.every((value) => typeof value === "string")) {
    return classLabel(name, train.map(String), test.map(String));
  }
  if (all.every((value) => Number.isFinite(value))) {
    return realLabel(name, train.map(Number), test.map(Number));
  }
  return refuse(where, "neither words alone nor finite numbers alone");
}

/**
 * Data that a script made, for `main({ ...experiment, data }, ...)`: the config
 * of each run then has their name, their size and their hash, and
 * `loadDataset(config, run.source)` gives them.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dataset } from "./own.ts";
 *
 * const split = { count: 2, dim: 3, values: Float32Array.of(1, 2, 3, 4, 5, 6) };
 * const data = dataset({ name: "mine", train: split, test: split });
 * assertEquals(data.facts.values, "reals");
 * ```
 *
 * @throws {UserError} the name does not suit a folder, labels do not fit, or
 *   values may be missing in one split alone, or in images
 */
export function dataset(
  { name, image = null, train, test, labels = {} }: ScriptData,
): OwnData {
  if (labelOf(name) !== name) {
    throw new UserError(
      `dataset ${JSON.stringify(name)}: a name has up to 40 letters, digits, ` +
        "_ and -, and no - at its start",
    );
  }
  if (train.masked !== test.masked || train.masked && image !== null) {
    refuse(`dataset ${name}`, "masked is of both splits, and of no images");
  }
  requireObserved({ train }, `dataset ${name}`);
  const counts = [train.count, test.count] as const;
  const all = Object.entries(labels)
    .map(([name, values]) => labelOfScript(name, values, counts));
  return ownData(
    { name, image, train, test, ...all.length > 0 && { labels: all } },
    { ...PLAIN, image, ...train.masked && { missing: "mask" } },
    [],
  );
}
