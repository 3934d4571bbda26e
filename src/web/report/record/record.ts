/**
 * What the page of a report has of runs. It is JSON in the page, which the
 * page's script reads: this module has nothing that a browser has not.
 */

/** Numbers: base64 of float32, little-endian. */
export type Floats = string;

/** All that the page shows. */
export interface Report {
  /** what was asked for */
  readonly title: string;
  /** the settings that vary, in the order of the flags */
  readonly settings: readonly SettingColumn[];
  /** what runs ended with, in the order of the table */
  readonly quantities: readonly Quantity[];
  readonly runs: readonly RunRecord[];
  /** what is not drawn, and why */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
  /** t quantiles at 97.5 %, by degrees of freedom from 1 */
  readonly tValues: readonly number[];
  /** by hash: runs may share one */
  readonly pictures: Readonly<Record<string, Picture>>;
  readonly published: readonly PublishedNumbers[];
  /** with another revision; null: there is none */
  readonly comparison: ComparisonRecord | null;
}

/**
 * What a server tells a live page: the record, of runs and pictures only those
 * that are new; of others the path is enough.
 */
export interface Update extends Omit<Report, "runs"> {
  readonly runs: readonly (RunRecord | string)[];
}

/** A setting that varies among the runs. */
export interface SettingColumn {
  /** as in tables, such as `latent_dim` */
  readonly name: string;
  /** what an axis of it is titled */
  readonly title: string;
  /** its values, in order */
  readonly values: readonly string[];
  /** the values as figures write them, such as `z = 10` */
  readonly labels: readonly string[];
  /** whether log densities beside other values of it are not to be compared */
  readonly isOtherScale: boolean;
}

/** A quantity, as its column is called and as axes write it. */
export interface Quantity {
  readonly name: string;
  readonly title: string;
}

/** A run. */
export interface RunRecord {
  /** as messages name it */
  readonly path: string;
  readonly name: string;
  /** `running`: rows come yet */
  readonly status: "finished" | "running";
  /** how far a running one is; steps: null where that is not known yet */
  readonly progress: Progress | null;
  /** where a rule ended training; null: there was none */
  readonly ended: RuledEnd | null;
  readonly seed: string;
  /** of each setting, which of its values; -1: the run has none */
  readonly settings: readonly number[];
  /** runs of one group differ in their seed alone */
  readonly group: number;
  /** by quantity; null: it has none, or no finite one */
  readonly finals: readonly (number | null)[];
  /** of the test split */
  readonly test: Curves | null;
  /** of the minibatches */
  readonly train: Curves | null;
  /** the same run in the other revision; null: there is none */
  readonly other: Readonly<Record<Split, Curves | "same" | null>> | null;
  readonly kl: KlMap | null;
  readonly pictures: readonly PictureOf[];
  /** what made it, as run.json says */
  readonly provenance: readonly (readonly [field: string, text: string])[];
}

/** Where a run ended by `--stop-after`, and what `--keep` made its model. */
export interface RuledEnd {
  /** of the last step */
  readonly step: number;
  /** the step whose state is the model */
  readonly kept: number;
  /** whether the test split chose one of them: see `testChose` */
  readonly isByTest: boolean;
}

/** How far a run is. */
export interface Progress {
  readonly step: number;
  readonly steps: number | null;
  /** when its last row was written, in milliseconds since 1970 */
  readonly at: number;
}

/** A split of the data. */
export type Split = "test" | "train";

/** Values during training, at rising steps. */
export interface Curves {
  readonly steps: readonly number[];
  /** training samples seen */
  readonly samples: readonly number[];
  /** by name */
  readonly columns: Readonly<Record<string, CurveColumn>>;
}

/** A column of curves; where it was thinned, with its extremes. */
export interface CurveColumn {
  readonly mean: Floats;
  readonly low?: Floats;
  readonly high?: Floats;
}

/** KL by latent dimension during training, at some of the evaluations. */
export interface KlMap {
  readonly steps: readonly number[];
  /** numbers of the dimensions from 1, by falling KL at the end */
  readonly units: readonly number[];
  /** how many dimensions are left out, those of the least KL */
  readonly unitsLeft: number;
  /** whether all evaluations are there */
  readonly isWhole: boolean;
  /** by step, then by unit */
  readonly values: Floats;
}

/** A picture of a run. */
export interface PictureOf {
  /** what it shows, such as `samples` */
  readonly kind: string;
  /** in {@linkcode Report.pictures}; null: it is left out, for its size */
  readonly hash: string | null;
}

/** A PNG. */
export interface Picture {
  /** a data URL */
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** Published numbers of an experiment beside ours. */
export interface PublishedNumbers {
  readonly experiment: string;
  /** what was published, and where */
  readonly source: string;
  /** what the cells are */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a comparison with another revision found. */
export interface ComparisonRecord {
  readonly a: string;
  readonly b: string;
  /** how many runs have which verdict */
  readonly counts: string;
  /** what differs in run.json, line by line */
  readonly changes: readonly string[];
  /** what the cells of rows are */
  readonly columns: readonly string[];
  readonly runs: readonly {
    readonly path: string;
    readonly verdict: string;
    readonly rows: readonly (readonly string[])[];
  }[];
  /** files that cannot be read */
  readonly unreadable: readonly string[];
}

/** The three terms of the objective's bound, which all runs have. */
export const TERMS = ["elbo", "reconstruction", "kl"] as const;

/** Numbers as {@linkcode Floats}. */
export function floatsOf(values: ArrayLike<number>): Floats {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    view.setFloat32(4 * i, values[i]!, true);
  }
  return bytes.toBase64();
}

/** The numbers of {@linkcode floatsOf}. */
export function numbersOf(floats: Floats): Float32Array {
  const text = atob(floats);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from(
    { length: bytes.length / 4 },
    (_, i) => view.getFloat32(4 * i, true),
  );
}
