/**
 * Reads the terms that the kernels log. They are copied off the device in
 * blocks of half a log, while steps keep writing the other half.
 */

import type { Pace } from "../pace.ts";
import { LOG_COLUMNS, LOG_ROWS } from "./layout.ts";

const ROW_BYTES = 4 * LOG_COLUMNS;
const BLOCK_ROWS = LOG_ROWS / 2;

export class LogReader {
  readonly #device: GPUDevice;
  readonly #buffer: GPUBuffer;
  readonly #offset: number;
  readonly #pace: Pace;
  /** rows on the device, from the oldest on */
  #waiting: number[] = [];
  /** when the first of them was submitted */
  #begun = 0;
  /** blocks on their way to the host */
  #blocks: Promise<Float32Array>[] = [];
  /** staging buffers, and those of them that are free */
  readonly #staging: GPUBuffer[] = [];
  readonly #free: GPUBuffer[] = [];

  /**
   * @param offset of the log in the buffer, in bytes
   * @param pace learns when blocks arrive
   */
  constructor(
    device: GPUDevice,
    buffer: GPUBuffer,
    offset: number,
    pace: Pace,
  ) {
    this.#device = device;
    this.#buffer = buffer;
    this.#offset = offset;
    this.#pace = pace;
  }

  /** Notes the row that a submitted step writes. */
  add(row: number): void {
    if (this.#waiting.length === 0) this.#begun = performance.now();
    this.#waiting.push(row);
    if (this.#waiting.length === BLOCK_ROWS) this.#copyBlock();
  }

  /**
   * All rows that are not read yet, in order, in blocks: reconstruction, kl,
   * objective and the bound of IWAE, row after row.
   */
  async read(): Promise<Float32Array[]> {
    if (this.#waiting.length > 0) this.#copyBlock();
    const blocks = this.#blocks;
    this.#blocks = [];
    return await Promise.all(blocks);
  }

  /** Frees the staging buffers, also those of blocks that are not read. */
  dispose(): void {
    for (const staging of this.#staging) staging.destroy();
  }

  #copyBlock(): void {
    const rows = this.#waiting;
    this.#waiting = [];
    const staging = this.#free.pop() ?? this.#makeStaging();
    const encoder = this.#device.createCommandEncoder();
    const first = rows[0]!;
    const untilEnd = Math.min(rows.length, LOG_ROWS - first);
    for (
      const [from, to, count] of [
        [first, 0, untilEnd],
        [0, untilEnd, rows.length - untilEnd],
      ] as const
    ) {
      if (count === 0) continue;
      encoder.copyBufferToBuffer(
        this.#buffer,
        this.#offset + from * ROW_BYTES,
        staging,
        to * ROW_BYTES,
        count * ROW_BYTES,
      );
    }
    this.#device.queue.submit([encoder.finish()]);
    const block = this.#map(staging, rows.length, this.#begun);
    // Other calls report a failure of the device where no one reads the block.
    block.catch(() => {});
    this.#blocks.push(block);
  }

  #makeStaging(): GPUBuffer {
    const staging = this.#device.createBuffer({
      label: "block of the log",
      size: BLOCK_ROWS * ROW_BYTES,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    this.#staging.push(staging);
    return staging;
  }

  async #map(
    staging: GPUBuffer,
    rows: number,
    begun: number,
  ): Promise<Float32Array> {
    const size = rows * ROW_BYTES;
    await staging.mapAsync(GPUMapMode.READ, 0, size);
    this.#pace.note(begun, rows);
    const floats = new Float32Array(staging.getMappedRange(0, size).slice(0));
    staging.unmap();
    this.#free.push(staging);
    return floats;
  }
}
