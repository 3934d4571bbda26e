/** A run of the page as files. */
/// <reference lib="dom" />

import { strToU8, zipSync } from "fflate";
import { PURPOSES } from "../../random/stream.ts";
import type { RunJson } from "../../results/run_json.ts";
import type { Trained } from "./messages.ts";
import { configOf, flagsOf } from "./settings.ts";

/** The name of the run's folder, as `exp:latent-sweep` has it. */
export function runName({ settings }: Pick<Trained, "settings">): string {
  const { network, latent, samples, beta, objective, steps, seed } = settings;
  const pieces = [
    ...["glyphs", `z${latent}`, `L${samples}`],
    ...(objective === "iwae"
      ? ["iwae-k5"]
      : objective === "elbo"
      ? []
      : [objective]),
    ...(steps === 6000 ? [] : [`steps${steps}`]),
    ...(network === "tanh" ? [] : ["hidden-none-gaussian-var0.05"]),
    ...(beta === 1 ? [] : [`beta${beta}`]),
    "finalk0",
    `seed${seed}`,
  ];
  return pieces.join("-");
}

/** The name of the file of a run's steps. */
export function csvName(trained: Trained): string {
  return `${runName(trained)}-train.csv`;
}

/** The run's folder, as a zip file of it. @param version of the project */
export function runZip(
  trained: Trained,
  version: string,
): { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } {
  const name = runName(trained);
  const files = {
    "eval.csv": strToU8(trained.evalCsv),
    "run.json": strToU8(
      JSON.stringify(recordOf(trained, name, version), null, 2) + "\n",
    ),
    "train.csv": strToU8(trained.trainCsv),
  };
  // A fixed time: the same run is the same file.
  const mtime = new Date(1980, 0, 1);
  return { name, bytes: zipSync({ [name]: files }, { mtime }) };
}

/** What run.json says: of git it knows nothing, as a page has no source tree. */
function recordOf(
  { settings, trainSha256, evalSha256, dataSha256, parameters }: Trained,
  name: string,
  version: string,
): RunJson {
  return {
    version: 3,
    experiment: "latent-sweep",
    run: name,
    status: "finished",
    error: null,
    config: { ...configOf(settings) },
    command: `deno task exp:latent-sweep ${flagsOf(settings)}`,
    streams: {
      generator: "philox4x32-10",
      seed: settings.seed,
      purposes: { ...PURPOSES },
    },
    data: { sha256: dataSha256, train: 10_000, test: 2_000, dim: 784 },
    parameters,
    engine: { name: "wasm", bits: "portable" },
    backend: { name: "wasm", adapter: null },
    versions: {
      project: version,
      deno: "none",
      v8: navigator.userAgent,
      tfjs: "none",
      target: "a page",
    },
    git: { commit: null, dirty: null, patchSha256: null },
    lockSha256: null,
    outputs: { "eval.csv": evalSha256, "train.csv": trainSha256 },
  };
}

/** Gives the reader a file. */
export function save(
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  type: string,
): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
