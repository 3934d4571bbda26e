/** Data sets that are loaded once, into memory that workers share. */

import type { Examples } from "./dataset.ts";
import type { DataSource } from "./files.ts";
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
    const key = JSON.stringify(
      [dataset, own?.sha256, dataSeed, binarize, trainSize, testSize],
    );
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
export interface PackedDataset extends Omit<TrainingData, "train" | "test"> {
  readonly train: PackedExamples;
  readonly test: PackedExamples;
}

/** A split whose values are in shared memory. */
interface PackedExamples extends Omit<Examples, "values"> {
  readonly areBytes: boolean;
  readonly buffer: SharedArrayBuffer;
}

/**
 * Packs a data set to be sent. Deno's worker_threads visit every element of an
 * array that they send, and none of a buffer.
 */
export function packDataset(data: TrainingData): PackedDataset {
  const { name, dim, image, sha256, labels, units, drawEachStep } = data;
  const [train, test] = [pack(data.train), pack(data.test)];
  return {
    ...{ name, dim, image, train, test, sha256, drawEachStep },
    ...labels && { labels },
    ...units && { units },
  };
}

/** Unpacks a data set that was sent; it shares its values with the sender. */
export function unpackDataset(packed: PackedDataset): TrainingData {
  return { ...packed, train: unpack(packed.train), test: unpack(packed.test) };
}

function pack({ count, dim, values }: Examples): PackedExamples {
  const areBytes = values instanceof Uint8Array;
  if (values.buffer instanceof SharedArrayBuffer) {
    return { count, dim, areBytes, buffer: values.buffer };
  }
  const buffer = new SharedArrayBuffer(values.byteLength);
  (areBytes ? new Uint8Array(buffer) : new Float32Array(buffer)).set(values);
  return { count, dim, areBytes, buffer };
}

function unpack({ count, dim, areBytes, buffer }: PackedExamples): Examples {
  const values = areBytes ? new Uint8Array(buffer) : new Float32Array(buffer);
  return { count, dim, values };
}
