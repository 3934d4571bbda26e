/** Two cells of a sweep, side by side and one after the other. */

import type { TrainingData } from "../../src/data/load.ts";
import { alternate, type Contender, type Timings } from "./contenders.ts";
import { configOf, shapesOf } from "./model.ts";
import { type Figure, medianOf } from "./report.ts";

const TOGETHER = "two cells side by side, 1 thread each";
const IN_TURN = "two cells one after the other, 1 thread";

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
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#worker.onmessage = () => resolve();
    this.#worker.postMessage(steps);
    await promise;
  }

  end(): void {
    this.#worker.terminate();
  }
}

/** Times a step of two cells, both counted. */
export async function timeCells(
  data: TrainingData,
  rounds: number,
): Promise<{ shapes: string; timings: Timings; figures: Figure[] }> {
  const cells = [new Cell(data), new Cell(data)];
  const contender = (
    name: string,
    train: (steps: number) => Promise<unknown>,
  ): Contender => ({
    name,
    steps: 20,
    async run(steps) {
      const start = performance.now();
      await train(steps);
      return (performance.now() - start) / (cells.length * steps);
    },
    close: () => Promise.resolve(),
  });
  const timings = await alternate([
    contender(
      TOGETHER,
      (steps) => Promise.all(cells.map((cell) => cell.train(steps))),
    ),
    contender(IN_TURN, async (steps) => {
      for (const cell of cells) await cell.train(steps);
    }),
  ], rounds);
  for (const cell of cells) cell.end();
  const shapes = shapesOf(configOf(), data.dim);
  const figures = [{
    figure: "two cells side by side against one after the other",
    shapes,
    value: medianOf(timings, IN_TURN) / medianOf(timings, TOGETHER),
    unit: "times the throughput",
    aim: "at least 1.8",
  }];
  return { shapes, timings, figures };
}
