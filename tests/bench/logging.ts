/** What it costs to write every step to train.csv. */

import type { TrainingData } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { CsvFile } from "../../src/results/csv_file.ts";
import { trainCells } from "../../src/sweep/train_columns.ts";
import { Batches } from "../../src/train/batches.ts";
import { settingsAt, termsOf } from "../../src/train/loop.ts";
import { alternate, type Contender, type Timings } from "./contenders.ts";
import { configOf, shapesOf, THREADS, wasmEngine } from "./model.ts";
import { type Figure, medianOf } from "./report.ts";

const WITH = "a row of train.csv for every step";
const WITHOUT = "no term read";

/** Times steps with rows and without, of one engine in turn. */
export async function timeLogging(
  data: TrainingData,
  rounds: number,
): Promise<{ shapes: string; timings: Timings; figures: Figure[] }> {
  await openBackend("cpu");
  const config = configOf();
  const batches = new Batches(data, config);
  using engine = await wasmEngine(config, data.dim, THREADS.at(-1)!);
  using _vae = engine.vae;
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  let csv: CsvFile | undefined;
  let step = 0;

  function train() {
    step += 1;
    const settings = settingsAt(config, step);
    engine.step(batches.training(step), settings);
    return settings;
  }
  async function trainAndWrite() {
    const settings = train();
    const [terms] = await engine.readTerms();
    const { reconstruction, kl, objective, more } = terms!;
    const cells = trainCells({
      step,
      samplesSeen: step * config.batchSize,
      ...termsOf(reconstruction, kl),
      objective,
      ...settings,
      more,
    });
    csv ??= await CsvFile.create(path, Object.keys(cells));
    await csv.append([cells]);
  }
  const contender = (
    name: string,
    one: () => unknown,
    after: () => Promise<unknown>,
  ): Contender => ({
    name,
    steps: 40,
    async run(steps) {
      const start = performance.now();
      for (let i = 0; i < steps; i++) await one();
      const time = (performance.now() - start) / steps;
      await after();
      return time;
    },
    close: () => Promise.resolve(),
  });
  const timings = await alternate([
    contender(WITHOUT, train, () => engine.readTerms()),
    contender(WITH, trainAndWrite, () => Promise.resolve()),
  ], rounds);
  csv?.close();
  await Deno.remove(path);
  const shapes = shapesOf(config, data.dim);
  const figures = [{
    figure: "cost of a row for every step",
    shapes,
    value: 100 * (medianOf(timings, WITH) / medianOf(timings, WITHOUT) - 1),
    unit: "% of a step",
    aim: "at most 2",
  }];
  return { shapes, timings, figures };
}
