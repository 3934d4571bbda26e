/** The worker: makes the data, trains, and tells the page. */
/// <reference lib="dom" />

import { glyphs } from "../../data/glyphs.ts";
import type { Binarisation } from "../../data/binarise.ts";
import { prepare, type TrainingData } from "../../data/prepare.ts";
import { serveThread, type Start } from "../../engine/wasm/thread.ts";
import { WasmEngine } from "../../engine/wasm/wasm_engine.ts";
import { countParameters } from "../../model/spec.ts";
import { TRAIN_COLUMNS } from "../../results/columns.ts";
import { formatRows, type Row } from "../../results/csv_text.ts";
import { Batches } from "../../train/batches.ts";
import {
  evaluationCells,
  trainCells,
  trainColumns,
} from "../../train/cells.ts";
import type { RunConfig } from "../../train/config.ts";
import { createVae } from "../../train/create_vae.ts";
import { train } from "../../train/loop.ts";
import { workerOf } from "../embedded.ts";
import { giveHost } from "../host.ts";
import {
  PICTURES,
  type Report,
  type Request,
  SHOWN_ROWS,
  type Terms,
  type Trained,
} from "./messages.ts";
import { configOf, type Settings } from "./settings.ts";
import { firstTestRows, snapshotOf } from "./snapshot.ts";

/** The names by which the page's script knows that it is a worker. */
export const TRAINER = "trainer";
const THREAD = "wasm engine";

/** The part of a worker's time that pictures may take. */
const SHOWN_SHARE = 0.06;

/** Does what a worker of that name does; false: it is the page. */
export function serveAs(name: string): boolean {
  if (name.startsWith(THREAD)) {
    self.onmessage = ({ data }: MessageEvent<Start>) => serveThread(data);
    return true;
  }
  if (name !== TRAINER) return false;
  let stop = new AbortController();
  self.onmessage = ({ data }: MessageEvent<Request>) => {
    if (data.kind === "stop") return stop.abort();
    stop = new AbortController();
    run(data, stop.signal).catch((error) =>
      tell({ kind: "failed", message: String(error?.message ?? error) })
    );
  };
  return true;
}

function tell(report: Report): void {
  self.postMessage(report);
}

/** What is made of the digits, by how pixels are drawn. */
const made = new Map<Binarisation, ReturnType<typeof makeData>>();

/** The data of runs. */
async function makeData(config: RunConfig) {
  const whole = await glyphs({ seed: config.dataSeed });
  const label = whole.labels!.find(({ name }) => name === "class")!;
  const classes = Uint32Array.from(label.test.subarray(0, SHOWN_ROWS));
  return { data: await prepare(whole, config), classes };
}

async function run(
  { settings, threads, engine: module, script }: Request & { kind: "train" },
  signal: AbortSignal,
): Promise<void> {
  giveHost({
    engine: module,
    startThread: (name) => workerOf(script, name),
  });
  const config = configOf(settings);
  const { binarize } = config;
  const making = made.get(binarize) ?? makeData(config);
  made.set(binarize, making);
  const { data, classes } = await making;
  tell({
    kind: "data",
    pictures: firstTestRows(data, PICTURES),
    classes: classes.slice(),
  });
  const vae = createVae(config, data);
  const engine = await WasmEngine.create(vae, config, threads);
  try {
    await trainWith(engine, data, settings, signal);
  } finally {
    engine[Symbol.dispose]();
    vae.dispose();
  }
}

async function trainWith(
  engine: WasmEngine,
  data: TrainingData,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const config = configOf(settings);
  const batches = new Batches(data, config);
  const steps: Row[] = [];
  const evaluations: Row[] = [];
  const begun = performance.now();
  let lastShown = begun;
  let shownFor = 0;
  const show = async () => {
    const start = performance.now();
    tell({ kind: "snapshot", snapshot: await snapshotOf(engine, data) });
    lastShown = performance.now();
    shownFor = lastShown - start;
  };
  for await (const report of train(engine, batches, config, { signal })) {
    if (report.kind === "steps") {
      steps.push(...report.rows.map(trainCells));
      tell({ kind: "steps", terms: termsOf(report.rows) });
    }
    if (report.kind === "evaluation") {
      evaluations.push(evaluationCells(report.row, config.likelihood));
      tell({ kind: "evaluation", terms: termsOf([report.row]) });
    }
    const isDue = performance.now() - lastShown > shownFor / SHOWN_SHARE;
    if (isDue || report.kind === "checkpoint") await show();
  }
  if (engine.stepsDone < config.steps) {
    return tell({ kind: "stopped", step: engine.stepsDone });
  }
  const trainCsv = formatRows(
    [...TRAIN_COLUMNS, ...trainColumns(config)],
    steps,
    { headers: true },
  );
  const evalCsv = formatRows(
    Object.keys(evaluations[0]!),
    evaluations,
    { headers: true },
  );
  const trained: Trained = {
    settings,
    trainCsv,
    evalCsv,
    trainSha256: await sha256(trainCsv),
    evalSha256: await sha256(evalCsv),
    dataSha256: data.sha256,
    parameters: countParameters(engine.spec),
    seconds: (performance.now() - begun) / 1000,
    threads: engine.threads,
  };
  tell({ kind: "trained", trained });
}

function termsOf(
  rows: readonly {
    step: number;
    elbo: number;
    reconstruction: number;
    kl: number;
  }[],
): Terms {
  return {
    step: rows.map(({ step }) => step),
    elbo: rows.map(({ elbo }) => elbo),
    reconstruction: rows.map(({ reconstruction }) => reconstruction),
    kl: rows.map(({ kl }) => kl),
  };
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
