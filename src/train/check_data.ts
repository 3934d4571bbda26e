/** Checks of data where they enter: minibatches, models and results. */

import {
  type Dataset,
  type Examples,
  requireObserved,
} from "../data/dataset.ts";
import { UserError } from "../errors.ts";
import { familyOf } from "../model/likelihood/families.ts";
import type { Support } from "../model/likelihood/family.ts";
import type { RunConfig } from "./config.ts";

/** What the values of a likelihood must be; undefined: any finite number. */
const WANTED: Readonly<
  Record<
    Support,
    { readonly holds: (value: number) => boolean; readonly text: string } | null
  >
> = {
  bits: { holds: isUnit, text: "in [0, 1]" },
  unit: { holds: isUnit, text: "in [0, 1]" },
  levels: {
    holds: (value) => isUnit(value) && isWhole(255 * value),
    text: "one of the 256 levels 0, 1/255, ..., 1",
  },
  reals: null,
};

function isUnit(value: number): boolean {
  return value >= 0 && value <= 1;
}

/** Up to the rounding of a level to float32. */
function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-4;
}

/** What was checked before: the values may be many, and never change. */
const checked = new WeakMap<Examples["values"], Set<Support>>();

/**
 * Checks data against themselves and against the likelihood of a config.
 *
 * @throws {UserError} lengths, dimensions or the image do not fit, a value is
 *   not finite or not of the likelihood, or one is missing in all train rows
 */
export function checkData(
  data: Dataset,
  { likelihood, condition }: Pick<RunConfig, "likelihood" | "condition">,
): void {
  const { name, dim, image, train, test, validation } = data;
  if ((condition === undefined) !== (train.condition === undefined)) {
    throw new UserError(
      `data ${name}: loaded ${train.condition ? "with" : "without"} the ` +
        "labels that a model is given, and the config is not; load the data " +
        "with the config itself",
    );
  }
  const { height = dim, width = 1, channels = 1 } = image ?? {};
  if (height * width * channels !== dim) {
    throw new UserError(
      `data ${name}: an image of ${height}x${width}x${channels} has ` +
        `${height * width * channels} values, and a row has ${dim}; correct ` +
        "the image, or leave it out",
    );
  }
  const { support } = familyOf(likelihood);
  const splits = { train, test, ...validation && { validation } };
  for (const [split, examples] of Object.entries(splits)) {
    const where = `data ${name}, ${split} split`;
    checkSizes(examples, dim, where);
    const supports = checked.get(examples.values) ?? new Set();
    checked.set(examples.values, supports);
    if (supports.has(support)) continue;
    checkValues(examples, likelihood.family, support, where);
    supports.add(support);
  }
  requireObserved(data, `data ${name}`);
}

function checkSizes(
  { count, dim, values }: Examples,
  asked: number,
  where: string,
): void {
  const reason = !Number.isSafeInteger(count) || count < 1
    ? `${count} rows; at least one is needed`
    : dim !== asked
    ? `a row has ${dim} values, and the data set says ${asked}`
    : values.length !== count * dim
    ? `${values.length} values are not ${count} rows of ${dim}`
    : undefined;
  if (reason !== undefined) throw new UserError(`${where}: ${reason}`);
}

function checkValues(
  { dim, values, masked }: Examples,
  family: string,
  support: Support,
  where: string,
): void {
  if (values instanceof Uint8Array) {
    if (values.some((level) => level > 1) || !values.includes(1)) return;
    throw new UserError(
      `${where}: its bytes are 0 and 1 alone, and a byte b is the grey level ` +
        "b / 255; give 255 for 1, or floats",
    );
  }
  const wanted = WANTED[support];
  const at = values.findIndex((value) =>
    !(masked && Number.isNaN(value)) &&
    (!Number.isFinite(value) || !(wanted?.holds(value) ?? true))
  );
  if (at < 0) return;
  const value = values[at]!;
  const cell = `${where}: row ${Math.floor(at / dim) + 1}, value ` +
    `${at % dim + 1} is ${value}`;
  throw new UserError(
    Number.isFinite(value)
      ? `${cell}, and --likelihood ${family} needs values ${wanted!.text}; ` +
        "scale them, or use --likelihood gaussian"
      : `${cell}, which is no finite number; remove the row or the value`,
  );
}
