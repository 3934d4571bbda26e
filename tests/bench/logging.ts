/** What it costs to write every step to train.csv. */

import { CsvFile } from "../../src/results/csv_file.ts";
import { trainCells } from "../../src/train/cells.ts";
import { Batches } from "../../src/train/batches.ts";
import { settingsAt, termsOf } from "../../src/train/loop.ts";
import { openWasm, THREADS } from "./engines.ts";
import { clocked, timeTable } from "./harness.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, shapesOf } from "./training.ts";

/** Times steps with rows and without, of one engine in turn. */
export async function* timeLogging(
  { data, rounds }: Options,
): AsyncGenerator<Entry> {
  const config = configOf();
  const training = { data, config };
  const batches = new Batches(data, config);
  using engine = await openWasm(training, THREADS.at(-1)!);
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
  const contender = (name: string, one: () => unknown) => ({
    name,
    open: () =>
      Promise.resolve({
        async time(steps: number) {
          const time = await clocked(async () => {
            for (let i = 0; i < steps; i++) await one();
          });
          await engine.readTerms();
          return time;
        },
        close: () => {},
      }),
  });
  yield await timeTable(shapesOf(training), [
    contender("no term read", train),
    {
      ...contender("a row of train.csv for every step", trainAndWrite),
      aim: "at most 1.02",
    },
  ], rounds);
  csv?.close();
  await Deno.remove(path);
}
