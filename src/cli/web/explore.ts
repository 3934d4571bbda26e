/**
 * `deno task explore`: a page that walks in the latent space of a trained model.
 *
 * @module
 */

import { basename } from "node:path";
import { z } from "zod";
import { asset } from "../../assets.ts";
import { once } from "../../config/texts.ts";
import { integer, text } from "../../config/value.ts";
import { conditionsByClass } from "../../data/condition.ts";
import { type Examples, firstRows } from "../../data/dataset.ts";
import type { Label } from "../../data/labels.ts";
import {
  datasetLabel,
  datasetRow,
  type TrainingData,
} from "../../data/load.ts";
import { openDrawEngine } from "../../engine/open_engine.ts";
import { DRAWS_OBJECTIVE } from "../../engine/step_plan.ts";
import { unsupported } from "../../engine/supported.ts";
import { SUPPORTED } from "../../engine/wasm/supported.ts";
import { UserError } from "../../errors.ts";
import { linearDecoder } from "../../evaluate/linear_terms.ts";
import { unitKl } from "../../evaluate/unit_kl.ts";
import type { LinearGaussian } from "../../model/linear_gaussian.ts";
import { OPTIMIZERS } from "../../model/optimizers.ts";
import type { Vae } from "../../model/vae.ts";
import { objectiveLabel } from "../../objective/spec.ts";
import { testChose } from "../../train/stopping.ts";
import {
  type FinishedRun,
  readFinishedRun,
  restoreRun,
} from "../../sweep/finished_run.ts";
import { levelsOf } from "../../sweep/pictures.ts";
import type {
  Explored,
  ExploredBytes,
  ExploredLabel,
  ExploredRows,
} from "../../web/explore/explored.ts";
import { builtEngine, builtScript, pageHtml } from "../../web/page.ts";
import { serveOnLoopback } from "../../web/serve.ts";
import { DATA_DIR_HELP } from "../flags.ts";
import { downloadProgress, print, say, stageProgress } from "../progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "../task.ts";
import { fileTo } from "../use/output.ts";
import { checkOwnPage, writePage } from "./own_page.ts";

/** Test rows in the page, where no number is asked for. */
const ROWS = 300;

/** The most: the page holds them all, and encodes them when it opens. */
const MOST_ROWS = 10_000;

const FLAGS = {
  out: ["FILE", "NAME.html (default: explore-RUN.html here)"],
  serve: ["", "serve the page on loopback, and write no file"],
  rows: ["N", `test rows in the page, from the first (default: ${ROWS})`],
  "data-dir": ["DIR", DATA_DIR_HELP],
  data: ["PATH", "your own data (default: where the run had them)"],
  quiet: ["", "print no progress"],
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  out: once(fileTo([".html"])),
  serve: z.boolean(),
  rows: once(integer(1, MOST_ROWS)),
  "data-dir": once(text()),
  data: once(text()),
  quiet: z.boolean(),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Makes a page of a trained model, which opens from disk and needs nothing",
    "else: its decoder follows sliders and a point in the latent plane, and a",
    "test row, or what you draw, is encoded, with its ELBO and L_k.",
    "",
    "Usage: deno task explore RUN [--serve | --out FILE.html] [FLAGS]",
  ],
  flags: FLAGS,
  notes: [
    "The page computes with the wasm engine, whatever engine trained the run: the",
    "same bits as those of that engine here. It is as large as the parameters and",
    "the rows, packed.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function explore(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  const { serve, quiet, data, "data-dir": dataDir } = flags;
  const [path, ...more] = flags._;
  if (path === undefined) {
    throw new UserError(
      "no run is named; name a folder such as results/EXPERIMENT/RUN",
    );
  }
  if (more.length > 0) {
    throw new UserError(`${more[0]}: one page is of one run; name one run`);
  }
  if (serve && flags.out !== undefined) {
    throw new UserError(
      `--out ${flags.out}: --serve writes no file; leave one out`,
    );
  }
  const run = await readFinishedRun(path, "explore");
  const out = flags.out ?? `explore-${basename(run.folder)}.html`;
  if (!serve) await checkOwnPage(out, "explored");
  if (data !== undefined && run.config.own === undefined) {
    throw new UserError(
      `--data ${data}: ${run.folder} has no data of your own; leave it out`,
    );
  }
  if (dataDir !== undefined && datasetRow(run.config).folder === null) {
    throw new UserError(
      `--data-dir ${dataDir}: the data of ${run.folder} have no files there; ` +
        "leave it out",
    );
  }
  const restored = await restoreRun(run, {
    ...{ data, dataDir, labels: true },
    onProgress: quiet ? undefined : downloadProgress(),
  }, "explore");
  using vae = restored.vae;
  const html = await pageOf(run, vae, restored.data, {
    rows: flags.rows ?? ROWS,
    quiet,
  });
  if (!serve) {
    await writePage(out, html);
    print(`written: ${out}`);
    return;
  }
  await using server = serveOnLoopback((path) =>
    Promise.resolve(
      path === "/" ? { type: "text/html; charset=utf-8", body: html } : null,
    )
  );
  print(server.url);
  if (!quiet) say("Ctrl-C ends the server");
  await server.ended;
}

/**
 * The page of a trained model.
 *
 * @param options.rows test rows in it, from the first
 * @throws {UserError} the wasm engine lacks a part of the model
 */
export async function pageOf(
  run: FinishedRun,
  vae: Vae,
  data: TrainingData,
  { rows, quiet }: { readonly rows: number; readonly quiet: boolean },
): Promise<string> {
  const { folder, config, json } = run;
  const options = { objective: DRAWS_OBJECTIVE, optimizer: OPTIMIZERS.sgd };
  const lacks = unsupported(SUPPORTED, { ...vae.spec, ...options });
  if (lacks !== null) {
    throw new UserError(
      `${folder}: the page computes with the wasm engine, which has no ${lacks}; ` +
        "use deno task traverse, which draws its pictures here",
    );
  }
  const engine = { name: "wasm", bits: "portable" } as const;
  const threads = navigator.hardwareConcurrency;
  using draws = await openDrawEngine(engine, vae, threads);
  const kl = await unitKl(vae, data.test, {
    ...{ seed: config.seed, engine: draws },
    onProgress: stageProgress(json.run, "rows", { quiet }),
  });
  const parameters = await vae.values();
  const test = firstRows(data.test, rows);
  const byClass = conditionsByClass(data);
  const grey = levelsOf(data)(Float32Array.of(0, 1));
  const explored: Explored = {
    run: json.run,
    facts: factsOf(run, vae, data),
    seed: config.seed,
    spec: vae.spec,
    parameters: parameters.map(({ name, shape }) => ({ name, shape })),
    data: {
      name: data.name,
      image: data.image,
      columns: data.columns ?? null,
      units: data.units ?? null,
      grey: { atZero: grey[0]!, atOne: grey[1]! },
      isBinary: isBinary(test),
    },
    rows: rowsOf(test, data.labels ?? []),
    classes: byClass && {
      name: byClass.label.name,
      classes: byClass.label.classes,
      values: [...byClass.values],
    },
    kl: [...kl],
    linear: await linearOf(vae),
  };
  const bytes: ExploredBytes = {
    parameters: bytesOf(parameters.map(({ values }) => values)),
    rows: bytesOf([test.values]),
    engine: await builtEngine(),
  };
  const style = await asset(
    new URL("../../web/explore/style.css", import.meta.url),
  );
  return await pageHtml({
    title: `${json.run}: explore`,
    lang: "en",
    script: await builtScript("explore"),
    style: new TextDecoder().decode(style),
    data: { explored, ...bytes },
  });
}

/** What the run was, in words. */
function factsOf(
  { config, json }: FinishedRun,
  { spec }: Vae,
  data: TrainingData,
): [string, string][] {
  const units = [spec.dataDim, ...spec.hidden, spec.latentDim];
  return [
    ["trained by", json.experiment],
    ["data", `${datasetLabel(config)}, ${data.train.count} train rows`],
    [
      "encoder and decoder",
      units.join("\u2013") +
      (spec.hidden.length === 0 ? "" : `, ${spec.activation}`),
    ],
    ["p(x|z)", spec.likelihood.family],
    ["q(z|x)", spec.posterior],
    ["objective", objectiveLabel(config.objective)],
    ["steps", stepsText(config, json)],
  ];
}

/** The step whose state the model is, of how many. */
function stepsText(
  config: FinishedRun["config"],
  { ended }: FinishedRun["json"],
): string {
  const text = (steps: number) => steps.toLocaleString("en");
  if (ended === undefined) return text(config.steps);
  return `${text(ended.kept)} of ${text(config.steps)}` +
    (testChose(ended, config) ? ", chosen by the test split" : "");
}

function rowsOf(test: Examples, labels: readonly Label[]): ExploredRows {
  const { count, condition, values } = test;
  return {
    count,
    kind: values instanceof Uint8Array ? "bytes" : "floats",
    labels: labels.map((label): ExploredLabel => {
      const { name } = label;
      const own = label.test.slice(0, count);
      if (label.kind === "real") {
        return {
          name,
          values: Array.from(
            own,
            (value) => Number.isNaN(value) ? null : value,
          ),
        };
      }
      const { classes } = label;
      return {
        ...{ name, classes },
        values: Array.from(
          own,
          (index) => classes[index] === "" ? null : index,
        ),
      };
    }),
    condition: condition === undefined ? null : [...condition.values],
  };
}

/** Whether rows have nothing but 0 and 1. */
function isBinary({ values }: Examples): boolean {
  const one = values instanceof Uint8Array ? 255 : 1;
  return values.every((value) => value === 0 || value === one);
}

/** The bytes of arrays, one after the other. */
function bytesOf(
  arrays: readonly (Float32Array | Uint8Array)[],
): Uint8Array<ArrayBuffer> {
  const size = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/** The decoder as a linear Gaussian model; null: it is none. */
async function linearOf(vae: Vae): Promise<LinearGaussian | null> {
  try {
    return await linearDecoder(vae);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

if (import.meta.main) await runTask(explore);
