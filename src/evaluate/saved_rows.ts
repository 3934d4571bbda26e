/** Rows of an evaluation that are done, for a process that goes on with it. */

import { isDeepStrictEqual } from "node:util";
import { readBytes, REMEDY, removeIfThere, unless } from "../files.ts";
import { writeAtomically } from "../results/files.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
} from "../results/safetensors.ts";
import type { RowEstimates } from "./estimates.ts";

/** Milliseconds of work that may be lost: more than it takes to save them. */
const INTERVAL = 10_000;

/** The most bytes of the file: what an array of bytes can hold. */
const MOST_BYTES = 2 ** 33;

/** How they are saved. */
export interface SavedRowsOptions {
  /** milliseconds from one writing to the next; ten seconds if absent */
  readonly interval?: number | undefined;
  /** of a failure, for the message */
  readonly remedy?: string | undefined;
}

/** The arrays of a stage, and how many rows of them are done. */
interface Stage {
  readonly done: number;
  readonly arrays: Readonly<Record<string, Float64Array>>;
}

/**
 * Estimates by row of the stages of one evaluation, in a file beside its
 * results. It is a help and no result: one that is damaged or of another
 * evaluation is not read, and replaced.
 */
export class SavedRows {
  readonly #path: string;
  readonly #origin: string;
  readonly #options: { readonly interval: number; readonly remedy: string };
  readonly #stages: Map<string, Stage>;
  #saved = performance.now();

  private constructor(
    path: string,
    origin: string,
    options: { readonly interval: number; readonly remedy: string },
    stages: Map<string, Stage>,
  ) {
    this.#path = path;
    this.#origin = origin;
    this.#options = options;
    this.#stages = stages;
  }

  /**
   * Reads what is there.
   *
   * @param origin all that the estimates depend on, as JSON: rows that were
   *   saved with another one are not these
   */
  static async open(
    path: string,
    origin: object,
    { interval = INTERVAL, remedy = REMEDY }: SavedRowsOptions = {},
  ): Promise<SavedRows> {
    const text = JSON.stringify(origin);
    const stages = await readStages(path, text);
    return new SavedRows(path, text, { interval, remedy }, stages);
  }

  /** Fills in the rows of a stage that were saved, and says how many. */
  restore(stage: string, estimates: RowEstimates): number {
    const own = Object.entries<Float64Array>({ ...estimates });
    const saved = this.#stages.get(stage);
    const fits = saved !== undefined && isDeepStrictEqual(
      own.map(([name, { length }]) => [name, length]),
      Object.entries(saved.arrays).map(([name, { length }]) => [name, length]),
    );
    if (!fits) return 0;
    for (const [name, values] of own) values.set(saved.arrays[name]!);
    return saved.done;
  }

  /**
   * Takes note of rows that are done, and saves them if it is time.
   *
   * @param done how many are done, from the first
   * @throws {UserError} the file cannot be written
   */
  async keep(
    stage: string,
    estimates: RowEstimates,
    done: number,
  ): Promise<void> {
    this.#stages.set(stage, { done, arrays: { ...estimates } });
    if (performance.now() - this.#saved < this.#options.interval) return;
    await this.#write();
    this.#saved = performance.now();
  }

  async #write(): Promise<void> {
    const stages = [...this.#stages];
    const arrays = stages.flatMap(([stage, { arrays }]) =>
      Object.entries(arrays).map(([name, doubles]) => {
        // The format's arrays are of floats: each double is two of them.
        const { buffer, byteOffset, length } = doubles;
        const values = new Float32Array(buffer, byteOffset, 2 * length);
        return { name: `${stage}/${name}`, shape: [values.length], values };
      })
    );
    const done = stages.map(([stage, { done }]) => [stage, done]);
    const metadata = { origin: this.#origin, done: JSON.stringify(done) };
    const bytes = await encodeSafetensors({ arrays, metadata });
    await writeAtomically(this.#path, bytes, this.#options.remedy);
  }

  /** Removes the file, once the evaluation has its results. */
  async remove(): Promise<void> {
    await removeIfThere(this.#path);
  }
}

async function readStages(
  path: string,
  origin: string,
): Promise<Map<string, Stage>> {
  const bytes = await unless(["ENOENT"], readBytes(path, { most: MOST_BYTES }));
  if (bytes === null) return new Map();
  try {
    const { arrays, metadata } = await decodeSafetensors(bytes);
    if (metadata["origin"] !== origin) return new Map();
    const done: [string, number][] = JSON.parse(metadata["done"]!);
    return new Map(done.map(([stage, done]) => [stage, {
      done,
      arrays: Object.fromEntries(
        arrays.filter(({ name }) => name.startsWith(`${stage}/`))
          .map(({ name, values }) => [
            name.slice(stage.length + 1),
            new Float64Array(values.slice().buffer),
          ]),
      ),
    }]));
  } catch (error) {
    if (error instanceof SafetensorsError) return new Map();
    throw error;
  }
}
