/**
 * A program: memory over 20,000 steps of a small net, as JSON. Started with
 * `--v8-flags=--expose-gc`: garbage is collected every now and then, so that
 * what grows is what is kept.
 */

import { setImmediate } from "node:timers/promises";
import { Batches } from "../../src/train/batches.ts";
import { settingsAt } from "../../src/train/loop.ts";
import { openWasm, THREADS } from "./engines.ts";
import type { Entry, Figure } from "./report.ts";
import { configOf, dataOf, shapesOf } from "./training.ts";

const STEPS = 20_000;
/** Steps from one look to the next; at the first all code is compiled. */
const LOOK_EVERY = 2000;
const MB = 1e6;

/** The figures, of a process of its own. */
export async function* measureMemory(): AsyncGenerator<Entry> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--v8-flags=--expose-gc"],
      import.meta.url,
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the process that measures memory failed");
  yield* JSON.parse(new TextDecoder().decode(stdout)) as Figure[];
}

async function figures(): Promise<Figure[]> {
  const data = await dataOf(undefined);
  const config = configOf({ hidden: [20], latentDim: 2, batchSize: 8 });
  const batches = new Batches(data, config);
  using engine = await openWasm({ data, config }, THREADS.at(-1)!);
  using _vae = engine.vae;
  const { gc } = globalThis as unknown as { gc(): void };
  const resident = () => {
    gc();
    return Deno.memoryUsage().rss;
  };
  const looks: { process: number; module: number }[] = [];
  for (let step = 1; step <= STEPS; step++) {
    engine.step(batches.training(step), settingsAt(config, step));
    if (step % 50 === 0) await engine.readTerms();
    // As in the training loop: some garbage is freed only between its turns.
    await setImmediate();
    if (step % LOOK_EVERY === 0) {
      looks.push({ process: resident(), module: engine.memoryBytes });
    }
  }
  const growth = (of: (look: typeof looks[number]) => number) =>
    (of(looks.at(-1)!) - of(looks[0]!)) / MB;
  const small = shapesOf({ data, config });
  const shapes = `${small}, steps ${LOOK_EVERY} to ${STEPS}`;
  const full = { data, config: configOf() };
  using large = await openWasm(full, 1);
  using _large = large.vae;
  const first = new Batches(data, full.config).training(1);
  large.step(first, settingsAt(full.config, 1));
  return [{
    figure: "growth of the process",
    shapes,
    value: growth(({ process }) => process),
    unit: "MB",
    aim: "at most 5",
  }, {
    figure: "growth of the module's memory",
    shapes,
    value: growth(({ module }) => module),
    unit: "MB",
    aim: "0",
  }, {
    figure: "size of the module's memory",
    shapes: shapesOf(full),
    value: large.memoryBytes / MB,
    unit: "MB",
  }];
}

if (import.meta.main) console.log(JSON.stringify(await figures()));
