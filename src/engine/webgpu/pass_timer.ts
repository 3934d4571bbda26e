/**
 * How long a device works on compute passes, by its own clock. A wait for the
 * device tells less: Deno's `mapAsync` and `onSubmittedWorkDone` sleep some 11 ms
 * between two looks at it, even where it has nothing to do.
 */

/** Timestamps at the ends of passes. */
export class PassTimer implements Disposable {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #passes: number;
  readonly #labels: string[] = [];

  /**
   * The timer of a device; null: it has no timestamp queries.
   *
   * @param passes how many can be timed
   */
  static of(device: GPUDevice, passes: number): PassTimer | null {
    if (!device.features.has("timestamp-query")) return null;
    return new PassTimer(device, passes);
  }

  private constructor(device: GPUDevice, passes: number) {
    this.#device = device;
    this.#passes = passes;
    this.#queries = device.createQuerySet({
      type: "timestamp",
      count: 2 * passes,
    });
  }

  /** What the next pass begins with. */
  next(label: string): GPUComputePassDescriptor {
    const pass = this.#labels.length;
    if (pass === this.#passes) throw new RangeError(`more than ${pass} passes`);
    this.#labels.push(label);
    return {
      timestampWrites: {
        querySet: this.#queries,
        beginningOfPassWriteIndex: 2 * pass,
        endOfPassWriteIndex: 2 * pass + 1,
      },
    };
  }

  /**
   * The times of all passes, in their order. Ticks are taken for nanoseconds,
   * which they are on llvmpipe and on NVIDIA's GPUs.
   */
  async read(): Promise<{ label: string; milliseconds: number }[]> {
    const device = this.#device;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const count = 2 * this.#labels.length;
    const size = 8 * Math.max(count, 1);
    const resolved = device.createBuffer({
      size,
      usage: QUERY_RESOLVE | COPY_SRC,
    });
    const staging = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
    try {
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(this.#queries, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const ticks = new BigUint64Array(staging.getMappedRange().slice(0));
      return this.#labels.map((label, i) => ({
        label,
        milliseconds: Number(ticks[2 * i + 1]! - ticks[2 * i]!) / 1e6,
      }));
    } finally {
      for (const buffer of [resolved, staging]) buffer.destroy();
    }
  }

  /** Frees its queries. */
  [Symbol.dispose](): void {
    this.#queries.destroy();
  }
}
