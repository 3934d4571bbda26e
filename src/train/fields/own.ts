/** Rows of data of the user's own: the settings of `--data`. */

import { z } from "../../zod.ts";
import {
  allFlags,
  type Field,
  field,
  type Fields,
  readFields,
  schemasOf,
  writeFields,
} from "../../config/field.ts";
import {
  fraction,
  list,
  orAbsent,
  orNull,
  text,
  type Value,
  word,
} from "../../config/value.ts";
import { hashLabels } from "../../data/hash_labels.ts";
import type { ImageSize } from "../../model/layers.ts";
import {
  formatImage,
  openOwn,
  type OwnFacts,
  type OwnSettings,
  TEST_FRACTION,
} from "../../data/own/own.ts";
import { formatShape, type Missing, type Sides } from "../../data/own/sheet.ts";
import { SCALE_TABLE, SCALES } from "../../data/own/scale.ts";
import { VALUE_KIND_TABLE } from "../../data/own/range.ts";
import { namesOf, namesWithHelp } from "../../table.ts";
import type { Context } from "./context.ts";

const SIDE = z.int().min(1).max(2 ** 16);

const IMAGE: Value<ImageSize> = {
  placeholder: "HxWxC",
  expected: "height, width and channels, such as 28x28x1",
  schema: () =>
    z.strictObject({
      height: SIDE,
      width: SIDE,
      channels: z.union([z.literal(1), z.literal(3)]),
    }),
  parse(text) {
    if (!/^\d+x\d+x\d+$/.test(text)) return undefined;
    const [height, width, channels] = text.split("x").map(Number);
    return { height, width, channels };
  },
  write: formatImage,
};

const SIDES: Value<Sides> = {
  placeholder: "HxW",
  expected: "height and width, such as 64x64, each in 1..4096",
  schema: () =>
    z.strictObject({
      height: z.int().min(1).max(2 ** 12),
      width: z.int().min(1).max(2 ** 12),
    }),
  parse(text) {
    if (!/^\d+x\d+$/.test(text)) return undefined;
    const [height, width] = text.split("x").map(Number);
    return { height, width };
  },
  write: ({ height, width }) => formatShape([height, width]),
};

const REFUSE_OR_MASK = field<"refuse" | Missing>("missing", {
  value: word(["refuse", "mask"]),
  help: "values of a table without a number; mask: leave them out of p(x|z), " +
    "and tell the encoder",
  default: "refuse",
});

/** No key of the config where missing values are refused. */
const MISSING: Field<Missing | undefined> = {
  ...REFUSE_OR_MASK,
  schema: () => z.literal("mask").optional(),
  read(texts, config) {
    const answer = REFUSE_OR_MASK.read(texts, config);
    return answer === "refuse" ? undefined : answer;
  },
  write: (answer) => answer === undefined ? [] : REFUSE_OR_MASK.write(answer),
  unused: () => undefined,
};

/** How a file becomes data. */
const SETTINGS: Fields<OwnSettings> = {
  columns: field("columns", {
    value: orNull(list(text("NAME"), "names of columns")),
    help:
      "the columns of a table, by their names, or 1, 2, ... without a header",
    default: { help: "all but --labels", of: () => null },
  }),
  labels: field("labels", {
    value: orNull(text("NAME")),
    help: "the column or .npz array with the class of each row; folders: the " +
      "sub-folder of an image",
    default: { help: "none", of: () => null },
  }),
  scale: field("scale", {
    short: "",
    value: word(SCALES),
    help: `tables by column, images as a whole: ${namesWithHelp(SCALE_TABLE)}`,
    default: "none",
  }),
  image: field("image", {
    value: orNull(IMAGE),
    help: "the image that a row is",
    default: { help: "as the file has it, else none", of: () => null },
  }),
  resize: field("resize", {
    value: orAbsent(SIDES),
    help: "the size that the images of a folder get",
    default: { help: "their own", of: () => undefined },
  }),
  missing: MISSING,
  testFraction: field("test-fraction", {
    value: fraction(),
    help: "part of the rows for tests, where the data are not split",
    default: `${TEST_FRACTION}`,
  }),
};

/** What a config has of own data beside their settings. */
const FACTS = {
  dim: z.int().min(1),
  train: z.int().min(1),
  test: z.int().min(1),
  values: z.enum(namesOf(VALUE_KIND_TABLE)),
  sha256: z.string(),
  labelsSha256: z.string().optional(),
};

/**
 * What is known of the user's own data; undefined: a data set by name. The
 * file is read with the flags: other fields depend on what it holds.
 */
export const OWN: Field<OwnFacts | undefined, Context> = {
  schema: () =>
    z.strictObject({
      name: z.string().min(1),
      ...schemasOf(SETTINGS),
      ...FACTS,
    })
      .optional() as z.ZodType<unknown> as z.ZodType<OwnFacts | undefined>,
  flags: allFlags(SETTINGS),
  read(texts, { dataSeed, condition }) {
    const path = texts.get("data")?.text;
    if (path === undefined) return undefined;
    const { facts, dataset } = openOwn(path, {
      ...readFields<OwnSettings>(SETTINGS, texts),
      seed: dataSeed,
    });
    return condition === undefined || dataset.labels === undefined
      ? facts
      : { ...facts, labelsSha256: hashLabels(dataset.labels) };
  },
  write: (own) => own === undefined ? [] : writeFields(SETTINGS, own),
  unused: (_flag, _text, own) =>
    own === undefined ? "without --data; add --data PATH" : undefined,
};
