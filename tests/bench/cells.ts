/** Two cells of a sweep, side by side and one after the other. */

import type { TrainingData } from "../../src/data/load.ts";
import { clocked, timeTable } from "./harness.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, shapesOf } from "./training.ts";

/** A cell that trains in a worker: see tests/bench/cell_worker.ts. */
class Cell {
  readonly #worker = new Worker(new URL("./cell_worker.ts", import.meta.url), {
    type: "module",
  });

  constructor(data: TrainingData) {
    this.#worker.postMessage(data);
  }

  /** Trains so many steps. */
  async train(steps: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#worker.onmessage = () => resolve();
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    this.#worker.postMessage(steps);
    await promise;
  }

  close(): void {
    this.#worker.terminate();
  }
}

/** Times a step of two cells, both counted. */
export async function* timeCells(
  { data, rounds, cores }: Options,
): AsyncGenerator<Entry> {
  const cells = [new Cell(data), new Cell(data)];
  const contender = (
    name: string,
    train: (steps: number) => Promise<unknown>,
  ) => ({
    name,
    runs: cells.length,
    open: () =>
      Promise.resolve({
        time: (steps: number) => clocked(() => train(steps)),
        close: () => {},
      }),
  });
  const shapes = shapesOf({ data, config: configOf() });
  yield await timeTable(
    `${shapes}, 1 thread`,
    [
      contender(
        "two cells side by side",
        (steps) => Promise.all(cells.map((cell) => cell.train(steps))),
      ),
      {
        ...contender("two cells one after the other", async (steps) => {
          for (const cell of cells) await cell.train(steps);
        }),
        aim: "at least 1.8",
      },
    ],
    rounds,
    { cores },
  );
  for (const cell of cells) cell.close();
}
