/** What a user's data are, as a command says it. */

import { type Dataset, observedCounts } from "../dataset.ts";
import { type Label, missingLabels } from "../labels.ts";
import type { Binarisation } from "../binarise.ts";
import {
  likelihoodsOf,
  type Range,
  VALUE_KIND_TABLE,
  type ValueKind,
} from "./range.ts";
import type { Scale } from "./scale.ts";
import { formatShape } from "./sheet.ts";

/** What is said something of. */
interface Described extends Pick<Dataset, "name" | "image" | "train" | "test"> {
  readonly columns?: readonly string[] | null | undefined;
  readonly scale: Scale;
  readonly labels?: readonly Label[] | undefined;
  readonly hasHeader?: boolean | undefined;
}

/** A column's name, in quotes where a list of names would be ambiguous. */
function quoted(name: string): string {
  return /[,:()"]/.test(name) ? JSON.stringify(name) : name;
}

/** How many rows have no label, of each label that some lack. */
function missingLabelNotes(labels: readonly Label[]): string[] {
  return labels.flatMap((label) => {
    const missing = missingLabels(label);
    const rows = label.train.length + label.test.length;
    return missing === 0
      ? []
      : [`data: ${missing} of ${rows} rows have no ${label.name}`];
  });
}

/** How many values are missing, and of which columns. */
function missingNote(
  { train, test }: Pick<Described, "train" | "test">,
  columns: readonly string[] | null,
): string {
  const rows = train.count + test.count;
  const observed = observedCounts(test);
  const missing = observedCounts(train)
    .map((count, at) => rows - count - observed[at]!);
  const some = [...missing.keys()].filter((at) => missing[at]! > 0);
  const shown = some.slice(0, 8)
    .map((at) =>
      `column ${quoted(columns?.[at] ?? `${at + 1}`)}: ${missing[at]}`
    )
    .join(", ");
  const more = some.length > 8 ? ` and ${some.length - 8} more columns` : "";
  const total = missing.reduce((sum, count) => sum + count, 0);
  return `data: ${total} of ${rows * train.dim} values are missing` +
    (total === 0 ? "" : ` (${shown}${more})`);
}

/**
 * How a Bernoulli likelihood takes grey levels of the user's, and what else
 * there is; undefined: it is another likelihood, or they are no grey levels.
 */
export function greyNote(
  { likelihood, binarize, own }: {
    readonly likelihood: { readonly family: string };
    readonly binarize: Binarisation;
    readonly own?:
      | { readonly values: ValueKind } & Pick<Dataset, "image">
      | undefined;
  },
  { min, max }: Pick<Range, "min" | "max">,
): string | undefined {
  if (own?.values !== "grey" || likelihood.family !== "bernoulli") return;
  const { taken, others } = TAKEN[binarize];
  return `data: --likelihood bernoulli takes bytes ${min} to ${max} as grey ` +
    `levels b / 255, ${taken}; ${others}--likelihood gaussian takes them as ` +
    "numbers" +
    (own.image === null ? ", and an int32 file as they are" : "");
}

/** How each binarisation takes grey levels, as a command says it. */
const TAKEN = {
  dynamic: {
    taken: "drawn as 0 or 1 at every step",
    others: "--binarize none keeps them, ",
  },
  static: {
    taken: "drawn as 0 or 1 once",
    others: "--binarize none keeps them, ",
  },
  none: { taken: "without drawing pixels", others: "" },
} as const satisfies Record<Binarisation, unknown>;

/** What the data are, as a command says it. */
export function notesOf(
  { name, image, train, test, columns = null, scale, labels = [], hasHeader }:
    Described,
  { min, max, kind, constant, spreads }: Range,
): string[] {
  const { height, width, channels = 1 } = image ?? {};
  const shape = height === undefined || width === undefined
    ? `${train.dim} values`
    : formatShape([height, width, channels]);
  const nameOf = (at: number) => quoted(columns?.[at] ?? `${at + 1}`);
  const notes = [
    `data: ${name}, ${train.count} train and ${test.count} test rows of ` +
    `${shape}, ${VALUE_KIND_TABLE[kind].help}` +
    (kind === "bits"
      ? ""
      : `, ${Number(min.toPrecision(6))} to ${Number(max.toPrecision(6))}`),
    `data: likelihoods that fit: ${likelihoodsOf(kind).join(", ")}`,
    ...missingLabelNotes(labels),
  ];
  if (image !== null) return notes;
  if (train.masked) notes.push(missingNote({ train, test }, columns));
  if (constant.length > 0) {
    const names = constant.slice(0, 8).map(nameOf).join(", ");
    const more = constant.length > 8 ? ` and ${constant.length - 8} more` : "";
    notes.push(`data: constant in the train split: column ${names}${more}`);
  }
  if (hasHeader !== undefined) {
    notes.push(
      hasHeader
        ? "data: the first line is a header"
        : "data: the first line is a row, no header: columns are 1, 2, ...",
    );
    // No name of a header is a number.
    const nameless = hasHeader && columns?.find((name) => /^\d+$/.test(name));
    if (nameless) {
      notes.push(
        `data: the header has no name for column ${nameless}; if it only counts ` +
          "the rows, choose the others with --columns",
      );
    }
  }
  // Columns may be more than the arguments that a call can have.
  const wide = spreads.reduce(
    (widest, spread, at) => spread > spreads[widest]! ? at : widest,
    0,
  );
  const narrow = spreads.filter((spread) => spread > 0)
    .reduce((a, b) => Math.min(a, b), Infinity);
  if (scale === "none" && spreads[wide]! > 100 * narrow) {
    notes.push(
      `data: column ${nameOf(wide)} has a standard deviation of ` +
        `${spreads[wide]!.toPrecision(3)}, another ` +
        `${narrow.toPrecision(3)}; consider --scale standardise`,
    );
  }
  return notes;
}
