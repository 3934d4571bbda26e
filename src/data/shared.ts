/** Data sets that are loaded once, into memory that workers share. */

import { conditionOn } from "./condition.ts";
import type { Examples } from "./dataset.ts";
import type { DataSource } from "./files.ts";
import type { ClassLabel, Label, RealLabel } from "./labels.ts";
import {
  type DataRequest,
  type DatasetLoader,
  loadDataset,
  type TrainingData,
} from "./load.ts";

/**
 * A loader that loads each data set once, into shared memory, however often it
 * is requested. The rows are read-only.
 *
 * @param source where the files of data sets are found
 */
export function shareDatasets(source: DataSource): DatasetLoader {
  const loads = new Map<string, Promise<TrainingData>>();
  return (request) => {
    const { dataset, own, dataSeed, binarize, trainSize, testSize } = request;
    const { labels = false, condition, validationFraction } = request;
    const key = JSON.stringify([
      ...[dataset, own?.sha256, dataSeed, binarize, trainSize, testSize],
      ...[labels, condition, validationFraction],
    ]);
    const load = loads.get(key) ?? loadShared(request, source);
    loads.set(key, load);
    return load;
  };
}

async function loadShared(
  request: DataRequest,
  source: DataSource,
): Promise<TrainingData> {
  return unpackDataset(packDataset(await loadDataset(request, source)));
}

/** A data set as it is sent to a worker: buffers instead of arrays. */
export interface PackedDataset
  extends Omit<TrainingData, "train" | "test" | "validation" | "labels"> {
  readonly train: PackedExamples;
  readonly test: PackedExamples;
  readonly validation?: PackedExamples;
  readonly labels?: readonly PackedLabel[];
}

/** A split whose values are in shared memory. */
interface PackedExamples extends Omit<Examples, "values" | "condition"> {
  readonly areBytes: boolean;
  readonly buffer: SharedArrayBuffer;
}

/** A label whose values are in shared memory. */
type PackedLabel =
  & Pick<Label, "name">
  & (Pick<ClassLabel, "kind" | "classes"> | Pick<RealLabel, "kind">)
  & {
    readonly train: SharedArrayBuffer;
    readonly test: SharedArrayBuffer;
    readonly validation?: SharedArrayBuffer;
  };

/**
 * Packs a data set to be sent. Deno's worker_threads visit every element of an
 * array that they send, and none of a buffer.
 */
export function packDataset(data: TrainingData): PackedDataset {
  const { name, dim, image, sha256, columns, labels, units, drawEachStep } =
    data;
  const { condition, validation } = data;
  const [train, test] = [pack(data.train), pack(data.test)];
  return {
    ...{ name, dim, image, train, test, sha256, drawEachStep },
    ...validation && { validation: pack(validation) },
    ...condition && { condition },
    ...columns && { columns },
    ...labels && { labels: labels.map(packLabel) },
    ...units && { units },
  };
}

/** Unpacks a data set that was sent; it shares its values with the sender. */
export function unpackDataset(packed: PackedDataset): TrainingData {
  const { labels, condition, validation, ...rest } = packed;
  const data = {
    ...rest,
    train: unpack(packed.train),
    test: unpack(packed.test),
    ...validation && { validation: unpack(validation) },
    ...labels && { labels: labels.map(unpackLabel) },
  };
  // y is soon made again of the labels.
  return condition === undefined ? data : conditionOn(data, condition);
}

function packLabel(label: Label): PackedLabel {
  const { train, test, validation, ...rest } = label;
  return {
    ...rest,
    train: shareLabels(train),
    test: shareLabels(test),
    ...validation && { validation: shareLabels(validation) },
  };
}

function shareLabels(values: Label["train"]): SharedArrayBuffer {
  const { buffer } = values;
  if (buffer instanceof SharedArrayBuffer) return buffer;
  const shared = new SharedArrayBuffer(values.byteLength);
  new Uint8Array(shared).set(
    new Uint8Array(buffer, values.byteOffset, values.byteLength),
  );
  return shared;
}

function unpackLabel(packed: PackedLabel): Label {
  const { train, test, validation, ...rest } = packed;
  return rest.kind === "class"
    ? {
      ...rest,
      train: new Uint32Array(train),
      test: new Uint32Array(test),
      ...validation && { validation: new Uint32Array(validation) },
    }
    : {
      ...rest,
      train: new Float64Array(train),
      test: new Float64Array(test),
      ...validation && { validation: new Float64Array(validation) },
    };
}

function pack({ values, ...rest }: Examples): PackedExamples {
  const areBytes = values instanceof Uint8Array;
  if (values.buffer instanceof SharedArrayBuffer) {
    return { ...rest, areBytes, buffer: values.buffer };
  }
  const buffer = new SharedArrayBuffer(values.byteLength);
  (areBytes ? new Uint8Array(buffer) : new Float32Array(buffer)).set(values);
  return { ...rest, areBytes, buffer };
}

function unpack({ areBytes, buffer, ...rest }: PackedExamples): Examples {
  const values = areBytes ? new Uint8Array(buffer) : new Float32Array(buffer);
  return { ...rest, values };
}
